/**
 * Fleet statistics: reads the figures of `stats` from the roll-ups and heartbeats on a server.
 */
import type { FrameKey } from '../capture/columns.js';
import { UsageError } from '../errors.js';
import type { FilterContext } from '../filter/key-values.js';
import { framePredicate } from '../store/filter.js';
import { splitPredicate } from '../store/frame-plan.js';
import type { FrameType } from '../store/frame-types.js';
import type { GroupKey } from '../store/query-words.js';
import { StatsGroups, type Dimensions, type GroupedSession } from '../store/stats/groups.js';
import { Histogram } from '../store/stats/histogram.js';
import {
  mergeStats,
  toStats,
  type FilePart,
  type HeartbeatSums,
  type PrunedFigures,
  type Stats,
  type StatsQuery,
} from '../store/stats/stats.js';
import type { Sender } from '../wire/frame.js';
import { sumCondition, type FleetCondition } from './fleet-condition.js';
import type { FleetClient } from './fleet-client.js';
import { ownRows, type FleetRecorder } from './fleet-frames.js';

/** Sums of one group of roll-ups; columns that the groups do not use are absent. */
interface RollupRow extends Partial<FrameKey> {
  readonly ofRecorder?: string;
  readonly bucketUs?: number;
  readonly connectionId?: number;
  readonly sessionId?: number;
  readonly sender?: Sender;
  readonly frames: number;
  readonly wireBytes: number;
  readonly payloadBytes: number;
  readonly payloadWireBytes: number;
  readonly firstAtUs: number;
  readonly lastAtUs: number;
  readonly sizes?: readonly [sizes: readonly number[], counts: readonly number[]];
}

const TYPE_COLUMNS = ['sender', 'kind', 'status', 'op', 'event'] as const;

/** Group keys for which frames themselves have to be read. */
const OF_FRAMES: readonly GroupKey[] = ['guild', 'channel', 'user', 'size'];

/** Reads figures of some recorders. */
export class FleetStats {
  readonly #client: FleetClient;
  readonly #chosen: readonly FleetRecorder[];

  constructor(client: FleetClient, chosen: readonly FleetRecorder[]) {
    this.#client = client;
    this.#chosen = chosen;
  }

  /** Statistics. Rejects with UsageError for a filter or groups that need the frames themselves. */
  async read(query: StatsQuery, by: readonly GroupKey[], context: FilterContext): Promise<Stats> {
    const own = by.find((key) => OF_FRAMES.includes(key));
    if (own !== undefined) {
      throw new UsageError(
        `a fleet is asked by its roll-ups, which do not know ${own}`,
        'leave it out of --by, or ask the files with --db',
      );
    }
    const predicate = framePredicate(query, context);
    const { place, sinceUs, untilUs } = splitPredicate(predicate);
    const where = this.#where(sumCondition(predicate, (name) => this.#client.table(name)));
    const atPlace = this.#where(sumCondition(place, (name) => this.#client.table(name)));
    const dimensions = new StatsGroups(by, { types: [], sessions: [] }).dimensions;
    const rows = await this.#rollups(dimensions, where, query.hasSizes !== false);
    const sessions = dimensions.hasSession
      ? await this.#groupedSessions()
      : new Map<string, GroupedSession[]>();
    const isApart = dimensions.hasConnection || dimensions.hasSession;
    const heartbeat = await this.#heartbeats(atPlace, sinceUs, untilUs);
    const pruned = await this.#pruned(sinceUs, untilUs);
    if (!isApart || this.#chosen.length === 1) {
      const groups = collect(by, rows, sessions.get(this.#chosen[0]?.recorder ?? '') ?? []);
      return toStats({ groups, heartbeat, pruned });
    }
    const parts = this.#chosen.map(({ recorder, file }, index): FilePart => {
      const groups = collect(
        by,
        rows.filter((row) => row.ofRecorder === recorder),
        sessions.get(recorder) ?? [],
      );
      // Figures of all recorders together count once.
      return { file, part: { groups, ...(index === 0 ? { heartbeat, pruned } : NOTHING) } };
    });
    return mergeStats(parts, by);
  }

