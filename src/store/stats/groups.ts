/**
 * Groups of statistics: from the keys of the tables (type, connection, session, bucket of time) to the requested group
 * keys (opcode, event, intent, shard, …).
 */
import { intentName } from '../../gateway/intents.js';
import { opcodeName } from '../../gateway/opcodes.js';
import type { Sender } from '../../wire/frame.js';
import type { Database } from '../database.js';
import type { FrameType } from '../frame-types.js';
import { Histogram } from './histogram.js';
import type { GroupKey } from '../query-words.js';
import { HOUR_US, MINUTE_US } from '../rollups.js';

/** Values of a group; only the requested keys are set. */
export interface GroupValues {
  /** Database that the ids of the group are from, if the figures are of several. */
  readonly file?: string;
  readonly op?: number | null;
  readonly opName?: string | null;
  readonly event?: string | null;
  readonly sender?: Sender;
  /**
   * Name of the intent that lets the event through; several possible ones are joined with `|`; null without one.
   */
  readonly intent?: string | null;
  readonly connectionId?: number;
  readonly sessionId?: number | null;
  /** `[shard_id, shard_count]`, or null where the session or its shard is unknown. */
  readonly shard?: readonly [number, number] | null;
  /** Start of the minute, µs since the Unix epoch. */
  readonly minuteAtUs?: number;
  /** Start of the hour, µs since the Unix epoch. */
  readonly hourAtUs?: number;
  /**
   * Ids of the payload's guild, channel and user; null if missing. Same values as `--guild`, `--channel`,
   * `--user`.
   */
  readonly guildId?: string | null;
  readonly channelId?: string | null;
  readonly userId?: string | null;
  /** Least size of the group in bytes, a power of two or 0; the group ends below its double, or below 1. */
  readonly sizeFrom?: number;
}

/** Dimensions that the tables have to distinguish for the groups. */
export interface Dimensions {
  readonly hasType: boolean;
  readonly hasConnection: boolean;
  readonly hasSession: boolean;
  /** Length of the buckets of time, or null. */
  readonly bucketUs: number | null;
  /** Whether frames have to be read one by one, because no roll-up distinguishes their groups. */
  readonly isByFrame: boolean;
}

/** Group of a frame; 0 for an unused dimension, and for no session. */
export interface BucketKey {
  readonly typeId: number;
  readonly connectionId: number;
  readonly sessionId: number;
  readonly bucketUs: number;
  /** Keys that only the frame itself has; omitted if they are not used. */
  readonly own?: FrameGroupKey;
}

/** Group keys read from a frame itself. */
export interface FrameGroupKey {
  readonly guildId: string | null;
  readonly channelId: string | null;
  readonly userId: string | null;
  /** Payload bytes, or wire bytes if there is no payload. */
  readonly size: number;
}

/** Sums over frames. */
export interface GroupSums {
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
export interface BucketSums extends BucketKey, GroupSums {}

/** One group, while it is being summed up. */
export interface Group {
  readonly facts: GroupValues;
  readonly sums: GroupSums;
  readonly sizes: Histogram;
}

const noSums = (): GroupSums => ({
  count: 0,
  wireBytes: 0,
  payloadBytes: 0,
  payloadWireBytes: 0,
  firstAtUs: Infinity,
  lastAtUs: -Infinity,
});

/** Facts of a session that groups need. */
export interface GroupedSession {
  readonly id: number;
  readonly shard_id: number | null;
  readonly shard_count: number | null;
  readonly intents: number | null;
}

/** Facts of a bucket; null for an unused dimension, and for no session. */
interface Known {
  readonly type: FrameType | null;
  readonly session: GroupedSession | null;
}

const FACTS: Readonly<Record<GroupKey, (place: BucketKey, known: Known) => GroupValues>> = {
  op: (_place, { type }) => {
    const op = type?.op ?? null;
    return { op, opName: op === null ? null : opcodeName(op) };
  },
  event: (_place, { type }) => ({ event: type?.event ?? null }),
  sender: (_place, { type }) => (type === null ? {} : { sender: type.sender }),
  intent: (_place, { type, session }) => ({
    intent: intentName(type?.event ?? null, session?.intents ?? null),
  }),
  connection: ({ connectionId }) => ({ connectionId }),
  session: ({ sessionId }) => ({ sessionId: sessionId === 0 ? null : sessionId }),
  shard: (_place, { session }) => ({ shard: readShard(session) }),
  minute: ({ bucketUs }) => ({ minuteAtUs: bucketUs }),
  hour: ({ bucketUs }) => ({ hourAtUs: bucketUs - (bucketUs % HOUR_US) }),
  guild: ({ own }) => ({ guildId: own?.guildId ?? null }),
  channel: ({ own }) => ({ channelId: own?.channelId ?? null }),
  user: ({ own }) => ({ userId: own?.userId ?? null }),
  size: ({ own }) => ({ sizeFrom: roundDown(own?.size ?? 0) }),
};

/** Greatest power of two that a size reaches; 0 for 0. */
function roundDown(size: number): number {
  return size < 1 ? 0 : 2 ** Math.floor(Math.log2(size));
}

function readShard(session: GroupedSession | null): readonly [number, number] | null {
  const { shard_id = null, shard_count = null } = session ?? {};
  return shard_id === null || shard_count === null ? null : [shard_id, shard_count];
}

/** Keys whose values are ids of one database. */
const OWN_IDS: readonly GroupKey[] = ['connection', 'session'];

/** What groups have to know of the types and sessions that frames name by their ids. */
export interface GroupFacts {
  readonly types: readonly FrameType[];
  readonly sessions: readonly GroupedSession[];
}

/** Facts of one database. */
export function readGroupFacts(db: Database): GroupFacts {
  return {
    types: db.prepare<[], FrameType>('SELECT * FROM frame_type').all(),
    sessions: db.prepare<[], GroupedSession>('SELECT id, shard_id, shard_count, intents FROM session').all(),
  };
}

/** Groups by their facts. */
export class GroupTable {
  readonly #groups = new Map<string, Group>();

