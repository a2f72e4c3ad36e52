/**
 * JSON text on one line, for forms that have one value a line.
 *
 * Source: RFC 8259 section 2: outside of strings a line break is white space, within them it cannot stand.
 */

const LINE_BREAKS = /[\r\n]+/g;

/** `json` with a space for each line break between its tokens; nothing else changes. */
export function joinLines(json: string): string {
  return json.replace(LINE_BREAKS, ' ');
}
