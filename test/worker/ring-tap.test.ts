/** The relay's end of the queue, with the other end read by hand. */
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type { End } from '../../src/capture/tap.js';
import { readMessage, type RingMessage } from '../../src/worker/ring-messages.js';
import { RingTap, type OverloadPolicy } from '../../src/worker/ring-tap.js';
import { createRing, MIN_RING_BYTES, RingReader, RingWriter } from '../../src/worker/ring.js';
import { handshake as handshakeWith } from '../support/capture/tap-events.js';

const handshake = handshakeWith({ atUs: 1 });
const end: End = { atUs: 99, endedBy: 'client', relayMode: 'verbatim' };

function setUp(policy: OverloadPolicy): { tap: RingTap; reader: RingReader; readAll: () => RingMessage[] } {
  const buffer = createRing(MIN_RING_BYTES);
  const tap = new RingTap(policy);
  tap.attach(new RingWriter(buffer), () => 0, 0);
  const reader = new RingReader(buffer);
  const readAll = (): RingMessage[] => {
    const messages: RingMessage[] = [];
    for (let message = readMessage(reader); message !== null; message = readMessage(reader))
      messages.push(message);
    return messages;
  };
  return { tap, reader, readAll };
}

const bytes = (length: number, fill = 0): Uint8Array => new Uint8Array(length).fill(fill);
const most = bytes(MIN_RING_BYTES - 1024);

describe.each(['pause', 'drop'] as const)('a tap with room (%s)', (policy) => {
  it('passes everything on in order, and counts connections from 1', () => {
    const { tap, readAll } = setUp(policy);
    expect([tap.open(handshake), tap.open(handshake)]).toEqual([1, 2]);
    expect(tap.chunk(2, 'gateway', 5, bytes(3, 7))).toBe(true);
    tap.converged(2, 40);
    tap.end(1, end);
    tap.stop(100);
    expect(readAll()).toEqual([
      { type: 'open', connection: 1, handshake },
      { type: 'open', connection: 2, handshake },
      { type: 'chunk', connection: 2, sender: 'gateway', atUs: 5, bytes: bytes(3, 7) },
      { type: 'converged', connection: 2, gatewayFrameNo: 40 },
      { type: 'end', connection: 1, end },
      { type: 'stop', atUs: 100 },
    ]);
  });

  it('copies: what the relay does to the bytes afterwards changes nothing', () => {
    const { tap, readAll } = setUp('pause');
    const queued = bytes(100, 1);
    tap.chunk(1, 'client', 1, most);
    tap.chunk(1, 'client', 2, queued);
    tap.chunk(1, 'client', 3, most); // does not fit
    queued.fill(9);
    most.fill(9);
    const first = readAll();
    tap.drained();
    most.fill(0);
    expect([...first, ...readAll()].map((message) => message.type === 'chunk' && message.bytes[0])).toEqual([
      0, 1, 0,
    ]);
  });

  it('resumes a caller at once while there is room', async () => {
    const { tap } = setUp(policy);
    await new Promise<void>((resolve) => tap.whenDrained(resolve));
  });
});

