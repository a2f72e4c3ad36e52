import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CaptureRecord } from '../../../src/capture/records.js';
import { openReader } from '../../../src/store/reader.js';
import type { Stats, StatsQuery } from '../../../src/store/stats/stats.js';
import { GROUP_KEYS, type GroupKey } from '../../../src/store/query-words.js';
import {
  attached,
  bareFrame,
  facts,
  frame,
  heartbeat,
  opened,
  START_US,
} from '../../support/capture/records.js';
import { scratchFile } from '../../support/scratch.js';
import { compact } from '../../../src/store/upkeep/upkeep.js';
import { recordingStore, rowsOf, storeHost, storeRecords } from '../../support/stores.js';

function statsOf(records: readonly CaptureRecord[], query: StatsQuery = {}): Stats {
  const path = scratchFile();
  recordingStore(path).append(records);
  const reader = openReader(path);
  try {
    return reader.stats(query);
  } finally {
    reader.close();
  }
}

const payload = (wireBytes: number, payloadBytes: number, atUs = START_US): CaptureRecord =>
  frame({ wireBytes, payloadBytes, atUs });

describe('stats', () => {
  it('have exactly the figures that scripts rely on', () => {
    const stats = statsOf([
      opened(),
      frame({ op: 10, event: null, seq: null, wireBytes: 50, payloadBytes: 100, atUs: START_US }),
      payload(10, 40, START_US + 1_000_000),
      payload(20, 20, START_US + 4_000_000),
      heartbeat({ ackedAtUs: START_US + 40_000 }),
      heartbeat({ ackedAtUs: START_US + 50_000 }),
      heartbeat({ ackedAtUs: null }),
    ]);
    expect(stats).toEqual({
      groups: [
        {
          op: 0,
          opName: 'DISPATCH',
          event: 'MESSAGE_CREATE',
          sender: 'gateway',
          count: 2,
          wireBytes: 30,
          payloadBytes: 60,
          ratio: 2,
          perSecond: 0.5,
          sizeP50: 20,
          sizeP95: 40,
          sizeP99: 40,
          sizeMax: 40,
          firstAtUs: START_US + 1_000_000,
          lastAtUs: START_US + 4_000_000,
        },
        {
          op: 10,
          opName: 'HELLO',
          event: null,
          sender: 'gateway',
          count: 1,
          wireBytes: 50,
          payloadBytes: 100,
          ratio: 2,
          perSecond: 0.25,
          sizeP50: 100,
          sizeP95: 100,
          sizeP99: 100,
          sizeMax: 100,
          firstAtUs: START_US,
          lastAtUs: START_US,
        },
      ],
      total: {
        count: 3,
        wireBytes: 80,
        payloadBytes: 160,
        ratio: 2,
        perSecond: 0.75,
        sizeP50: 40,
        sizeP95: 100,
        sizeP99: 100,
        sizeMax: 100,
        firstAtUs: START_US,
        lastAtUs: START_US + 4_000_000,
      },
      heartbeat: { sent: 3, acked: 2, missed: 1, rttP50Us: 40_000, rttP99Us: 50_000 },
      pruned: { frames: 0, wireBytes: 0, payloadBytes: 0, firstAtUs: null, lastAtUs: null },
    });
  });

  it('count partial frames, but not their bytes, which the completing frame has', () => {
    const { total } = statsOf([
      opened(),
      bareFrame({ status: 'partial', wireBytes: 7 }),
      payload(12, 60),
      bareFrame({ status: 'control', wireBytes: 2 }),
      bareFrame({ status: 'not_json', wireBytes: 100 }),
    ]);
    expect(total).toMatchObject({ count: 4, wireBytes: 114, payloadBytes: 60, ratio: 5, sizeMax: 100 });
  });

  it('have no rate when everything came at one instant, and no ratio without a payload', () => {
    expect(statsOf([opened(), payload(1, 2), payload(1, 2)]).total.perSecond).toBeNull();
    expect(statsOf([opened(), bareFrame({ status: 'control' })]).total.ratio).toBeNull();
  });

  it('have rates of a minute or an hour over the part of it that the selection covers', () => {
    const at = (second: number): CaptureRecord => payload(1, 2, START_US + second * 1_000_000);
    // 60 frames in the first minute, 10 s of silence and 31 frames in the second, of which 40 s are covered.
    const seconds = [...Array(60).keys(), ...Array.from({ length: 31 }, (_, index) => 70 + index)];
    const records = [opened(), ...seconds.map(at)];
    expect(statsOf(records, { by: ['minute'] }).groups.map(({ perSecond }) => perSecond)).toEqual([
      1,
      31 / 40,
    ]);
    expect(statsOf(records, { by: ['hour', 'op'] }).groups.map(({ perSecond }) => perSecond)).toEqual([0.91]);
  });

  it('without frames are zero', () => {
    expect(statsOf([])).toEqual({
      groups: [],
      total: {
        count: 0,
        wireBytes: 0,
        payloadBytes: 0,
        ratio: null,
        perSecond: null,
        sizeP50: null,
        sizeP95: null,
        sizeP99: null,
        sizeMax: null,
        firstAtUs: null,
        lastAtUs: null,
      },
      heartbeat: { sent: 0, acked: 0, missed: 0, rttP50Us: null, rttP99Us: null },
      pruned: { frames: 0, wireBytes: 0, payloadBytes: 0, firstAtUs: null, lastAtUs: null },
    });
  });

  it('leave the sizes out on request', () => {
    const { groups, total } = statsOf([opened(), payload(1, 2)], { hasSizes: false });
    expect(total).toMatchObject({ count: 1, sizeP50: null, sizeMax: null });
    expect(groups[0]).toMatchObject({ count: 1, sizeP50: null });
  });

  it('group by what is asked for', () => {
    const records = [
      opened(),
      opened({ connection: 2 }),
      attached(),
      facts({ shard: [1, 4], intents: 2 ** 9 }),
      frame({ session: 1, atUs: START_US + 61_000_000 }),
      frame({ session: 1, frameNo: 2, atUs: START_US + 3_600_000_000 }),
      frame({ connection: 2, sender: 'client', op: 2, event: null, seq: null }),
    ];
    const groups = (...by: GroupKey[]): unknown[] =>
      statsOf(records, { by }).groups.map(({ count, ...group }) => [
        count,
        Object.fromEntries(
          Object.entries(group).filter(([key]) => !/Bytes|ratio|per|size|first|last/.test(key)),
        ),
      ]);
    expect(groups('sender')).toEqual([
      [2, { sender: 'gateway' }],
      [1, { sender: 'client' }],
    ]);
    expect(groups('session', 'shard')).toEqual([
      [2, { sessionId: 1, shard: [1, 4] }],
      [1, { sessionId: null, shard: null }],
    ]);
    expect(groups('connection', 'event')).toEqual([
      [2, { connectionId: 1, event: 'MESSAGE_CREATE' }],
      [1, { connectionId: 2, event: null }],
    ]);
    expect(groups('hour')).toEqual([
      [2, { hourAtUs: START_US }],
      [1, { hourAtUs: START_US + 3_600_000_000 }],
    ]);
    expect(groups('minute')).toEqual([
      [1, { minuteAtUs: START_US }],
      [1, { minuteAtUs: START_US + 60_000_000 }],
      [1, { minuteAtUs: START_US + 3_600_000_000 }],
    ]);
    expect(groups('intent')).toEqual([
      [2, { intent: 'GUILD_MESSAGES' }],
      [1, { intent: null }],
    ]);
    expect(groups()).toEqual([[3, {}]]);
  });

  it('group by what payloads are about, packed ones too, and by size', () => {
    const body = (d: object): Buffer => Buffer.from(JSON.stringify({ op: 0, d }));
    const records = [
      opened(),
      frame({ body: body({ guild_id: '7', channel_id: '8', author: { id: '9' } }), payloadBytes: 1024 }),
      frame({ frameNo: 2, event: 'GUILD_CREATE', body: body({ id: '7' }), payloadBytes: 1023 }),
      bareFrame({ frameNo: 3, status: 'control', wireBytes: 0 }),
    ];
    const path = storeRecords(records);
    for (const isPacked of [false, true]) {
      if (isPacked) expect([...compact(path, storeHost)]).not.toEqual([]);
      using reader = openReader(path);
      const groups = (...by: GroupKey[]): unknown[] =>
        reader
          .stats({ by })
          .groups.map(({ count, guildId, channelId, userId, sizeFrom }) => [
            count,
            ...[guildId, channelId, userId, sizeFrom].filter((fact) => fact !== undefined),
          ]);
      expect(groups('guild')).toEqual([
        [2, '7'],
        [1, null],
      ]);
      expect(groups('channel', 'user')).toEqual([
        [2, null, null],
        [1, '8', '9'],
      ]);
      expect(groups('size')).toEqual([
        [1, 0],
        [1, 512],
        [1, 1024],
      ]);
    }
  });
});

