/**
 * Messages: what goes through the ring, as entries and back.
 *
 * Chunks, nearly all of the traffic, are entries as they stand: type, sender and connection in the tag,
 * the time in the stamp, the bytes as bytes. Everything else is rare and goes as JSON. One ring carries
 * all of it, `stop` included, so that the order of the calls is the order of the events.
 */
import type { TapEvent } from '../capture/tap.js';
import type { Sender } from '../wire/frame.js';
import type { RingReader, RingWriter } from './ring.js';

/** Last message of a capture. */
export interface Stop {
  readonly type: 'stop';
  readonly atUs: number;
}

/** Everything the recorder thread is told through the ring. */
export type RingMessage = TapEvent | Stop;

/** A message that is not a chunk. */
export type ControlMessage = Exclude<RingMessage, { readonly type: 'chunk' }>;

// A tag is connection × 4 + code: connections of one capture stay below 2^30.
const CONTROL = 0;
const CLIENT_CHUNK = 1;
const GATEWAY_CHUNK = 2;
const CODES = 4;

const utf8 = new TextEncoder();
const text = new TextDecoder();

/** Writes a chunk; false when there is no room for it. The caller keeps it within `maxEntryBytes`. */
export function writeChunk(
  ring: RingWriter,
  connection: number,
  sender: Sender,
  atUs: number,
  bytes: Uint8Array,
): boolean {
  return ring.tryWrite(
    connection * CODES + (sender === 'client' ? CLIENT_CHUNK : GATEWAY_CHUNK),
    atUs,
    bytes,
  );
}

/** Writes any other message; false when there is no room for it. */
export function writeControl(ring: RingWriter, message: ControlMessage): boolean {
  return ring.tryWrite(CONTROL, 0, utf8.encode(JSON.stringify(message)));
}

/** Takes the next message, or null when there is none. */
export function readMessage(ring: RingReader): RingMessage | null {
  const entry = ring.read();
  if (entry === null) return null;
  const code = entry.tag % CODES;
  if (code === CONTROL) return JSON.parse(text.decode(entry.bytes)) as ControlMessage;
  return {
    type: 'chunk',
    connection: (entry.tag - code) / CODES,
    sender: code === CLIENT_CHUNK ? 'client' : 'gateway',
    atUs: entry.stamp,
    bytes: entry.bytes,
  };
}
