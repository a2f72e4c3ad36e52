/**
 * A frame as JSON: one line with stable names, and its payload as a value.
 */
import { FRAME_KEYS } from '../capture/columns.js';
import { toPayload, type JsonValue, type Payload } from '../gateway/payload.js';
import { joinLines } from '../wire/json/grammar.js';
import type { FrameRow } from './frame-rows.js';

/** Payload of a frame, or null if it has none. Integers beyond ±2^53 lose digits here, but not in the text. */
export function payloadOf({ payloadText }: Pick<FrameRow, 'payloadText'>): Payload | null {
  return payloadText === null ? null : toPayload(JSON.parse(payloadText) as JsonValue);
}

/** One line of JSON for a frame: stable names, the payload's text untouched but for breaks between its tokens. */
export function frameToJson(row: FrameRow): string {
  const head: Record<string, unknown> = {};
  for (const key of FRAME_KEYS) head[key] = row[key];
  const { payloadText } = row;
  return `${JSON.stringify(head).slice(0, -1)},"payload":${payloadText === null ? 'null' : joinLines(payloadText)}}`;
}
