/**
 * Messages: converts the relay's events to ring entries and back.
 *
 * Chunks are nearly all of the traffic. They and pieces of REST bodies are plain entries: type, sender and connection
 * in the tag, the time in the stamp, the bytes as bytes. Everything else is rare and goes as JSON. One ring carries
 * all of it, `stop` included, so that the order of the calls is the order of the events.
 */
import type { HttpMessage, TapEvent } from '../capture/tap.js';
import type { Sender } from '../wire/frame.js';
import type { RingReader, RingWriter } from './ring.js';

/** Last message of a capture. */
export interface Stop {
  readonly type: 'stop';
  readonly atUs: number;
}

/** All messages to the recorder thread in the ring. */
export type RingMessage = TapEvent | Stop;

/** A message that is sent as JSON: any but a chunk or a piece of a body. */
export type ControlMessage = Exclude<RingMessage, { readonly type: 'chunk' | 'body' }>;

// A tag is connection or exchange × 8 + code: there are fewer than 2^29 of each in one capture.
const CONTROL = 0;
const CLIENT_CHUNK = 1;
const GATEWAY_CHUNK = 2;
const REQUEST_BODY = 3;
const RESPONSE_BODY = 4;
const CODES = 8;

const utf8 = new TextEncoder();
const text = new TextDecoder();

/** Writes a chunk; returns false if it does not fit. The caller keeps it within `maxEntryBytes`. */
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

/** Writes a piece of a REST body; returns false if it does not fit. */
export function writeBody(
  ring: RingWriter,
  exchange: number,
  message: HttpMessage,
  bytes: Uint8Array,
): boolean {
  const code = message === 'request' ? REQUEST_BODY : RESPONSE_BODY;
  return ring.tryWrite(exchange * CODES + code, 0, bytes);
}

/** Writes any other message; returns false if it does not fit. */
export function writeControl(ring: RingWriter, message: ControlMessage): boolean {
  return ring.tryWrite(CONTROL, 0, utf8.encode(JSON.stringify(message)));
}

/** Takes the next message, or returns null if the ring is empty. */
export function readMessage(ring: RingReader): RingMessage | null {
  const entry = ring.read();
  if (entry === null) return null;
  const code = entry.tag % CODES;
  if (code === CONTROL) return JSON.parse(text.decode(entry.bytes)) as ControlMessage;
  const key = (entry.tag - code) / CODES;
  if (code === REQUEST_BODY || code === RESPONSE_BODY) {
    const message = code === REQUEST_BODY ? 'request' : 'response';
    return { type: 'body', exchange: key, message, bytes: entry.bytes };
  }
  return {
    type: 'chunk',
    connection: key,
    sender: code === CLIENT_CHUNK ? 'client' : 'gateway',
    atUs: entry.stamp,
    bytes: entry.bytes,
  };
}
