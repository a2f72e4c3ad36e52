/**
 * Statistics frame by frame, for groups that no roll-up distinguishes: guild, channel, user and size.
 *
 * One pass over the frames gives sums and sizes. Ids are read from the payloads, so grouping by them reads every body.
 */
import type { Database } from '../database.js';
import type { FramePlan } from '../frame-plan.js';
import type { OnSearched } from '../frame-rows.js';
import { rangesToSearch } from '../packed-search.js';
import type { StatsGroups } from './groups.js';

/** Ids that one statement looks at: it ends before the next, so that the recorder's log can be folded into the file. */
const CHUNK = 2_000;

interface Row {
  readonly typeId: number;
  readonly connectionId: number;
  readonly sessionId: number | null;
  readonly atUs: number;
  readonly wireBytes: number;
  readonly payloadBytes: number | null;
  readonly status: string;
  readonly guildId: string | null;
  readonly channelId: string | null;
  readonly userId: string | null;
}

/** Adds every frame that passes to its group, with its size. */
export function readFrameByFrame(
  db: Database,
  plan: FramePlan,
  groups: StatsGroups,
  onSearched: OnSearched,
): void {
  const { condition } = plan;
  const ids = groups.hasIds
    ? {
        columns: 'CAST(guild_id AS TEXT), CAST(channel_id AS TEXT), CAST(user_id AS TEXT)',
        join: 'JOIN frame_view ON frame_view.id = chosen.id',
      }
    : { columns: 'NULL, NULL, NULL', join: '' };
  const page = db
    .prepare<unknown[], unknown[]>(
      `SELECT type_id, chosen.connection_id, chosen.session_id, at_us, chosen.wire_bytes, chosen.payload_bytes,
         frame_type.status, ${ids.columns}
       FROM (SELECT * FROM frame WHERE id BETWEEN ? AND ? AND ${condition.sql}) AS chosen
       JOIN frame_type ON frame_type.id = type_id ${ids.join} ORDER BY chosen.id`,
    )
    .raw();
  for (const { first, last } of rangesToSearch(db, plan, onSearched)) {
    for (let from = first; from <= last; from += CHUNK) {
      for (const values of page.all(from, Math.min(from + CHUNK - 1, last), ...condition.values)) {
        addFrame(groups, toRow(values));
      }
      onSearched(CHUNK);
    }
  }
}

function toRow(values: readonly unknown[]): Row {
  const [typeId, connectionId, sessionId, atUs, wireBytes, payloadBytes, status, guildId, channelId, userId] =
    values;
  return {
    typeId,
    connectionId,
    sessionId,
    atUs,
    wireBytes,
    payloadBytes,
    status,
    guildId,
    channelId,
    userId,
  } as Row;
}

function addFrame(groups: StatsGroups, row: Row): void {
  const { bucketUs } = groups.dimensions;
  const { typeId, connectionId, wireBytes, payloadBytes, atUs, status } = row;
  const size = payloadBytes ?? wireBytes;
  const place = {
    typeId,
    connectionId,
    sessionId: row.sessionId ?? 0,
    bucketUs: bucketUs === null ? 0 : atUs - (atUs % bucketUs),
    own: { guildId: row.guildId, channelId: row.channelId, userId: row.userId, size },
  };
  groups.add({
    ...place,
    count: 1,
    // The frame that completes a payload has the bytes of all that carried it.
    wireBytes: status === 'partial' ? 0 : wireBytes,
    payloadBytes: payloadBytes ?? 0,
    payloadWireBytes: status === 'ok' ? wireBytes : 0,
    firstAtUs: atUs,
    lastAtUs: atUs,
  });
  groups.of(place).sizes.add(size);
}