const HOUR = 3_600_000_000;

/** A capture of three connections over three hours, with sessions that come late. */
const captureArbitrary = fc
  .array(
    fc.record({
      connection: fc.integer({ min: 1, max: 3 }),
      // Many at the edges of minutes and hours.
      atUs: fc
        .tuple(fc.integer({ min: 0, max: 180 }), fc.constantFrom(0, 1, 59_999_999, 30_000_000, 12_345_678))
        .map(([minute, rest]) => START_US + minute * 60_000_000 + rest),
      shape: fc.constantFrom('MESSAGE_CREATE', 'TYPING_START', 'HEARTBEAT', 'partial', 'control', 'not_json'),
      size: fc.integer({ min: 0, max: 2000 }),
      attach: fc.boolean(),
    }),
    { maxLength: 120 },
  )
  .map((steps) => {
    const sessions = new Map<number, number>();
    const records: CaptureRecord[] = [];
    for (const [index, { connection, atUs, shape, size, attach }] of steps.entries()) {
      const at = { connection, frameNo: index + 1, atUs, session: sessions.get(connection) ?? null };
      if (shape === 'partial' || shape === 'control' || shape === 'not_json') {
        records.push(bareFrame({ ...at, status: shape, wireBytes: size }));
      } else if (shape === 'HEARTBEAT') {
        records.push(
          frame({
            ...at,
            sender: 'client',
            op: 1,
            event: null,
            seq: null,
            wireBytes: size,
            payloadBytes: size,
          }),
        );
      } else {
        const d =
          size % 3 === 0 ? {} : { guild_id: `${size % 2}`, channel_id: size % 5, author: { id: 'u' } };
        const body = Buffer.from(JSON.stringify({ op: 0, d }));
        records.push(frame({ ...at, event: shape, wireBytes: size, payloadBytes: size * 3, body }));
      }
      if (attach && index % 7 === 0) {
        const session = sessions.size + 1;
        sessions.set(connection, session);
        records.push(
          attached({ session, connection, atUs }),
          facts({ session, shard: [session % 2, 2], intents: (session % 2) * 2 ** 9 }),
        );
      }
    }
    return records;
  });

