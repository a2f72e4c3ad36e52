/**
 * Groups of statistics: from what the tables tell apart (type, connection, session, bucket of time) to what the
 * reader of the figures asked for (opcode, event, sender, shard, …).
 */
import { opcodeName } from '../gateway/opcodes.js';
import type { Sender } from '../wire/frame.js';
import type { Database } from './database.js';
import type { FrameType } from './frame-types.js';
import { Histogram } from './histogram.js';
import { HOUR_US, MINUTE_US } from './rollups.js';

/** What statistics can be grouped by. */
export const GROUP_KEYS = [
  'op',
  'event',
  'sender',
  'connection',
  'session',
  'shard',
  'minute',
  'hour',
] as const;

/** One of them. */
export type GroupKey = (typeof GROUP_KEYS)[number];

/** What a group is; it has the facts that were asked for. */
export interface GroupFacts {
  readonly op?: number | null;
  readonly opName?: string | null;
  readonly event?: string | null;
  readonly sender?: Sender;
  readonly connectionId?: number;
  readonly sessionId?: number | null;
  /** `[shard_id, shard_count]`, or null where the session or its shard is unknown. */
  readonly shard?: readonly [number, number] | null;
  /** Start of the minute, µs since the Unix epoch. */
  readonly minuteAtUs?: number;
  /** Start of the hour, µs since the Unix epoch. */
  readonly hourAtUs?: number;
}

/** What the tables have to tell apart for the groups. */
export interface Dimensions {
  readonly hasType: boolean;
  readonly hasConnection: boolean;
  readonly hasSession: boolean;
  /** Length of the buckets of time, or null. */
  readonly bucketUs: number | null;
}

/** Where a frame belongs; 0 for a dimension that is not told apart, and for no session. */
export interface Place {
  readonly typeId: number;
  readonly connectionId: number;
  readonly sessionId: number;
  readonly bucketUs: number;
}

/** Sums over frames. */
export interface Sums {
  count: number;
  /** Without partial frames. */
  wireBytes: number;
  payloadBytes: number;
  /** Wire bytes of the frames that hold a payload. */
  payloadWireBytes: number;
  firstAtUs: number;
  lastAtUs: number;
}

/** Sums over the frames at one place. */
export interface PlaceSums extends Place, Sums {}

/** One group, while it is being summed up. */
export interface Group {
  readonly facts: GroupFacts;
  readonly sums: Sums;
  readonly sizes: Histogram;
}

const noSums = (): Sums => ({
  count: 0,
  wireBytes: 0,
  payloadBytes: 0,
  payloadWireBytes: 0,
  firstAtUs: Infinity,
  lastAtUs: -Infinity,
});

/** The groups of one query. */
export class StatsGroups {
  readonly dimensions: Dimensions;
  readonly #by: readonly GroupKey[];
  readonly #types: ReadonlyMap<number, FrameType>;
  readonly #shards: ReadonlyMap<number, readonly [number, number]>;
  readonly #groups = new Map<string, Group>();

  constructor(db: Database, by: readonly GroupKey[]) {
    this.#by = by;
    this.dimensions = {
      hasType: by.includes('op') || by.includes('event') || by.includes('sender'),
      hasConnection: by.includes('connection'),
      hasSession: by.includes('session') || by.includes('shard'),
      bucketUs: by.includes('minute') ? MINUTE_US : by.includes('hour') ? HOUR_US : null,
    };
    const types = db.prepare<[], FrameType>('SELECT * FROM frame_type').all();
    this.#types = new Map(types.map((type) => [type.id, type]));
    this.#shards = new Map(
      db
        .prepare<[], [number, number, number]>(
          'SELECT id, shard_id, shard_count FROM session WHERE shard_id NOTNULL AND shard_count NOTNULL',
        )
        .raw()
        .all()
        .map(([id, shardId, shardCount]) => [id, [shardId, shardCount]]),
    );
  }

  /** Group of a place; made when it is new. */
  of(place: Place): Group {
    const facts = this.#facts(place);
    const key = JSON.stringify(facts);
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = { facts, sums: noSums(), sizes: new Histogram() };
      this.#groups.set(key, group);
    }
    return group;
  }

  /** Adds the sums of a place to its group. */
  add(row: PlaceSums): void {
    addSums(this.of(row).sums, row);
  }

  /** Everything in one group. */
  total(): Pick<Group, 'sums' | 'sizes'> {
    const total = { sums: noSums(), sizes: new Histogram() };
    for (const { sums, sizes } of this.#groups.values()) {
      addSums(total.sums, sums);
      total.sizes.merge(sizes);
    }
    return total;
  }

  /** Groups by time where they have one, then the most frequent first. */
  sorted(): readonly Group[] {
    const at = ({ facts }: Group): number => facts.minuteAtUs ?? facts.hourAtUs ?? 0;
    return [...this.#groups.entries()]
      .sort(([keyA, a], [keyB, b]) => at(a) - at(b) || b.sums.count - a.sums.count || (keyA < keyB ? -1 : 1))
      .map(([, group]) => group);
  }

  #facts(place: Place): GroupFacts {
    const facts: Record<string, unknown> = {};
    for (const key of this.#by) Object.assign(facts, this.#fact(key, place));
    return facts;
  }

  #fact(key: GroupKey, { typeId, connectionId, sessionId, bucketUs }: Place): GroupFacts {
    switch (key) {
      case 'op': {
        const { op } = this.#type(typeId);
        return { op, opName: op === null ? null : opcodeName(op) };
      }
      case 'event':
        return { event: this.#type(typeId).event };
      case 'sender':
        return { sender: this.#type(typeId).sender };
      case 'connection':
        return { connectionId };
      case 'session':
        return { sessionId: sessionId === 0 ? null : sessionId };
      case 'shard':
        return { shard: this.#shards.get(sessionId) ?? null };
      case 'minute':
        return { minuteAtUs: bucketUs };
      case 'hour':
        return { hourAtUs: bucketUs - (bucketUs % HOUR_US) };
    }
  }

  #type(id: number): FrameType {
    const type = this.#types.get(id);
    if (type === undefined) throw new TypeError(`frame type ${id} is not in the database`);
    return type;
  }
}

function addSums(sums: Sums, more: Sums): void {
  sums.count += more.count;
  sums.wireBytes += more.wireBytes;
  sums.payloadBytes += more.payloadBytes;
  sums.payloadWireBytes += more.payloadWireBytes;
  sums.firstAtUs = Math.min(sums.firstAtUs, more.firstAtUs);
  sums.lastAtUs = Math.max(sums.lastAtUs, more.lastAtUs);
}
