/**
 * Secret values within the strings of a JSON text.
 *
 * A value that turns up in a number or between strings is left alone: it is no secret there, and the text has to
 * stay JSON whatever a client calls its token. Values with a quote in them are not searched for here, so none reaches over the edge of a string.
 */
import { QUOTE, skipString } from '../../wire/json/grammar.js';
import type { Splice } from './walk.js';
import type { SecretValues } from './secret-values.js';

/** Adds the splices for the values that stand in strings of the valid JSON text `bytes`. */
export function valueSplices(
  bytes: Uint8Array,
  values: SecretValues,
  placeholder: (secret: string) => string,
  splices: Splice[],
): void {
  const found = values.findInJson(bytes);
  if (found.length === 0) return;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let next = 0;
  for (let open = text.indexOf(QUOTE); open >= 0 && next < found.length;) {
    const close = skipString(bytes, open);
    for (let one = found[next]; one !== undefined && one.start < close; one = found[(next += 1)]) {
      if (one.start > open) splices.push({ start: one.start, end: one.end, text: placeholder(one.value) });
    }
    open = text.indexOf(QUOTE, close);
  }
}
