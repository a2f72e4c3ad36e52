/** What the writer thread counts for metrics: batches of any records, and labels that a peer cannot multiply. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUCKETS, COUNT_LABELS, Counts, SUM } from '../../src/worker/counts.js';
import { Meter } from '../../src/worker/meter.js';
import { SteadyStore } from '../../src/worker/steady-store.js';
import type { CaptureRecord } from '../../src/capture/records.js';
import {
  attached,
  bareFrame,
  closed,
  exchange,
  frame,
  heartbeat,
  opened,
} from '../support/capture/records.js';
import { scratchFile } from '../support/scratch.js';
import { quietWatcher, writeOrder } from '../support/steady-stores.js';
import { storeHost } from '../support/stores.js';

/** What a meter has counted after a store has written the batches. */
function countedFrom(...batches: readonly (readonly CaptureRecord[])[]) {
  const meter = new Meter();
  const store = new SteadyStore(writeOrder(scratchFile()), storeHost, quietWatcher().watcher, meter);
  try {
    for (const batch of batches) store.append(batch);
  } finally {
    store.close();
  }
  const { added, open } = meter.take();
  const amounts = Object.fromEntries(
    added.map(({ name, labels, value }) => [[name, ...labels].join(' '), value]),
  );
  return { amounts, open, added };
}

describe('a meter', () => {
  it('counts frames, payloads, sessions, heartbeats, gaps, closes and REST calls', () => {
    const { amounts, open } = countedFrom(
      [
        opened(),
        opened({ connection: 2, transport: { version: 10, encoding: 'etf', compress: 'zlib-stream' } }),
        opened({ connection: 3, upgradeStatus: 502 }),
        closed({ connection: 3, repeats: 4, closeCode: null }),
        attached({ session: 1 }),
        frame({ frameNo: 1, wireBytes: 10, payloadBytes: 20 }),
        frame({ frameNo: 2, op: 2, event: null, sender: 'client', wireBytes: 5, payloadBytes: 5 }),
        bareFrame({ frameNo: 3, status: 'not_json' }),
        bareFrame({ frameNo: 4, status: 'control' }),
        bareFrame({ frameNo: 5, status: 'partial' }),
      ],
      [
        attached({ session: 1, connection: 2, isResume: true, atUs: frame().atUs + 1 }),
        heartbeat({ session: null, sentAtUs: 0, ackedAtUs: 80_000 }),
        heartbeat({ session: null, sentAtUs: 1, ackedAtUs: null }),
        { type: 'gap', connection: 1, sender: 'gateway', fromUs: 1, untilUs: 2, bytes: 77 },
        exchange({ status: 429 }),
        closed({ connection: 2, closeCode: 4009, closedBy: 'gateway' }),
      ],
    );
    expect(amounts).toMatchObject({
      'frames gateway': 4,
      'frames client': 1,
      'wireBytes gateway': 30,
      'wireBytes client': 5,
      'payloads 0 MESSAGE_CREATE': 1,
      'payloads 2 ': 1,
      'payloadBytes 0 MESSAGE_CREATE': 20,
      'undecodable not_json': 1,
      'opened json none': 1,
      'opened etf zlib-stream': 1,
      'refused 502': 5,
      'closed 4009 gateway': 1,
      identified: 1,
      resumed: 1,
      missedHeartbeats: 1,
      'roundTrips 0.1': 1,
      'roundTrips sum': 0.08,
      'gaps gateway': 1,
      'gapBytes gateway': 77,
      'restCalls 4xx': 1,
    });
    expect(open).toEqual([{ encoding: 'json', compress: 'none', isInSession: true, count: 1 }]);
  });

  it('has a bounded number of series, whatever peers invent', () => {
    const names = fc.array(
      fc.tuple(fc.string(), fc.integer({ min: -5, max: 5000 }), fc.integer({ min: 0, max: 65_535 })),
      { minLength: 50 },
    );
    fc.assert(
      fc.property(names, (rows) => {
        const records = rows.flatMap(([event, op, code], index): CaptureRecord[] => [
          opened({ connection: index + 1, atUs: index + 1 }),
          frame({ connection: index + 1, op: 0, event: `X${event}` }),
          frame({ connection: index + 1, op: 1000 + op, event: null }),
          closed({ connection: index + 1, closeCode: 5000 + code }),
        ]);
        const { added } = countedFrom(records);
        expect(
          added.filter(({ name }) => name === 'payloads' || name === 'closed').map(({ labels }) => labels),
        ).toEqual([
          ['0', 'other'],
          ['other', ''],
          ['other', 'client'],
        ]);
      }),
      { numRuns: 5 },
    );
  });

  it('counts a failed batch not at all', () => {
    const meter = new Meter();
    const store = new SteadyStore(writeOrder(scratchFile()), storeHost, quietWatcher().watcher, meter);
    expect(() => store.append([opened(), frame({ connection: 9 })])).toThrow('never opened');
    store.close();
    expect(meter.take()).toEqual({ added: [], open: [] });
  });
});

describe('counts', () => {
  it('put a value into the first bucket that holds it, and add up what another one took', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 100, noNaN: true })), (seconds) => {
        const [first, sum] = [new Counts(), new Counts()];
        for (const value of seconds) {
          first.observe('roundTrips', value);
          sum.addAll(first.take());
        }
        const at = (le: string): number => sum.list().find(({ labels }) => labels[0] === le)?.value ?? 0;
        let below = -1;
        for (const bound of [...BUCKETS.roundTrips, Infinity]) {
          expect(at(String(bound))).toBe(seconds.filter((value) => value > below && value <= bound).length);
          below = bound;
        }
        expect(at(SUM)).toBeCloseTo(
          seconds.reduce((total, value) => total + value, 0),
          6,
        );
        expect(first.list()).toEqual([]);
      }),
    );
  });

  it('have as many labels as their table says', () => {
    const { added } = countedFrom([opened(), frame(), closed()]);
    for (const { name, labels } of added) expect(labels).toHaveLength(COUNT_LABELS[name].length);
  });
});