const queryArbitrary: fc.Arbitrary<StatsQuery> = fc.record(
  {
    by: fc.uniqueArray(fc.constantFrom(...GROUP_KEYS), { maxLength: 4 }),
    sinceUs: fc.option(fc.integer({ min: START_US - HOUR, max: START_US + 3 * HOUR }), { nil: undefined }),
    untilUs: fc.option(fc.integer({ min: START_US, max: START_US + 4 * HOUR }), { nil: undefined }),
    ops: fc.option(fc.subarray([0, 1, 10]), { nil: undefined }),
    event: fc.option(fc.constantFrom('*', 'MESSAGE_*', '?YPING_START', 'NONE'), { nil: undefined, freq: 1 }),
    sender: fc.option(fc.constantFrom('client' as const, 'gateway' as const), { nil: undefined }),
    statuses: fc.option(fc.subarray(['ok' as const, 'control' as const, 'partial' as const]), {
      nil: undefined,
    }),
    capture: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined, freq: 2 }),
    connection: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
    session: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
    shard: fc.option(fc.integer({ min: 0, max: 1 }), { nil: undefined }),
  },
  { requiredKeys: ['by'] },
);

const inBody = (path: string): string =>
  `(SELECT json_extract(body, '${path}') FROM payload WHERE frame_id = frame.id)`;

const COLUMNS: Record<GroupKey, string> = {
  guild: inBody('$.d.guild_id'),
  channel: inBody('$.d.channel_id'),
  user: inBody('$.d.author.id'),
  size: 'iif(coalesce(payload_bytes, wire_bytes) = 0, 0, CAST(log2(coalesce(payload_bytes, wire_bytes)) AS INT) + 1)',
  op: 'op',
  event: 'event',
  sender: 'sender',
  connection: 'connection_id',
  session: 'session_id',
  shard: 'shard_id',
  minute: 'at_us / 60000000',
  hour: 'at_us / 3600000000',
  intent: `CASE WHEN event = 'TYPING_START' THEN 1 WHEN event = 'MESSAGE_CREATE' THEN 2 + coalesce(session_id % 2, 0) END`,
};

