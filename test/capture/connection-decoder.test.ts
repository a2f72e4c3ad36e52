/** Frames of a connection, and what is left of one after a gap, at its end and after a fault. */
import { constants, deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ConnectionDecoder } from '../../src/capture/connection-decoder.js';
import type { DecodingContext } from '../../src/capture/half-connection.js';
import { HeldBytes } from '../../src/wire/held-bytes.js';
import type { Compression } from '../../src/wire/transport.js';
import { socketBytes } from '../support/capture/tap-events.js';

const HELLO = socketBytes('gateway', { op: 10, d: null });
const BEAT = socketBytes('client', { op: 1, d: null });

/** A decoder, and what it took: one line for each frame. */
function open(
  compress: Compression = 'none',
  held = new HeldBytes(),
  changes: Partial<DecodingContext> = {},
): { decoder: ConnectionDecoder; lines: string[]; reported: string[] } {
  const [lines, reported]: string[][] = [[], []];
  const decoder = new ConnectionDecoder(
    { transport: { version: 10, encoding: 'json', compress }, extensions: null },
    {
      redactor: { secretKeys: null },
      maxPayloadBytes: 1000,
      held,
      isLive: true,
      report: (line) => void reported?.push(line),
      ...changes,
    },
    (sender, kind, frameNo, atUs, { status, wireBytes }) =>
      void lines?.push(`#${frameNo} ${sender} ${kind} ${status} ${wireBytes}b at ${atUs}`),
  );
  return { decoder, lines: lines ?? [], reported: reported ?? [] };
}

const copy = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes);

describe('after a gap', () => {
  it('the half frame before it is truncated, and the next whole frame is decoded', () => {
    const { decoder, lines } = open();
    decoder.chunk('gateway', 1, copy(HELLO.subarray(0, 6)));
    expect(decoder.countUnfinished('gateway')).toBe(6);
    decoder.gap('gateway', 2);
    decoder.chunk('gateway', 3, Uint8Array.of(0));
    decoder.chunk('gateway', 3, Buffer.concat([HELLO.subarray(8), HELLO]));
    decoder.chunk('client', 4, copy(BEAT));
    expect(lines).toEqual([
      '#1 gateway text truncated 4b at 2',
      '#2 gateway binary context_lost 1b at 3',
      `#3 gateway binary context_lost ${HELLO.length - 8}b at 3`,
      `#4 gateway text ok ${HELLO.length - 2}b at 3`,
      `#5 client text ok ${BEAT.length - 6}b at 4`,
    ]);
  });

  it('the bytes of a stream that cannot be decoded from its middle are counted to its end', () => {
    const { decoder, lines } = open('zlib-stream');
    decoder.gap('gateway', 1);
    decoder.chunk('gateway', 2, copy(HELLO));
    decoder.chunk('gateway', 3, Uint8Array.of(1));
    expect(lines).toEqual([
      `#1 gateway binary context_lost ${HELLO.length}b at 2`,
      '#2 gateway binary context_lost 1b at 3',
    ]);
  });

  it('bytes from which a frame may still begin are counted when the connection ends, once', () => {
    const { decoder, lines } = open();
    decoder.gap('gateway', 1);
    decoder.chunk('gateway', 2, copy(HELLO.subarray(0, 9)));
    expect([lines, decoder.countUnfinished('gateway')]).toEqual([[], 9]);
    decoder.end(3);
    expect(lines).toEqual(['#1 gateway binary context_lost 9b at 3']);
    expect(decoder.countUnfinished('gateway')).toBe(0);
  });
});

it('a payload that is not complete at the end is truncated, as a frame of its own', () => {
  const { decoder, lines } = open('zlib-stream');
  const message = deflateSync('{"op":10}', { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
  decoder.chunk('gateway', 1, socketBytes('gateway', ['binary', message]));
  decoder.end(2);
  expect(lines).toEqual([
    `#1 gateway binary partial ${message.length}b at 1`,
    `#2 gateway binary truncated ${message.length}b at 2`,
  ]);
});

it('converges at a frame of the gateway, which has its number among those of both', () => {
  const { decoder } = open();
  const seen: (number | null)[] = [];
  decoder.converged(2);
  for (const [sender, bytes] of [
    ['gateway', HELLO],
    ['client', BEAT],
    ['client', BEAT],
    ['gateway', HELLO],
    ['gateway', HELLO],
  ] as const) {
    decoder.chunk(sender, 1, copy(bytes));
    seen.push(decoder.convergedFrameNo);
  }
  expect(seen).toEqual([null, null, null, 4, 4]);
});

it('long messages that compress to nothing are decoded as time passes, but not by the times of a file', () => {
  const bomb = socketBytes('gateway', ['binary', deflateSync(Buffer.alloc(2 ** 20))]);
  const statuses = (isLive: boolean): string[] => {
    const { decoder, lines } = open('none', new HeldBytes(), { isLive, maxPayloadBytes: 2 ** 20 });
    for (let second = 0; second < 16; second += 2) decoder.chunk('gateway', second * 1e6, copy(bomb));
    return lines.map((line) => line.split(' ')[3] ?? '');
  };
  expect(new Set(statuses(true))).toEqual(new Set(['not_json']));
  expect(statuses(false).at(-1)).toBe('too_complex');
});

it('a fault ends the decoding of its sender, says so, and counts all further bytes', () => {
  class FaultyBytes extends HeldBytes {
    override take(): boolean {
      throw new RangeError('no such count');
    }
  }
  const { decoder, lines, reported } = open('none', new FaultyBytes());
  // The beginning of a frame passes, and its middle is gathered.
  decoder.chunk('gateway', 1, copy(HELLO.subarray(0, 7)));
  decoder.chunk('gateway', 2, copy(HELLO));
  decoder.chunk('client', 3, copy(BEAT));
  decoder.end(4);
  expect(lines).toEqual([
    '#1 gateway binary decoder_failed 7b at 1',
    `#2 gateway binary context_lost ${HELLO.length}b at 2`,
    `#3 client text ok ${BEAT.length - 6}b at 3`,
  ]);
  expect(reported).toEqual([
    "the gateway's frames of a connection are not decoded any more (a bug: RangeError in FaultyBytes.take); traffic goes on",
  ]);
});
