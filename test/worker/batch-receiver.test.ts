/** What comes out of the slots: the very records that went in. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CaptureRecord } from '../../src/capture/records.js';
import { FRAME_STATUSES } from '../../src/capture/columns.js';
import { SLOT_BYTES } from '../../src/worker/batch-slots.js';
import { batchWay, type BatchWay } from '../support/batches.js';
import { bareFrame, closed, exchange, facts, frame, heartbeat, opened } from '../support/capture/records.js';

/** Copies of all that was sent, batch by batch; each batch is given back before the next is taken. */
function received({ receiver, close }: BatchWay): unknown[][] {
  close();
  const batches: unknown[][] = [];
  for (let batch = receiver.take(); batch !== null; batch = receiver.take()) {
    batches.push(structuredClone(batch.map(plain)));
    receiver.giveBack();
  }
  return batches;
}

/** A record whose bytes are compared as text, one character each: megabytes of numbers would take seconds. */
function plain(record: CaptureRecord): unknown {
  if (record.type !== 'frame') return record;
  const text = (bytes: Uint8Array | null): string | null => bytes && Buffer.from(bytes).toString('latin1');
  return { ...record, body: text(record.body), raw: text(record.raw) };
}

const bytes = fc.option(fc.uint8Array({ maxLength: 200 }));
const integer = fc.option(fc.maxSafeInteger());
const anyFrame = fc
  .record({
    connection: fc.nat(),
    session: fc.option(fc.nat()),
    frameNo: fc.nat(),
    atUs: fc.maxSafeNat(),
    sender: fc.constantFrom('client' as const, 'gateway' as const),
    kind: fc.constantFrom('text' as const, 'binary' as const, 'ping' as const),
    status: fc.constantFrom(...FRAME_STATUSES),
    op: integer,
    event: fc.option(fc.constantFrom('READY', 'RESUMED', '', '\ud800')),
    seq: integer,
    wireBytes: fc.maxSafeNat(),
    payloadBytes: integer,
    body: bytes,
    raw: bytes,
  })
  .map((fields): CaptureRecord => ({ type: 'frame', ...fields }));
const anyRecord = fc.oneof(
  { weight: 5, arbitrary: anyFrame },
  fc.constantFrom<CaptureRecord>(opened(), closed(), facts(), heartbeat(), exchange()),
);

describe('a batch receiver', () => {
  it('gives back every record as it was, in order, batch by batch', () => {
    fc.assert(
      fc.property(fc.array(fc.array(anyRecord, { minLength: 1 }), { maxLength: 4 }), (batches) => {
        const way = batchWay();
        for (const records of batches) {
          way.sender.add(records, 0);
          way.sender.send();
        }
        expect(received(way)).toEqual(structuredClone(batches.map((records) => records.map(plain))));
      }),
      { numRuns: 60 },
    );
  });

  it('takes bodies that no slot could hold, between others, from their place in a larger array', () => {
    const way = batchWay();
    const long = Buffer.alloc(SLOT_BYTES + 9, 'ab').subarray(1, SLOT_BYTES + 5);
    const records = [
      frame({ body: Buffer.from('{}') }),
      frame({ frameNo: 2, body: long, raw: Buffer.from('short') }),
      bareFrame({ frameNo: 3, status: 'not_json', raw: long }),
      frame({ frameNo: 4, body: Buffer.from('[]') }),
    ];
    way.sender.add(records, 0);
    way.sender.send();
    expect(received(way)).toEqual([records.map(plain)]);
  });

  it('keeps event names apart when a peer invents more of them than are remembered', () => {
    const way = batchWay();
    const names: (string | null)[] = [];
    for (let first = 0; first < 24_000; first += 2000) {
      way.sender.add(
        Array.from({ length: 2000 }, (_, index) => frame({ event: `E${first + index}`, body: null })),
        0,
      );
      way.sender.send();
      for (const record of way.receiver.take() ?? []) names.push(record.type === 'frame' ? record.event : '');
      way.receiver.giveBack();
    }
    expect(names).toEqual(Array.from({ length: 24_000 }, (_, index) => `E${index}`));
  });
});