  async #rollups(
    dimensions: Dimensions,
    { sql, parameters }: FleetCondition,
    hasSizes: boolean,
  ): Promise<readonly RollupRow[]> {
    const columns = groupColumns(dimensions);
    const rows = await this.#client.rows<RollupRow>(
      `SELECT ${columns.map(([name, column]) => `${column} AS ${name},`).join(' ')}
         sum(row.frames) AS frames, sum(wire_bytes) AS wireBytes, sum(payload_bytes) AS payloadBytes,
         sumIf(wire_bytes, row.status = 'ok') AS payloadWireBytes, min(first_at_us) AS firstAtUs, max(last_at_us) AS lastAtUs
         ${hasSizes ? ', sumMap(row.sizes, row.size_counts) AS sizes' : ''}
       FROM ${this.#client.table('minute_rollup')} AS row FINAL WHERE row.frames > 0 AND ${sql}
       ${columns.length === 0 ? '' : `GROUP BY ${columns.map(([name]) => name).join(', ')}`}`,
      parameters,
    );
    return rows.filter(({ frames }) => frames > 0);
  }

  async #groupedSessions(): Promise<ReadonlyMap<string, GroupedSession[]>> {
    const rows = await this.#client.rows<GroupedSession & { readonly recorder: string }>(
      `SELECT recorder, id, shard_id, shard_count, intents FROM ${this.#client.table('session')} FINAL
       WHERE ${this.#recorderList()}`,
    );
    const sessions = new Map<string, GroupedSession[]>();
    for (const row of rows) {
      const known = sessions.get(row.recorder);
      if (known === undefined) sessions.set(row.recorder, [row]);
      else known.push(row);
    }
    return sessions;
  }

  async #heartbeats(
    { sql, parameters }: FleetCondition,
    sinceUs: number,
    untilUs: number,
  ): Promise<HeartbeatSums> {
    const rows = await this.#client.rows<{ readonly rtt: number | null; readonly n: number }>(
      `SELECT acked_at_us - sent_at_us AS rtt, count() AS n FROM ${this.#client.table('heartbeat')} FINAL
       WHERE sent_at_us >= {since:Int64} AND sent_at_us < {until:Int64} AND ${sql} GROUP BY rtt`,
      { ...parameters, since: sinceUs, until: untilUs },
    );
    const acked = new Histogram();
    let [ackedCount, missed] = [0, 0];
    for (const { rtt, n } of rows) {
      if (rtt === null) missed += n;
      else {
        acked.add(rtt, n);
        ackedCount += n;
      }
    }
    return { acked, ackedCount, missed };
  }

  async #pruned(sinceUs: number, untilUs: number): Promise<PrunedFigures> {
    const [row] = await this.#client.rows<PrunedFigures>(
      `SELECT sum(row.frames) AS frames, sum(wire_bytes) AS wireBytes, sum(payload_bytes) AS payloadBytes,
         min(first_at_us) AS firstAtUs, max(last_at_us) AS lastAtUs
       FROM ${this.#client.table('pruning')} AS row FINAL
       WHERE last_at_us >= {since:Int64} AND first_at_us < {until:Int64} AND ${this.#recorderList()}`,
      { since: sinceUs, until: untilUs },
    );
    return row ?? NOTHING.pruned;
  }

  #where({ sql, parameters }: FleetCondition): FleetCondition {
    return { sql: `${sql} AND ${this.#recorderList()}`, parameters };
  }

  #recorderList(): string {
    return ownRows(this.#chosen);
  }
}

/** Names of the groups' columns. They differ from the table's columns, because ClickHouse prefers aliases in conditions. */
function groupColumns(dimensions: Dimensions): readonly (readonly [name: string, column: string])[] {
  const { hasType, hasConnection, hasSession, bucketUs } = dimensions;
  return [
    ...(hasConnection || hasSession ? [['ofRecorder', 'recorder'] as const] : []),
    ...(bucketUs === null ? [] : [['bucketUs', `intDiv(minute_at_us, ${bucketUs}) * ${bucketUs}`] as const]),
    ...(hasConnection ? [['connectionId', 'connection_id'] as const] : []),
    ...(hasSession ? [['sessionId', 'session_id'] as const] : []),
    ...(hasType ? TYPE_COLUMNS.map((name) => [name, `row.${name}`] as const) : []),
  ];
}

/** Groups of rows of one recorder, or of rows that do not tell recorders apart. */
function collect(
  by: readonly GroupKey[],
  rows: readonly RollupRow[],
  sessions: readonly GroupedSession[],
): StatsGroups['table'] {
  const types = new Map<string, FrameType>();
  const typeOf = (row: RollupRow): number => {
    const { sender, kind, status, op = null, event = null } = row;
    if (sender === undefined || kind === undefined || status === undefined) return 0;
    const key = JSON.stringify([sender, kind, status, op, event]);
    const known = types.get(key) ?? { id: types.size + 1, sender, kind, status, op, event };
    types.set(key, known);
    return known.id;
  };
  const typed = rows.map((row) => ({ row, typeId: typeOf(row) }));
  const groups = new StatsGroups(by, { types: [...types.values()], sessions });
  for (const { row, typeId } of typed) {
    const { frames: count, wireBytes, payloadBytes, payloadWireBytes } = row;
    const { firstAtUs, lastAtUs } = row;
    const { bucketUs = 0, connectionId = 0, sessionId = 0 } = row;
    const place = { typeId, connectionId, sessionId, bucketUs };
    groups.add({ ...place, count, wireBytes, payloadBytes, payloadWireBytes, firstAtUs, lastAtUs });
    const [sizes, counts] = row.sizes ?? [[], []];
    for (const [index, size] of sizes.entries()) groups.of(place).sizes.add(size, counts[index]);
  }
  return groups.table;
}

const NOTHING = {
  heartbeat: { acked: new Histogram(), ackedCount: 0, missed: 0 },
  pruned: { frames: 0, wireBytes: 0, payloadBytes: 0, firstAtUs: null, lastAtUs: null },
} as const;
