/**
 * Colour for terminals, and text that is safe to show there.
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

/**
 * Characters that control a terminal instead of being shown: control characters, also C1, line and paragraph separators,
 * and the marks that change the direction of text, with which a name can look like another one.
 * Source: Unicode Standard Annex 9, table 1 (bidi marks); Unicode Technical Report 36 section 2.6.
 */
const CONTROL_CHARACTER = String.raw`[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]`;
const CONTROL_CHARACTERS = new RegExp(CONTROL_CHARACTER, 'gu');

/** A sequence that `Paint` writes, or a character that controls a terminal, except for line ends and tabs. */
const OWN_OR_CONTROL = new RegExp(
  String.raw`\u001b\[(?:1|2|22|31|32|33|36|39)m|(?![\n\t])${CONTROL_CHARACTER}`,
  'gu',
);

/** `text` on one line, with control characters made visible: recorded traffic must not control the terminal. */
export function printable(text: string): string {
  return text.replace(CONTROL_CHARACTERS, visible);
}

/** Lines for a terminal: control characters are made visible, except for the colours of `Paint`. */
export function printableLines(text: string): string {
  return text.replace(OWN_OR_CONTROL, (found) => (found.length > 1 ? found : visible(found)));
}

function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x20 ? String.fromCodePoint(0x2400 + code) : '�';
}