describe('a full tap that pauses', () => {
  it('keeps what does not fit, asks to pause, and resumes when it has passed all of it on', () => {
    const { tap, reader, readAll } = setUp('pause');
    expect(tap.chunk(1, 'gateway', 1, most)).toBe(true);
    expect(reader.takeRoomRequest()).toBe(false);
    expect(tap.chunk(1, 'gateway', 2, bytes(5000))).toBe(false);
    expect(tap.chunk(2, 'client', 3, bytes(1))).toBe(false); // would fit, but may not overtake
    tap.end(1, end);
    let resumed = 0;
    tap.whenDrained(() => (resumed += 1));
    tap.whenDrained(() => (resumed += 1));
    expect(tap.depth).toBe(reader.depth + 5001);
    expect(reader.takeRoomRequest()).toBe(false); // there is no room yet
    const before = readAll();
    expect(reader.takeRoomRequest()).toBe(true);
    expect(reader.takeRoomRequest()).toBe(false);
    expect(resumed).toBe(0);
    tap.drained();
    expect(resumed).toBe(2);
    expect([...before, ...readAll()].map((message) => 'atUs' in message && message.atUs)).toEqual([
      1,
      2,
      3,
      false,
    ]);
    expect(tap.depth).toBe(0);
  });

  it('asks again when not everything fitted', () => {
    const { tap, reader, readAll } = setUp('pause');
    for (let atUs = 1; atUs <= 4; atUs += 1) tap.chunk(1, 'gateway', atUs, most);
    let resumed = 0;
    tap.whenDrained(() => (resumed += 1));
    const seen: unknown[] = [];
    for (let round = 1; round <= 4; round += 1) {
      seen.push(...readAll().map((message) => 'atUs' in message && message.atUs));
      if (reader.takeRoomRequest()) tap.drained();
      expect(resumed).toBe(round < 3 ? 0 : 1); // in round 3 the last one moves up into the ring
    }
    expect(seen).toEqual([1, 2, 3, 4]);
  });

  it('loses and reorders nothing, however the reader keeps up', () => {
    const step = fc.oneof(
      fc.record({ size: fc.integer({ min: 0, max: 3 * MIN_RING_BYTES }) }),
      fc.constant('end' as const),
      fc.constant('read' as const),
      fc.constant('read all' as const),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { tap, reader, readAll } = setUp('pause');
        const sent: string[] = [];
        const got: string[] = [];
        const take = (message: RingMessage | null): void => {
          if (message?.type === 'chunk')
            got.push(
              ...Array.from(
                message.bytes.filter((byte) => byte > 0),
                String,
              ),
            );
          else if (message !== null) got.push(message.type);
          if (reader.takeRoomRequest()) tap.drained();
        };
        steps.forEach((now, index) => {
          if (now === 'read') take(readMessage(reader));
          else if (now === 'read all') readAll().forEach(take);
          else if (now === 'end') {
            sent.push('end');
            tap.end(1, end);
          } else {
            // A non-zero byte at the end of each chunk proves its order and that it is complete.
            const chunk = bytes(now.size + 1);
            chunk[now.size] = (index % 255) + 1;
            sent.push(String((index % 255) + 1));
            tap.chunk(1, 'client', index, chunk);
          }
        });
        while (tap.depth > 0) take(readMessage(reader));
        expect(got).toEqual(sent);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a full tap that drops', () => {
  it('goes on at once, and puts a gap with count and time span where the bytes would have been', () => {
    const { tap, reader, readAll } = setUp('drop');
    tap.chunk(1, 'gateway', 1, most);
    expect(tap.chunk(1, 'gateway', 2, bytes(2000))).toBe(true);
    expect(tap.chunk(1, 'gateway', 4, bytes(3000))).toBe(true);
    expect(tap.chunk(1, 'gateway', 5, bytes(1))).toBe(true); // would fit, but the gap is still open
    expect(tap.chunk(1, 'client', 6, bytes(10))).toBe(true); // another stream, and fits
    expect(readAll().map((message) => 'atUs' in message && message.atUs)).toEqual([1, 6]);
    expect(reader.takeRoomRequest()).toBe(true);
    tap.drained();
    tap.chunk(1, 'gateway', 7, bytes(1));
    expect(readAll()).toEqual([
      { type: 'gap', connection: 1, sender: 'gateway', fromUs: 2, untilUs: 5, bytes: 5001 },
      { type: 'chunk', connection: 1, sender: 'gateway', atUs: 7, bytes: bytes(1) },
    ]);
  });

  it('writes open gaps before the end of their connection, and before it stops', () => {
    const { tap, readAll } = setUp('drop');
    tap.chunk(1, 'gateway', 1, most);
    tap.chunk(1, 'gateway', 2, bytes(2000));
    tap.chunk(1, 'client', 2, bytes(2000));
    tap.chunk(2, 'client', 3, bytes(3000));
    tap.end(1, end);
    tap.stop(50);
    expect(readAll().slice(1)).toMatchObject([
      { type: 'gap', connection: 1, sender: 'client' },
      { type: 'gap', connection: 1, sender: 'gateway' },
      { type: 'end', connection: 1 },
      { type: 'gap', connection: 2, sender: 'client', bytes: 3000 },
      { type: 'stop' },
    ]);
  });

  it('never drops a message that is not a chunk', () => {
    const { tap, reader, readAll } = setUp('drop');
    tap.chunk(1, 'gateway', 1, bytes(MIN_RING_BYTES - 16));
    tap.open(handshake);
    tap.chunk(1, 'client', 2, bytes(7)); // behind what is kept aside, so it has to go
    tap.end(1, end);
    const before = readAll();
    expect(reader.takeRoomRequest()).toBe(true);
    tap.drained();
    expect([...before, ...readAll()].map((message) => message.type)).toEqual(['chunk', 'open', 'gap', 'end']);
  });

  it('accounts for every byte: chunks and gaps together are what was given', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 200_000 }), { maxLength: 60 }), (sizes) => {
        const { tap, reader, readAll } = setUp('drop');
        let sum = 0;
        const take = (messages: readonly RingMessage[]): void => {
          for (const message of messages) {
            if (message.type === 'chunk') sum += message.bytes.length;
            if (message.type === 'gap') sum += message.bytes;
          }
        };
        sizes.forEach((size, index) => {
          tap.chunk((size % 3) + 1, 'gateway', index, bytes(size));
          if (size % 5 === 0) take([readMessage(reader)].flatMap((message) => message ?? []));
          if (reader.takeRoomRequest()) tap.drained();
        });
        tap.stop(1000);
        take(readAll());
        if (reader.takeRoomRequest()) tap.drained();
        take(readAll());
        expect(sum).toBe(sizes.reduce((total, size) => total + size, 0));
      }),
      { numRuns: 100 },
    );
  });
});

