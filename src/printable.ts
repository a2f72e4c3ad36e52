/**
 * Text that is safe to show: recorded traffic must not control the terminal or the program that shows it.
 */

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

// XML 1.0 section 2.2; halves of a character are no characters.
// eslint-disable-next-line no-control-regex
const OUTSIDE_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff\p{Cs}]/gu;
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\r': '&#13;',
  '\t': '&#9;',
};

/** Text for XML 1.0, between tags or in double quotes; what XML cannot contain becomes U+FFFD. */
export function escapeXml(text: string): string {
  return text
    .replace(OUTSIDE_XML, '\ufffd')
    .replace(/[&<>"\n\r\t]/g, (character) => ENTITIES[character] ?? character);
}
