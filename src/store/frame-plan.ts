/**
 * Plans: how the frames that a filter selects are found.
 *
 * A filter is one predicate on frames. From it follows what must hold of the roll-ups (types, connections, sessions),
 * the span of time and the range of ids, which say where in the table of frames to look.
 */
import type { FilterContext, LatestKey } from '../filter/key-values.js';
import { findRequiredNeedles, type Needle } from '../filter/needles.js';
import {
  ALWAYS,
  negate,
  requireAll,
  requireAny,
  type Predicate,
  type PredicateColumn,
} from '../filter/predicate.js';
import { systemNowUs } from '../host.js';
import { EVERYTHING, type Condition } from './condition.js';
import type { Database } from './database.js';
import { framePredicate, scopePredicate, type FrameFilter, type Scope } from './filter.js';
import { predicateCondition } from './predicate-sql.js';

/** How to find the frames that a filter selects. */
export interface FramePlan {
  /** Condition on frame: the whole filter but `afterId`, `beforeId` and `limit`. */
  readonly condition: Condition;
  /** Condition implied for frame, minute_rollup and hour_rollup. */
  readonly scope: Condition;
  /** Condition implied for any table with connection_id and session_id. */
  readonly place: Condition;
  /** Whether scope and span together say the same as the condition. */
  readonly isScopeExact: boolean;
  /** Condition implied for frame that reads no body. */
  readonly bodyless: Condition;
  /** Texts of which the payload of each frame that passes has one, at least; null if it need not have any. */
  readonly needles: readonly Needle[] | null;
  /** All frames that pass are from `sinceUs` on and before `untilUs`. */
  readonly sinceUs: number;
  readonly untilUs: number;
  /** Their ids are greater than `afterId` and smaller than `beforeId`. */
  readonly afterId: number;
  readonly beforeId: number;
  readonly limit: number | undefined;
}

const PLACE_COLUMNS: readonly PredicateColumn[] = ['capture', 'connection', 'session', 'shard'];
const SCOPE_COLUMNS: readonly PredicateColumn[] = [
  ...PLACE_COLUMNS,
  'sender',
  'kind',
  'status',
  'op',
  'event',
];
const COLUMNS: readonly PredicateColumn[] = [
  ...SCOPE_COLUMNS,
  'id',
  'atUs',
  'service',
  'seq',
  'size',
  'wireBytes',
  'closeCode',
];

// The last session to identify or resume, the last capture begun, the last connection opened.
const LATEST: Readonly<Record<LatestKey, string>> = {
  session: 'SELECT session_id FROM session_connection ORDER BY id DESC LIMIT 1',
  connection: 'SELECT max(id) FROM connection',
  capture: 'SELECT max(id) FROM capture',
  id: 'SELECT max(id) FROM frame',
};

/** Id of the newest row of a kind, or null. */
export function findLatestId(db: Database, key: LatestKey): number | null {
  return db.prepare<[], number | null>(LATEST[key]).pluck().get() ?? null;
}

/** Present values of `latest` and of times such as `2h`. */
export function readFilterContext(db: Database): FilterContext {
  return { nowUs: systemNowUs(), findLatest: (key) => findLatestId(db, key) };
}

/** Condition for any table with connection_id and session_id. */
export function placeCondition(
  scope: Pick<Scope, 'capture' | 'connection' | 'session' | 'shard'>,
): Condition {
  const { capture, connection, session, shard } = scope;
  return predicateCondition(scopePredicate({ capture, connection, session, shard }));
}

/** Plan of a filter. Throws a FilterError for a text that is not a filter. */
export function planFrames(db: Database, filter: FrameFilter): FramePlan {
  const predicate = framePredicate(filter, readFilterContext(db));
  const ids = findRange(predicate, 'id');
  const { untimed, place, sinceUs, untilUs } = splitPredicate(predicate);
  return {
    condition: predicateCondition(predicate),
    scope: predicateCondition(implied(untimed, SCOPE_COLUMNS)),
    place: predicateCondition(place),
    isScopeExact: isAbout(untimed, SCOPE_COLUMNS),
    bodyless: predicateCondition(implied(predicate, COLUMNS)),
    needles: findRequiredNeedles(predicate),
    sinceUs,
    untilUs,
    afterId: Math.max(ids.low - 1, filter.afterId ?? 0, 0),
    beforeId: Math.min(ids.high + 1, filter.beforeId ?? Infinity, Number.MAX_SAFE_INTEGER),
    limit: filter.limit,
  };
}

/** The parts of a predicate that say something of other rows than frames. */
export interface SplitPredicate {
  /** All but the span of time. */
  readonly untimed: Predicate;
  /** What it says of connections and sessions. */
  readonly place: Predicate;
  readonly sinceUs: number;
  readonly untilUs: number;
}

/** Takes a predicate apart. */
export function splitPredicate(predicate: Predicate): SplitPredicate {
  const times = findRange(predicate, 'atUs');
  const untimed = requireAll(toConjuncts(predicate).filter((part) => !isRange(part, 'atUs')));
  return {
    untimed,
    place: implied(untimed, PLACE_COLUMNS),
    sinceUs: Math.max(times.low, 0),
    untilUs: Math.min(times.high + 1, Number.MAX_SAFE_INTEGER),
  };
}