  /** Group with these facts; made when it is new. */
  of(facts: GroupValues): Group {
    const key = JSON.stringify(facts);
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = { facts, sums: noSums(), sizes: new Histogram() };
      this.#groups.set(key, group);
    }
    return group;
  }

  /** Adds the groups of a file among several. Groups of its own ids stay apart, and name it. */
  merge(other: GroupTable, file: string, by: readonly GroupKey[]): void {
    const isApart = by.some((key) => OWN_IDS.includes(key));
    for (const { facts, sums, sizes } of other.#groups.values()) {
      const group = this.of(isApart ? { file, ...facts } : facts);
      addSums(group.sums, sums);
      group.sizes.merge(sizes);
    }
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

  /** Groups by time where they have one, then by size, then the most frequent first. */
  sorted(): readonly Group[] {
    const at = ({ facts }: Group): number => facts.minuteAtUs ?? facts.hourAtUs ?? facts.sizeFrom ?? 0;
    return [...this.#groups.entries()]
      .sort(([keyA, a], [keyB, b]) => at(a) - at(b) || b.sums.count - a.sums.count || (keyA < keyB ? -1 : 1))
      .map(([, group]) => group);
  }
}

/** The groups of one query to one database. */
export class StatsGroups {
  readonly dimensions: Dimensions;
  readonly #by: readonly GroupKey[];
  readonly #types: ReadonlyMap<number, FrameType>;
  readonly #sessions: ReadonlyMap<number, GroupedSession>;
  /** The groups so far. */
  readonly table = new GroupTable();

  constructor(by: readonly GroupKey[], { types, sessions }: GroupFacts) {
    this.#by = by;
    const isBy = (...keys: readonly GroupKey[]): boolean => keys.some((key) => by.includes(key));
    this.dimensions = {
      hasType: isBy('op', 'event', 'sender', 'intent'),
      hasConnection: isBy('connection'),
      hasSession: isBy('session', 'shard', 'intent'),
      bucketUs: isBy('minute') ? MINUTE_US : isBy('hour') ? HOUR_US : null,
      isByFrame: isBy('guild', 'channel', 'user', 'size'),
    };
    this.#types = new Map(types.map((type) => [type.id, type]));
    this.#sessions = new Map(sessions.map((session) => [session.id, session]));
  }

  /** Group of a place; made when it is new. */
  of(place: BucketKey): Group {
    return this.table.of(this.#facts(place));
  }

  /** Whether groups use ids from payloads, so that bodies have to be read. */
  get hasIds(): boolean {
    return this.#by.some((key) => key === 'guild' || key === 'channel' || key === 'user');
  }

  /** Adds the sums of a place to its group. */
  add(row: BucketSums): void {
    addSums(this.of(row).sums, row);
  }

  #facts(place: BucketKey): GroupValues {
    const known = {
      type: this.#types.get(place.typeId) ?? null,
      session: this.#sessions.get(place.sessionId) ?? null,
    };
    const facts: GroupValues = {};
    for (const key of this.#by) Object.assign(facts, FACTS[key](place, known));
    return facts;
  }
}

function addSums(sums: GroupSums, more: GroupSums): void {
  sums.count += more.count;
  sums.wireBytes += more.wireBytes;
  sums.payloadBytes += more.payloadBytes;
  sums.payloadWireBytes += more.payloadWireBytes;
  sums.firstAtUs = Math.min(sums.firstAtUs, more.firstAtUs);
  sums.lastAtUs = Math.max(sums.lastAtUs, more.lastAtUs);
}
