/** Messages through a ring and back. */
import { describe, expect, it } from 'vitest';
import {
  readMessage,
  writeChunk,
  writeControl,
  type ControlMessage,
  type RingMessage,
} from '../../src/worker/ring-messages.js';
import { createRing, MIN_RING_BYTES, RingReader, RingWriter } from '../../src/worker/ring.js';
import { handshake as handshakeWith } from '../support/capture/tap-events.js';

const handshake = handshakeWith({
  atUs: 1_760_000_000_000_001,
  transport: { version: 10, encoding: 'json', compress: 'zlib-stream' },
  userAgent: 'Bot "ä" \u{1f916}',
  secrets: ['Bot secret'],
});

const controls: readonly ControlMessage[] = [
  { type: 'open', connection: 1, handshake },
  { type: 'converged', connection: 1, gatewayFrameNo: 49 },
  { type: 'gap', connection: 1, sender: 'client', fromUs: 5, untilUs: 9.5, bytes: 2 ** 40 },
  { type: 'end', connection: 1, end: { atUs: 12, endedBy: 'gateway', relayMode: 'converged' } },
  { type: 'stop', atUs: 1_760_000_000_000_009 },
];

function ends(): { writer: RingWriter; reader: RingReader } {
  const buffer = createRing(MIN_RING_BYTES);
  return { writer: new RingWriter(buffer), reader: new RingReader(buffer) };
}

describe('messages', () => {
  it('come back as they were, in order, chunks between controls', () => {
    const { writer, reader } = ends();
    const expected: RingMessage[] = [];
    controls.forEach((control, index) => {
      expect(writeControl(writer, control)).toBe(true);
      const sender = index % 2 === 0 ? 'client' : 'gateway';
      const bytes = Uint8Array.from([0, index, 255]);
      expect(writeChunk(writer, 2 ** 29 - 1 - index, sender, 1e15 + index, bytes)).toBe(true);
      expected.push(control, {
        type: 'chunk',
        connection: 2 ** 29 - 1 - index,
        sender,
        atUs: 1e15 + index,
        bytes,
      });
    });
    expect(expected.map(() => readMessage(reader))).toEqual(expected);
    expect(readMessage(reader)).toBeNull();
  });

  it('are refused, not cut, when the ring is full', () => {
    const { writer, reader } = ends();
    expect(writeChunk(writer, 1, 'client', 1, new Uint8Array(writer.maxEntryBytes))).toBe(true);
    expect(writeChunk(writer, 1, 'client', 2, new Uint8Array(1))).toBe(false);
    expect(controls.some((control) => writeControl(writer, control))).toBe(false);
    expect(readMessage(reader)).toMatchObject({ atUs: 1 });
    expect(readMessage(reader)).toBeNull();
  });

  it('fit even when every byte of a 16 KiB header has to be escaped', () => {
    const { writer } = ends();
    const long = '"'.repeat(16 * 1024);
    const whole = { ...handshake, path: long, upstreamUrl: long, userAgent: long, secrets: [long] };
    expect(writeControl(writer, { type: 'open', connection: 1, handshake: whole })).toBe(true);
  });
});
