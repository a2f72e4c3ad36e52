/**
 * Filters: a user's selection as conditions with bound values. No value ever becomes part of the SQL.
 *
 * A scope (who, where, what) applies to frames and roll-ups alike, because both have connection_id, session_id and
 * type_id. Times, sizes and conditions on bodies (body-condition.ts) apply to frames only.
 */
import type { FrameStatus } from '../capture/columns.js';
import type { FrameKind, Sender } from '../wire/frame.js';
import { bodyCondition, type BodyFilter } from './body-condition.js';
import { whereAll, EVERYTHING, whereIn, whereEqual, type Condition } from './condition.js';

/** Selects frames, at any time. An omitted field does not restrict. */
export interface Scope {
  /** Gateway opcodes. */
  readonly ops?: readonly number[] | undefined;
  /** Event name, with `*`, `?` and `[…]` as in file names. */
  readonly event?: string | undefined;
  readonly sender?: Sender | undefined;
  readonly kinds?: readonly FrameKind[] | undefined;
  readonly statuses?: readonly FrameStatus[] | undefined;
  /** Id of a capture. */
  readonly capture?: number | undefined;
  /** Id of a connection. */
  readonly connection?: number | undefined;
  /** Id of a session. */
  readonly session?: number | undefined;
  /** `shard_id` of a session. */
  readonly shard?: number | undefined;
}

/** A span of time, in µs since the Unix epoch: from `sinceUs` on, and before `untilUs`. */
export interface TimeSpan {
  readonly sinceUs?: number | undefined;
  readonly untilUs?: number | undefined;
}

/** Which frames to list. */
export interface FrameFilter extends Scope, TimeSpan, BodyFilter {
  /** Least and greatest size: payload bytes, or wire bytes if there is no payload. */
  readonly minBytes?: number | undefined;
  readonly maxBytes?: number | undefined;
  /** Sequence number of dispatches. */
  readonly seq?: number | undefined;
  /** Ids greater than this one. */
  readonly afterId?: number | undefined;
  /** Ids smaller than this one. */
  readonly beforeId?: number | undefined;
  /** Only the newest so many, still oldest first. */
  readonly limit?: number | undefined;
}

/** SQL of a frame's size. */
export const SIZE = 'coalesce(payload_bytes, wire_bytes)';

/** Condition on frame, minute_rollup and hour_rollup. */
export function scopeCondition(scope: Scope): Condition {
  const type = typeCondition(scope);
  return whereAll([
    placeCondition(scope),
    type === EVERYTHING
      ? EVERYTHING
      : { sql: `type_id IN (SELECT id FROM frame_type WHERE ${type.sql})`, values: type.values },
  ]);
}

/** Condition for any table with connection_id and session_id. */
export function placeCondition(
  scope: Pick<Scope, 'capture' | 'connection' | 'session' | 'shard'>,
): Condition {
  return whereAll([
    whereEqual('connection_id IN (SELECT id FROM connection WHERE capture_id = ?)', scope.capture),
    whereEqual('connection_id = ?', scope.connection),
    whereEqual('session_id = ?', scope.session),
    whereEqual('session_id IN (SELECT id FROM session WHERE shard_id = ?)', scope.shard),
  ]);
}

/** Condition on frame alone: the whole filter but ids and limit. */
export function frameCondition(filter: FrameFilter): Condition {
  return whereAll([
    scopeCondition(filter),
    whereEqual('at_us >= ?', filter.sinceUs),
    whereEqual('at_us < ?', filter.untilUs),
    whereEqual('seq = ?', filter.seq),
    whereEqual(`${SIZE} >= ?`, filter.minBytes),
    whereEqual(`${SIZE} <= ?`, filter.maxBytes),
    bodyCondition(filter),
  ]);
}

/** Whether the filter has a condition that lets roll-ups narrow the search. */
export function isSelective(filter: FrameFilter): boolean {
  return (
    scopeCondition(filter) !== EVERYTHING || filter.sinceUs !== undefined || filter.untilUs !== undefined
  );
}

function typeCondition(scope: Scope): Condition {
  return whereAll([
    whereIn('op', scope.ops),
    whereEqual('upper(event) GLOB upper(?)', scope.event),
    whereEqual('sender = ?', scope.sender),
    whereIn('kind', scope.kinds),
    whereIn('status', scope.statuses),
  ]);
}