/** Whether roll-ups narrow the search. */
export function isSelective({ scope, sinceUs, untilUs }: FramePlan): boolean {
  return scope !== EVERYTHING || sinceUs > 0 || untilUs < Number.MAX_SAFE_INTEGER;
}

function toConjuncts(predicate: Predicate): readonly Predicate[] {
  return predicate.type === 'all' ? predicate.parts : [predicate];
}

function isRange(predicate: Predicate, column: PredicateColumn): boolean {
  return predicate.type === 'column' && predicate.column === column && predicate.test.type === 'range';
}

/** Whether a predicate says something of these columns alone. */
export function isAbout(predicate: Predicate, columns: readonly PredicateColumn[]): boolean {
  switch (predicate.type) {
    case 'all':
    case 'any':
      return predicate.parts.every((part) => isAbout(part, columns));
    case 'not':
      return isAbout(predicate.part, columns);
    case 'column':
      return columns.includes(predicate.column);
    default:
      return false;
  }
}

/** The strongest condition on `columns` alone that holds wherever the predicate does. */
export function implied(predicate: Predicate, columns: readonly PredicateColumn[]): Predicate {
  switch (predicate.type) {
    case 'all':
      return requireAll(predicate.parts.map((part) => implied(part, columns)));
    case 'any':
      return requireAny(predicate.parts.map((part) => implied(part, columns)));
    case 'not':
      if (isAbout(predicate.part, columns)) return predicate;
      return isCompound(predicate.part) ? implied(pushedDown(predicate.part), columns) : ALWAYS;
    default:
      return isAbout(predicate, columns) ? predicate : ALWAYS;
  }
}

type Compound = Predicate & { readonly type: 'all' | 'any' };

function isCompound(predicate: Predicate): predicate is Compound {
  return predicate.type === 'all' || predicate.type === 'any';
}

/** The negation of a compound, as a compound of negations. */
function pushedDown({ type, parts }: Compound): Predicate {
  return (type === 'all' ? requireAny : requireAll)(parts.map(negate));
}

interface Range {
  readonly low: number;
  readonly high: number;
}

const UNBOUNDED: Range = { low: -Infinity, high: Infinity };

/** The narrowest range of a column's values wherever the predicate holds. */
function findRange(predicate: Predicate, column: PredicateColumn): Range {
  switch (predicate.type) {
    case 'all': {
      const ranges = predicate.parts.map((part) => findRange(part, column));
      return {
        low: Math.max(-Infinity, ...ranges.map(({ low }) => low)),
        high: Math.min(Infinity, ...ranges.map(({ high }) => high)),
      };
    }
    case 'any': {
      const ranges = predicate.parts.map((part) => findRange(part, column));
      return {
        low: Math.min(Infinity, ...ranges.map(({ low }) => low)),
        high: Math.max(-Infinity, ...ranges.map(({ high }) => high)),
      };
    }
    case 'not':
      return findExcludedRange(predicate.part, column);
    default:
      return predicate.type === 'column' && predicate.column === column && predicate.test.type === 'range'
        ? predicate.test
        : UNBOUNDED;
  }
}

function findExcludedRange(predicate: Predicate, column: PredicateColumn): Range {
  if (isCompound(predicate)) return findRange(pushedDown(predicate), column);
  const { low, high } = findRange(predicate, column);
  // The bound of a half-open range; a closed range has both.
  if (low === -Infinity && high < Infinity) return { low: high + 1, high: Infinity };
  if (high === Infinity && low > -Infinity) return { low: -Infinity, high: low - 1 };
  return UNBOUNDED;
}

/** Where all frames are that a filter selects. */
export interface FrameExtent {
  /** From `sinceUs` on and before `untilUs`, in µs since the Unix epoch; undefined without a bound. */
  readonly sinceUs: number | undefined;
  readonly untilUs: number | undefined;
  /** The one session or connection that they are of; undefined if they can be of several. */
  readonly session: number | undefined;
  readonly connection: number | undefined;
  /** Ids of connections that they can be of; null for any. */
  readonly connections: ReadonlySet<number> | null;
}

// A connection without frames has no roll-ups. They have 0 in place of a session for frames without one.
const PLACES = `
SELECT id AS connection_id, NULL AS session_id FROM connection
UNION ALL SELECT connection_id, nullif(session_id, 0) FROM hour_rollup`;

/** Where the frames are that a filter selects. Throws a FilterError for a text that is not a filter. */
export function findFrameExtent(db: Database, filter: FrameFilter): FrameExtent {
  const predicate = framePredicate(filter, readFilterContext(db));
  const { low, high } = findRange(predicate, 'atUs');
  const findOnly = (column: PredicateColumn): number | undefined => {
    const range = findRange(predicate, column);
    return range.low === range.high ? range.low : undefined;
  };
  const { place } = planFrames(db, filter);
  const findIds = (): readonly number[] =>
    db
      .prepare<unknown[], number>(`SELECT DISTINCT connection_id FROM (${PLACES}) WHERE ${place.sql}`)
      .pluck()
      .all(...place.values);
  return {
    sinceUs: Number.isFinite(low) ? low : undefined,
    untilUs: Number.isFinite(high) ? high + 1 : undefined,
    session: findOnly('session'),
    connection: findOnly('connection'),
    connections: place === EVERYTHING ? null : new Set(findIds()),
  };
}
