/**
 * Colour for terminals.
 *
 * Colour is on only for a terminal, and never with --no-color, NO_COLOR (no-color.org) or TERM=dumb.
 */

/** Styles of text. */
export type Style = 'plain' | 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Puts text in a style, or returns it unchanged without colour. */
export type Paint = (style: Style, text: string) => string;

// ECMA-48 8.3.117, select graphic rendition: on and off.
const CODES: Readonly<Record<Exclude<Style, 'plain'>, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

const withColour: Paint = (style, text) => {
  if (style === 'plain' || text === '') return text;
  const [on, off] = CODES[style];
  return `\u001b[${on}m${text}\u001b[${off}m`;
};

const withoutColour: Paint = (_style, text) => text;

/** Paint for a stream; `isWanted` is false after --no-color. */
export function createPaint(
  stream: { readonly isTTY?: boolean },
  isWanted: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): Paint {
  const isRefused = (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb';
  return stream.isTTY === true && isWanted && !isRefused ? withColour : withoutColour;
}