describe.each(['pause', 'drop'] as const)('bodies of REST calls (%s)', (policy) => {
  const start = {
    atUs: 1,
    method: 'GET',
    path: '/',
    contentType: null,
    contentEncoding: null,
    userAgent: null,
  };
  const exchangeStart = { ...start, authorization: null, secrets: [] };
  const exchangeEnd = { atUs: 2, requestBytes: 3, responseBytes: 4, fault: null };

  it('pass in order with the rest of their calls, which are counted from 1', () => {
    const { tap, readAll } = setUp(policy);
    expect([tap.openExchange(exchangeStart), tap.openExchange(exchangeStart)]).toEqual([1, 2]);
    expect(tap.body(2, 'request', bytes(3, 7))).toBe(true);
    const answer = { status: 200, contentType: null, contentEncoding: null, headers: {} };
    tap.answer(2, answer);
    expect(tap.body(2, 'response', bytes(1, 8))).toBe(true);
    tap.endExchange(2, exchangeEnd);
    expect(readAll()).toEqual([
      { type: 'exchange', exchange: 1, start: exchangeStart },
      { type: 'exchange', exchange: 2, start: exchangeStart },
      { type: 'body', exchange: 2, message: 'request', bytes: bytes(3, 7) },
      { type: 'answer', exchange: 2, answer },
      { type: 'body', exchange: 2, message: 'response', bytes: bytes(1, 8) },
      { type: 'exchange_end', exchange: 2, end: exchangeEnd },
    ]);
  });

  it('get no more than half of the queue, and leave the other half to the gateway', () => {
    const { tap, readAll } = setUp(policy);
    const piece = bytes(1024);
    let taken = 0;
    while (tap.body(1, 'request', piece)) taken += 1;
    expect(tap.depth).toBeLessThanOrEqual(MIN_RING_BYTES / 2);
    expect(tap.depth).toBeGreaterThan(MIN_RING_BYTES / 2 - 2 * piece.length);
    expect(tap.chunk(1, 'gateway', 5, bytes(MIN_RING_BYTES / 4))).toBe(true);
    tap.endExchange(1, exchangeEnd);
    const types = readAll().map(({ type }) => type);
    expect(types).toEqual([...Array.from({ length: taken }, () => 'body'), 'chunk', 'exchange_end']);
    expect(tap.body(1, 'request', piece)).toBe(true);
  });

  it('are never set aside; the ends of their calls are, and are not lost', () => {
    const { tap, reader, readAll } = setUp(policy);
    tap.chunk(1, 'gateway', 1, most);
    tap.chunk(1, 'gateway', 2, bytes(5000));
    for (let call = 1; call <= 20; call += 1) {
      tap.openExchange(exchangeStart);
      expect(tap.body(call, 'request', bytes(1))).toBe(false);
      tap.endExchange(call, exchangeEnd);
    }
    const messages = readAll();
    expect(reader.takeRoomRequest()).toBe(true);
    tap.drained();
    messages.push(...readAll());
    expect(messages.filter(({ type }) => type === 'exchange_end')).toHaveLength(20);
    expect(messages.filter(({ type }) => type === 'body')).toEqual([]);
  });

  it('are refused when the recorder is gone', () => {
    const { tap } = setUp(policy);
    tap.detach();
    expect(tap.body(tap.openExchange(exchangeStart), 'request', bytes(1))).toBe(false);
  });
});

