/**
 * Statistics of REST calls: how many, how many failed, how large and how slow, by method, route, status or time.
 *
 * One pass over the narrow rows: an API takes some dozens of calls a second, few compared with frames. Percentiles are
 * exact (nearest rank).
 */
import { EXCHANGE_COLUMNS, type ExchangeRow } from '../../capture/columns.js';
import { selectColumns } from '../column-sql.js';
import type { Database } from '../database.js';
import type { ExchangeGroupKey } from '../query-words.js';
import { HOUR_US, MINUTE_US } from '../rollups.js';
import { callListCondition } from './call-filter.js';
import type { ExchangeFilter } from './filter.js';
import { Histogram } from '../stats/histogram.js';

/** Figures over some calls. */
export interface ExchangeFigures {
  readonly count: number;
  /** Calls with a status from 400 on, or without an answer. */
  readonly errors: number;
  /** Bytes of bodies as they crossed the wire. */
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** From the request's head to the end of the answer; null if there is no call. */
  readonly durationP50Us: number | null;
  readonly durationP95Us: number | null;
  readonly durationP99Us: number | null;
  readonly durationMaxUs: number | null;
  readonly firstAtUs: number | null;
  readonly lastAtUs: number | null;
}

/** Values that the calls of a group have in common, one per group key. */
export interface ExchangeGroupValues {
  readonly method?: string;
  readonly route?: string;
  readonly status?: number | null;
  readonly minuteAtUs?: number;
  readonly hourAtUs?: number;
}

/** One group with its figures. */
export interface ExchangeGroup extends ExchangeGroupValues, ExchangeFigures {}

/** Groups, by time and then the busiest first, and their sum. */
export interface ExchangeStats {
  readonly groups: readonly ExchangeGroup[];
  readonly total: ExchangeFigures;
}

const CALL_KEYS = [
  'method',
  'route',
  'status',
  'startedAtUs',
  'endedAtUs',
  'requestBytes',
  'responseBytes',
] as const;

type Call = Pick<ExchangeRow, (typeof CALL_KEYS)[number]>;

const FIRST_ERROR = 400;

const FACT_OF: Readonly<Record<ExchangeGroupKey, (call: Call) => ExchangeGroupValues>> = {
  method: ({ method }) => ({ method }),
  route: ({ route }) => ({ route }),
  status: ({ status }) => ({ status }),
  minute: ({ startedAtUs }) => ({ minuteAtUs: startedAtUs - (startedAtUs % MINUTE_US) }),
  hour: ({ startedAtUs }) => ({ hourAtUs: startedAtUs - (startedAtUs % HOUR_US) }),
};

/** Figures of the calls that pass the filter, grouped `by`. */
export function readExchangeStats(
  db: Database,
  filter: ExchangeFilter,
  by: readonly ExchangeGroupKey[],
): ExchangeStats {
  const { sql, values } = callListCondition(db, filter);
  const calls = db.prepare<unknown[], Call>(
    `SELECT ${selectColumns(EXCHANGE_COLUMNS, 'exchange', CALL_KEYS)} FROM exchange WHERE ${sql} ORDER BY started_at_us`,
  );
  const total = new Tally({});
  const tallies = new Map<string, Tally>();
  for (const call of calls.iterate(...values)) {
    const facts = by.reduce<ExchangeGroupValues>((all, key) => ({ ...all, ...FACT_OF[key](call) }), {});
    const key = JSON.stringify(facts);
    const tally = tallies.get(key) ?? new Tally(facts);
    tallies.set(key, tally);
    tally.add(call);
    total.add(call);
  }
  const groups = [...tallies.values()].map((tally) => ({ ...tally.facts, ...tally.figures() }));
  return { groups: groups.sort(byTimeThenCount), total: total.figures() };
}

function byTimeThenCount(one: ExchangeGroup, other: ExchangeGroup): number {
  const readTime = ({ hourAtUs = 0, minuteAtUs = hourAtUs }: ExchangeGroup): number => minuteAtUs;
  return readTime(one) - readTime(other) || other.count - one.count;
}

/** Sums over some calls, which come in the order of time. */
class Tally {
  readonly facts: ExchangeGroupValues;
  readonly #durations = new Histogram();
  #count = 0;
  #errors = 0;
  #requestBytes = 0;
  #responseBytes = 0;
  #firstAtUs: number | null = null;
  #lastAtUs: number | null = null;

  constructor(facts: ExchangeGroupValues) {
    this.facts = facts;
  }

  add(call: Call): void {
    this.#count += 1;
    if (call.status === null || call.status >= FIRST_ERROR) this.#errors += 1;
    this.#requestBytes += call.requestBytes;
    this.#responseBytes += call.responseBytes;
    this.#durations.add(call.endedAtUs - call.startedAtUs);
    this.#firstAtUs ??= call.startedAtUs;
    this.#lastAtUs = call.startedAtUs;
  }

  figures(): ExchangeFigures {
    const [p50 = null, p95 = null, p99 = null, max = null] = this.#durations.percentiles([50, 95, 99, 100]);
    return {
      count: this.#count,
      errors: this.#errors,
      requestBytes: this.#requestBytes,
      responseBytes: this.#responseBytes,
      durationP50Us: p50,
      durationP95Us: p95,
      durationP99Us: p99,
      durationMaxUs: max,
      firstAtUs: this.#firstAtUs,
      lastAtUs: this.#lastAtUs,
    };
  }
}
