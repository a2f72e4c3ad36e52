/**
 * Filters: what a person asks for, as conditions with bound values. No value ever becomes part of the SQL.
 *
 * A scope (who, where, what) fits frames and roll-ups alike, as both have connection_id, session_id and
 * type_id. Times and sizes fit frames only.
 */
import type { FrameStatus } from '../capture/records.js';
import type { FrameKind, Sender } from '../wire/frame.js';
import type { SqlValue } from './database.js';

/** Which frames, whenever they came. What is left out does not restrict. */
export interface Scope {
  /** Gateway opcodes. */
  readonly ops?: readonly number[] | undefined;
  /** Event name, with `*`, `?` and `[…]` as in file names. */
  readonly event?: string | undefined;
  readonly sender?: Sender | undefined;
  readonly kinds?: readonly FrameKind[] | undefined;
  readonly statuses?: readonly FrameStatus[] | undefined;
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
export interface FrameFilter extends Scope, TimeSpan {
  /** Least and greatest size: payload bytes, or wire bytes where there is no payload. */
  readonly minBytes?: number | undefined;
  readonly maxBytes?: number | undefined;
  /** Ids greater than this one. */
  readonly afterId?: number | undefined;
  /** Ids smaller than this one. */
  readonly beforeId?: number | undefined;
  /** Only the newest so many, still oldest first. */
  readonly limit?: number | undefined;
}

/** Part of a WHERE clause, with its values. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** Condition that holds for every row. */
export const EVERYTHING: Condition = Object.freeze({ sql: 'TRUE', values: Object.freeze([]) });

/** SQL of a frame's size. */
export const SIZE = 'coalesce(payload_bytes, wire_bytes)';

/** Condition on frame, minute_rollup and hour_rollup. */
export function scopeCondition(scope: Scope): Condition {
  const type = typeCondition(scope);
  return allOf([
    where('connection_id = ?', scope.connection),
    sessionCondition(scope),
    type === EVERYTHING
      ? EVERYTHING
      : { sql: `type_id IN (SELECT id FROM frame_type WHERE ${type.sql})`, values: type.values },
  ]);
}

/** Condition on whatever has connection_id and session_id. */
export function placeCondition(scope: Pick<Scope, 'connection' | 'session' | 'shard'>): Condition {
  return allOf([where('connection_id = ?', scope.connection), sessionCondition(scope)]);
}

/** Condition on frame alone: the whole filter but ids and limit. */
export function frameCondition(filter: FrameFilter): Condition {
  return allOf([
    scopeCondition(filter),
    where('at_us >= ?', filter.sinceUs),
    where('at_us < ?', filter.untilUs),
    where(`${SIZE} >= ?`, filter.minBytes),
    where(`${SIZE} <= ?`, filter.maxBytes),
  ]);
}

/** Whether the filter says anything that the roll-ups can help with. */
export function isSelective(filter: FrameFilter): boolean {
  return (
    scopeCondition(filter) !== EVERYTHING || filter.sinceUs !== undefined || filter.untilUs !== undefined
  );
}

/** Condition that holds where every one of `conditions` does. */
export function allOf(conditions: readonly Condition[]): Condition {
  const narrowing = conditions.filter((condition) => condition !== EVERYTHING);
  if (narrowing.length === 0) return EVERYTHING;
  return {
    sql: narrowing.map(({ sql }) => sql).join(' AND '),
    values: narrowing.flatMap(({ values }) => values),
  };
}

function typeCondition(scope: Scope): Condition {
  return allOf([
    oneOf('op', scope.ops),
    where('event GLOB ?', scope.event),
    where('sender = ?', scope.sender),
    oneOf('kind', scope.kinds),
    oneOf('status', scope.statuses),
  ]);
}

function sessionCondition(scope: Pick<Scope, 'session' | 'shard'>): Condition {
  return allOf([
    where('session_id = ?', scope.session),
    where('session_id IN (SELECT id FROM session WHERE shard_id = ?)', scope.shard),
  ]);
}

function where(sql: string, value: string | number | undefined): Condition {
  return value === undefined ? EVERYTHING : { sql, values: [value] };
}

function oneOf(column: string, values: readonly (string | number)[] | undefined): Condition {
  if (values === undefined) return EVERYTHING;
  return { sql: `${column} IN (SELECT value FROM json_each(?))`, values: [JSON.stringify(values)] };
}