describe('a tap whose recorder is gone', () => {
  it.each(['pause', 'drop'] as const)(
    'lets traffic go on, resumes all, and counts the loss (%s)',
    (policy) => {
      const { tap } = setUp(policy);
      tap.chunk(1, 'gateway', 1, most);
      tap.chunk(1, 'gateway', 2, bytes(3000));
      let isResumed = false;
      if (policy === 'pause') tap.whenDrained(() => (isResumed = true));
      tap.detach();
      tap.settle([]);
      expect(isResumed).toBe(policy === 'pause');
      expect(tap.unrecordedBytes).toBe(most.length + 3000);
      for (let turn = 0; turn < 3; turn += 1) expect(tap.chunk(1, 'gateway', 3, most)).toBe(true);
      expect(tap.open(handshake)).toBe(1);
      tap.end(1, end);
      tap.stop(9);
      expect(tap.unrecordedBytes).toBe(4 * most.length + 3000);
    },
  );

  it('counts the bytes of a frame that was not whole, though its entries are in the database', () => {
    const { tap } = setUp('pause');
    tap.open(handshake);
    tap.detach();
    tap.settle([{ connection: 1, sender: 'gateway', bytes: 7, atUs: 3 }]);
    expect(tap.unrecordedBytes).toBe(7);
    const next = createRing(MIN_RING_BYTES);
    const reader = new RingReader(next);
    tap.attach(new RingWriter(next), () => 0, 50);
    const gaps = Array.from({ length: 3 }, () => readMessage(reader)).filter((each) => each?.type === 'gap');
    expect(gaps).toEqual([
      { type: 'gap', connection: 1, sender: 'client', fromUs: 50, untilUs: 50, bytes: 0 },
      { type: 'gap', connection: 1, sender: 'gateway', fromUs: 3, untilUs: 50, bytes: 7 },
    ]);
  });

  it('announces every connection to the next recorder, with a gap for unrecorded bytes', () => {
    const { tap, reader } = setUp('pause');
    tap.open(handshake);
    tap.open(handshake);
    tap.chunk(1, 'gateway', 5, bytes(10));
    tap.chunk(2, 'client', 6, bytes(20));
    readMessage(reader);
    tap.detach();
    tap.chunk(1, 'gateway', 7, bytes(30));
    expect(tap.open(handshake)).toBe(3);
    tap.chunk(3, 'gateway', 8, bytes(40));
    tap.end(2, end);
    tap.settle([]);
    const next = createRing(MIN_RING_BYTES);
    tap.attach(new RingWriter(next), () => 0, 50);
    tap.chunk(1, 'gateway', 60, bytes(1));
    const gap = (
      connection: number,
      sender: string,
      fromUs: number,
      untilUs: number,
      length: number,
    ): unknown => ({
      type: 'gap',
      connection,
      sender,
      fromUs,
      untilUs,
      bytes: length,
    });
    expect(messagesIn(next)).toEqual([
      { type: 'open', connection: 1, handshake, isContinued: true },
      gap(1, 'client', 50, 50, 0),
      gap(1, 'gateway', 5, 50, 40),
      { type: 'open', connection: 2, handshake, isContinued: true },
      gap(2, 'client', 6, 50, 20),
      gap(2, 'gateway', 50, 50, 0),
      { type: 'end', connection: 2, end },
      { type: 'open', connection: 3, handshake },
      gap(3, 'gateway', 8, 8, 40),
      { type: 'chunk', connection: 1, sender: 'gateway', atUs: 60, bytes: bytes(1) },
    ]);
    expect(tap.unrecordedBytes).toBe(100);
  });

  it('leaves out what is open when recorders die of it, and what has ended only if it goes on', () => {
    const { tap } = setUp('pause');
    const revive = (): RingMessage[] => {
      tap.detach();
      tap.settle([]);
      const next = createRing(MIN_RING_BYTES);
      const left = tap.leaveOut();
      tap.attach(new RingWriter(next), () => 0, 50);
      tellings.push(left);
      return messagesIn(next).filter(({ type }) => type !== 'gap');
    };
    const tellings: number[] = [];
    tap.open(handshake);
    tap.chunk(1, 'gateway', 5, bytes(10));
    tap.end(1, end);
    tap.open(handshake);
    expect(revive()).toEqual([
      { type: 'open', connection: 1, handshake, isContinued: true },
      { type: 'end', connection: 1, end },
    ]);
    expect(revive()).toEqual([]);
    expect(tellings).toEqual([1, 1]);
    expect(tap.unrecordedBytes).toBe(10);
  });

  it('says nothing more of a connection whose end was written down', () => {
    const buffer = createRing(MIN_RING_BYTES);
    const tap = new RingTap('pause');
    let settled = 0;
    tap.attach(new RingWriter(buffer), () => settled, 0);
    tap.open(handshake);
    tap.open(handshake);
    tap.end(1, end);
    tap.end(2, end);
    settled = 3; // two openings and the first end
    tap.detach();
    tap.settle([]);
    const next = createRing(MIN_RING_BYTES);
    tap.attach(new RingWriter(next), () => 0, 50);
    expect(messagesIn(next).filter(({ type }) => type !== 'gap')).toEqual([
      { type: 'open', connection: 2, handshake, isContinued: true },
      { type: 'end', connection: 2, end },
    ]);
  });

  it('accounts for every byte however often it comes and goes, and under both policies', () => {
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({ length: fc.integer({ min: 0, max: 150_000 }), stream: fc.nat(3) }),
      },
      { weight: 3, arbitrary: fc.constant('read' as const) },
      { weight: 1, arbitrary: fc.constant('die' as const) },
      { weight: 1, arbitrary: fc.boolean() },
    );
    fc.assert(
      fc.property(fc.constantFrom('pause', 'drop'), fc.array(step, { maxLength: 80 }), (policy, steps) => {
        const tap = new RingTap(policy);
        let reader = new RingReader(createRing(MIN_RING_BYTES));
        let sums = { recorded: 0, gaps: 0, sent: 0 };
        const attach = (): void => {
          const ring = createRing(MIN_RING_BYTES);
          const own = (reader = new RingReader(ring));
          tap.attach(new RingWriter(ring), () => own.count, 0);
        };
        const read = (): void => {
          const message = readMessage(reader);
          if (message?.type === 'chunk') sums = { ...sums, recorded: sums.recorded + message.bytes.length };
          if (message?.type === 'gap') sums = { ...sums, gaps: sums.gaps + message.bytes };
          if (reader.takeRoomRequest()) tap.drained();
        };
        attach();
        tap.open(handshake);
        tap.open(handshake);
        for (const now of steps) {
          if (now === 'read') read();
          else if (typeof now === 'boolean') tap.isPassing = now;
          else if (now === 'die') {
            tap.detach();
            tap.chunk(1, 'client', 5, bytes(77));
            sums.sent += 77;
            tap.settle([]);
            attach();
          } else {
            tap.chunk(
              (now.stream >> 1) + 1,
              now.stream % 2 === 0 ? 'client' : 'gateway',
              5,
              bytes(now.length),
            );
            sums.sent += now.length;
          }
        }
        tap.end(1, end);
        tap.end(2, end);
        while (tap.depth > 0) read();
        expect(sums.recorded + sums.gaps).toBe(sums.sent);
        expect(tap.unrecordedBytes).toBe(sums.gaps);
      }),
      { numRuns: 150 },
    );
  });
});

function messagesIn(ring: SharedArrayBuffer): RingMessage[] {
  const reader = new RingReader(ring);
  const messages: RingMessage[] = [];
  for (let message = readMessage(reader); message !== null; message = readMessage(reader))
    messages.push(message);
  return messages;
}
