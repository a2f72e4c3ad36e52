/**
 * Text search: a text in the JSON of a payload, as it was recorded or with its escapes resolved.
 *
 * JSON may spell any character as `\u00fc`, and has to spell some as `\"`. Whoever looks for `"say \"hi\""` may mean
 * either form, so both are searched. The case of ASCII letters does not matter.
 */

/** Test of JSON texts for a text in them. */
export function compileTextSearch(text: string): (json: string) => boolean {
  const needle = toLower(text);
  return (json) => {
    if (toLower(json).includes(needle)) return true;
    return json.includes('\\') && toLower(resolveEscapes(json)).includes(needle);
  };
}

/** Whether JSON may spell a text with an escape that is not of the form `\u00fc`. */
export function hasShortEscape(text: string): boolean {
  // eslint-disable-next-line no-control-regex -- these are what JSON escapes
  return /["\\/\u0008\u0009\u000a\u000c\u000d]/.test(text);
}

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** JSON text with every escape sequence replaced by the character it is for. */
export function resolveEscapes(json: string): string {
  return json.replace(/\\(?:u([\da-fA-F]{4})|([^]))/g, (_, code: string | undefined, char = '') =>
    code === undefined
      ? (ESCAPES[char as string] ?? (char as string))
      : String.fromCharCode(parseInt(code, 16)),
  );
}

/** A text with the capitals of ASCII as small letters, as SQLite's LIKE sees it. */
function toLower(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
