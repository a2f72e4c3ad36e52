/**
 * Splice: replaces parts of a payload's JSON text, and leaves every other byte of it unchanged.
 *
 * Parsing and writing again would change number formats (`0.0` becomes `0`) and integers beyond 2^53. Texts that are
 * not a payload are returned unchanged. Source: RFC 8259 sections 4 and 7.
 */
import { toPayload, type JsonValue } from '../gateway/payload.js';
import { byteAt, OPEN_BRACE, QUOTE, skipSpace } from '../wire/json/grammar.js';
import { findJsonMember } from '../wire/json/splice.js';
import { applySplices, type Splice } from '../wire/splices.js';
import type { PayloadStep } from './recording.js';

/** Members of `d` and the JSON texts of their new values. */
export type NewMembers = ReadonlyMap<string, string>;

/** Text of a payload with new values in `d`; members that are missing are put first. */
export function spliceMembers(text: string, members: NewMembers): string {
  const bytes = Buffer.from(text);
  const [at] = findJsonMember(bytes, 0, 'd') ?? [-1];
  return at === -1 ? text : spliceAt(bytes, at, members);
}

/** Text of a payload with new values in the object that is member `key` of `d`. */
export function spliceMembersUnder(text: string, key: string, members: NewMembers): string {
  const bytes = Buffer.from(text);
  const [d] = findJsonMember(bytes, 0, 'd') ?? [-1];
  const [at] = (d === -1 || byteAt(bytes, d) !== OPEN_BRACE ? null : findJsonMember(bytes, d, key)) ?? [-1];
  return at === -1 ? text : spliceAt(bytes, at, members);
}

/** Text of any JSON object with new values; members that are missing are put first. */
export function spliceObject(text: string, members: NewMembers): string {
  const bytes = Buffer.from(text);
  return spliceAt(bytes, skipSpace(bytes, 0), members);
}

function spliceAt(bytes: Uint8Array, at: number, members: NewMembers): string {
  if (byteAt(bytes, at) !== OPEN_BRACE) return Buffer.from(bytes).toString();
  const places: Splice[] = [];
  const missing: string[] = [];
  for (const [key, value] of members) {
    const [start, end] = findJsonMember(bytes, at, key) ?? [-1, -1];
    if (start === -1) missing.push(`${JSON.stringify(key)}:${value}`);
    else places.push({ start, end, text: value });
  }
  if (missing.length > 0) {
    const isEmpty = byteAt(bytes, skipSpace(bytes, at + 1)) !== QUOTE;
    places.push({ start: at + 1, end: at + 1, text: missing.join(',') + (isEmpty ? '' : ',') });
  }
  return Buffer.from(applySplices(bytes, places)).toString();
}

/** Text of a payload with another sequence number. */
export function spliceSeq(text: string, seq: number): string {
  const bytes = Buffer.from(text);
  const place = findJsonMember(bytes, 0, 's');
  if (place === null) return text;
  const [start, end] = place;
  return Buffer.from(applySplices(bytes, [{ start, end, text: String(seq) }])).toString();
}

/** A step with another text, and the payload parsed from it. */
export function withText(step: PayloadStep, text: string): PayloadStep {
  if (text === step.text) return step;
  return { ...step, text, payload: toPayload(JSON.parse(text) as JsonValue) ?? step.payload };
}
