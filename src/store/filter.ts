/**
 * Filters of frames: what flags, the library and the filter language select, as one predicate.
 */
import type { FrameStatus } from '../capture/columns.js';
import { toCapitals, type FilterContext, type ValueTest } from '../filter/key-values.js';
import { allOf, type Filter } from '../filter/nodes.js';
import { parseFilter } from '../filter/parse.js';
import {
  requireAll,
  requireAny,
  toPredicate,
  type Predicate,
  type PredicateColumn,
} from '../filter/predicate.js';
import type { FrameKind, Sender } from '../wire/frame.js';
import { comparisonPredicate, type FieldComparison } from './field-comparison.js';

/** A filter of the language: text, or a tree of parseFilter; of several, all have to hold. */
export type FilterInput = string | Filter | readonly (string | Filter)[];

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

/** Selects frames by a filter of the language (docs/filters.md). */
export interface FilteredBy {
  readonly filter?: FilterInput | undefined;
}

/** Conditions on a payload. An omitted one does not restrict. */
export interface BodyFilter {
  /** Id of the guild, channel or user that the payload is about, or is in. */
  readonly guild?: string | undefined;
  readonly channel?: string | undefined;
  readonly user?: string | undefined;
  /** All of these have to hold. */
  readonly where?: readonly FieldComparison[] | undefined;
  /** Text that occurs in the JSON, as it was recorded or with its escapes resolved; the case of ASCII letters does not matter. */
  readonly text?: string | undefined;
}

/** Which frames to list. */
export interface FrameFilter extends Scope, TimeSpan, BodyFilter, FilteredBy {
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

/** Tree of filters that all have to hold. Throws a FilterError for a text that is not a filter. */
export function readFilter(filter: FilterInput | undefined): Filter {
  const parts = filter === undefined ? [] : Array.isArray(filter) ? filter : [filter as string | Filter];
  return allOf(parts.map((part: string | Filter) => (typeof part === 'string' ? parseFilter(part) : part)));
}

/**
 * Predicate of a filter, without `afterId`, `beforeId` and `limit`. Throws a FilterError for a text that is not a filter.
 */
export function framePredicate(filter: FrameFilter, context: FilterContext): Predicate {
  const { guild, channel, user, text, where = [] } = filter;
  return requireAll([
    scopePredicate(filter),
    ...spanPredicates(filter),
    ...(filter.seq === undefined ? [] : [isIn('seq', filter.seq, filter.seq)]),
    ...(filter.minBytes === undefined ? [] : [isIn('size', filter.minBytes, Infinity)]),
    ...(filter.maxBytes === undefined ? [] : [isIn('size', -Infinity, filter.maxBytes)]),
    ...(guild === undefined ? [] : [{ type: 'about', subject: 'guild', id: guild } as const]),
    ...(channel === undefined ? [] : [{ type: 'about', subject: 'channel', id: channel } as const]),
    ...(user === undefined ? [] : [{ type: 'about', subject: 'user', id: user } as const]),
    ...(text === undefined ? [] : [{ type: 'text', text } as const]),
    ...where.map(comparisonPredicate),
    toPredicate(readFilter(filter.filter), context),
  ]);
}

function spanPredicates({ sinceUs, untilUs }: TimeSpan): readonly Predicate[] {
  return [
    ...(sinceUs === undefined ? [] : [isIn('atUs', sinceUs, Infinity)]),
    ...(untilUs === undefined ? [] : [isIn('atUs', -Infinity, untilUs - 1)]),
  ];
}

/** Predicate of a scope. */
export function scopePredicate(scope: Scope): Predicate {
  const { ops, event, sender, kinds, statuses, capture, connection, session, shard } = scope;
  const ids = { capture, connection, session, shard };
  return requireAll([
    ...(ops === undefined ? [] : [requireAny(ops.map((op) => isIn('op', op, op)))]),
    ...(event === undefined ? [] : [is('event', { type: 'glob', pattern: toCapitals(event) })]),
    ...(sender === undefined ? [] : [isOneOf('sender', [sender])]),
    ...(kinds === undefined ? [] : [isOneOf('kind', kinds)]),
    ...(statuses === undefined ? [] : [isOneOf('status', statuses)]),
    ...(['capture', 'connection', 'session', 'shard'] as const).flatMap((column) => {
      const id = ids[column];
      return id === undefined ? [] : [isIn(column, id, id)];
    }),
  ]);
}

function isOneOf(column: PredicateColumn, values: readonly string[]): Predicate {
  return requireAny(values.map((value) => is(column, { type: 'equal', value })));
}

function isIn(column: PredicateColumn, low: number, high: number): Predicate {
  return is(column, { type: 'range', low, high });
}

function is(column: PredicateColumn, test: ValueTest): Predicate {
  return { type: 'column', column, test };
}