/** The same figures from the frames alone, by other means: one JSON text per group. */
function scan(path: string, query: StatsQuery): string[] {
  const conditions: string[] = ['TRUE'];
  const values: unknown[] = [];
  const add = (sql: string, value: unknown): void => {
    if (value === undefined) return;
    conditions.push(sql);
    values.push(value);
  };
  add('at_us >= ?', query.sinceUs);
  add('at_us < ?', query.untilUs);
  if (query.ops !== undefined) conditions.push(`op IN (${query.ops.join()})`);
  add('event GLOB ?', query.event);
  add('sender = ?', query.sender);
  if (query.statuses !== undefined)
    conditions.push(`status IN (${query.statuses.map((name) => `'${name}'`).join()})`);
  add('connection.capture_id = ?', query.capture);
  add('connection_id = ?', query.connection);
  add('session_id = ?', query.session);
  add('shard_id = ?', query.shard);
  const by = (query.by ?? []).map((key) => COLUMNS[key]);
  const rows = rowsOf(
    path,
    `SELECT json_array(${by.join()}) AS key, wire_bytes, payload_bytes, status, at_us
     FROM frame JOIN frame_type ON frame_type.id = type_id JOIN connection ON connection.id = connection_id
       LEFT JOIN session ON session.id = session_id
     WHERE ${conditions.join(' AND ')}`,
    ...values,
  ) as unknown as ScannedFrame[];
  const groups = new Map<string, ScannedFrame[]>();
  for (const row of rows) groups.set(row.key, [...(groups.get(row.key) ?? []), row]);
  return [...groups.values()].map((group) => JSON.stringify(figuresOf(group))).sort();
}

interface ScannedFrame {
  readonly key: string;
  readonly wire_bytes: number;
  readonly payload_bytes: number | null;
  readonly status: string;
  readonly at_us: number;
}

function figuresOf(frames: readonly ScannedFrame[]): object {
  const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
  const sizes = frames.map((row) => row.payload_bytes ?? row.wire_bytes).sort((a, b) => a - b);
  const percentile = (p: number): number => sizes[Math.ceil((sizes.length * p) / 100) - 1]!;
  const times = frames.map((row) => row.at_us).sort((a, b) => a - b);
  return {
    count: frames.length,
    wireBytes: sum(frames.filter(({ status }) => status !== 'partial').map((row) => row.wire_bytes)),
    payloadBytes: sum(frames.map((row) => row.payload_bytes ?? 0)),
    firstAtUs: times[0],
    lastAtUs: times.at(-1),
    sizeP50: percentile(50),
    sizeP95: percentile(95),
    sizeP99: percentile(99),
    sizeMax: percentile(100),
  };
}

describe('stats from roll-ups', () => {
  it('equal a full scan, whatever the limits cut', () => {
    fc.assert(
      fc.property(
        captureArbitrary,
        fc.array(queryArbitrary, { minLength: 10, maxLength: 10 }),
        (records, queries) => {
          const path = scratchFile();
          const store = recordingStore(path);
          store.append([opened(), opened({ connection: 2 }), opened({ connection: 3 })]);
          for (let i = 0; i < records.length; i += 17) store.append(records.slice(i, i + 17));
          const reader = openReader(path);
          try {
            for (const query of queries) {
              const { groups, total } = reader.stats(query);
              const figures = groups.map(
                ({
                  count,
                  wireBytes,
                  payloadBytes,
                  firstAtUs,
                  lastAtUs,
                  sizeP50,
                  sizeP95,
                  sizeP99,
                  sizeMax,
                }) =>
                  JSON.stringify({
                    count,
                    wireBytes,
                    payloadBytes,
                    firstAtUs,
                    lastAtUs,
                    sizeP50,
                    sizeP95,
                    sizeP99,
                    sizeMax,
                  }),
              );
              expect(figures.sort()).toEqual(scan(path, query));
              expect(total.count).toBe(groups.reduce((sum, { count }) => sum + count, 0));
            }
          } finally {
            reader.close();
            store.close();
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});
