/**
 * A frame as JSON: one line with stable names, and its payload as a value.
 */
import type { FrameJsonKey } from '../capture/columns.js';
import { toPayload, type JsonValue, type Payload } from '../gateway/payload.js';
import { joinLines } from '../wire/json/grammar.js';
import type { FrameRow } from './frame-rows.js';

/** Payload of a frame, or null if it has none. Integers beyond ±2^53 lose digits here, but not in the text. */
export function payloadOf({ payloadText }: Pick<FrameRow, 'payloadText'>): Payload | null {
  return payloadText === null ? null : toPayload(JSON.parse(payloadText) as JsonValue);
}

/**
 * One line of JSON for a frame: stable names, the payload's text untouched but for breaks between its tokens. The keys
 * are written out, because a loop over them takes half as long again.
 */
export function frameToJson(row: FrameRow): string {
  const head = {
    id: row.id,
    connectionId: row.connectionId,
    frameNo: row.frameNo,
    atUs: row.atUs,
    sender: row.sender,
    kind: row.kind,
    op: row.op,
    opName: row.opName,
    event: row.event,
    seq: row.seq,
    wireBytes: row.wireBytes,
    payloadBytes: row.payloadBytes,
    status: row.status,
  } satisfies Record<FrameJsonKey, unknown>;
  const { payloadText } = row;
  return `${JSON.stringify(head).slice(0, -1)},"payload":${payloadText === null ? 'null' : joinLines(payloadText)}}`;
}
