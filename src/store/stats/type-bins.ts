/**
 * Type bins: counts and bytes over time by the type of frames, in bins of any width.
 *
 * Bins of whole minutes or hours come from the roll-ups, where these say all that the filter asks; otherwise narrow rows
 * are summed up, some thousand ids at a time.
 */
import type { Database } from '../database.js';
import type { FrameFilter } from '../filter.js';
import { planFrames, type FramePlan } from '../frame-plan.js';
import type { OnSearched } from '../frame-rows.js';
import type { FrameType } from '../frame-types.js';
import { rangesToSearch } from '../packed-search.js';
import { HOUR_US, MINUTE_US } from '../rollups.js';
import { around, wholeBuckets, type Span } from './sums.js';

/** Sums over the frames of one type in one bin. */
export interface TypeBin {
  /** Start of the bin, a multiple of its width. */
  readonly binAtUs: number;
  readonly type: FrameType;
  readonly count: number;
  /** Without partial frames. */
  readonly wireBytes: number;
  readonly payloadBytes: number;
  readonly firstAtUs: number;
  readonly lastAtUs: number;
}

type Row = Omit<TypeBin, 'type'> & { readonly typeId: number };

/** Ids that one statement looks at. */
const CHUNK = 10_000;

/** Sums by bin and type, in no order. */
export function readTypeBins(
  db: Database,
  filter: FrameFilter,
  binUs: number,
  onSearched: OnSearched = () => undefined,
): readonly TypeBin[] {
  const plan = planFrames(db, filter);
  const types = new Map(
    db
      .prepare<[], FrameType>('SELECT * FROM frame_type')
      .all()
      .map((type) => [type.id, type]),
  );
  const sums = new BinSums();
  for (const row of readRows(db, plan, binUs, onSearched)) sums.add(row);
  return sums.rows().flatMap(({ typeId, ...row }) => {
    const type = types.get(typeId);
    return type === undefined ? [] : [{ ...row, type }];
  });
}

/** Lengths of the roll-ups, the coarsest first. */
const ROLLUPS: readonly (readonly [name: 'hour' | 'minute', unitUs: number])[] = [
  ['hour', HOUR_US],
  ['minute', MINUTE_US],
];

function* readRows(
  db: Database,
  plan: FramePlan,
  binUs: number,
  onSearched: OnSearched,
): Generator<Row, void> {
  const rollups = plan.isScopeExact ? ROLLUPS.filter(([, unitUs]) => binUs % unitUs === 0) : [];
  function* read(span: Span, [coarsest, ...finer]: typeof ROLLUPS): Generator<Row, void> {
    if (coarsest === undefined) return yield* fromFrames(db, { ...plan, ...span }, binUs, onSearched);
    const [name, unitUs] = coarsest;
    const whole = wholeBuckets(span, unitUs);
    if (whole !== null) yield* fromRollups(db, name, { ...plan, ...whole }, binUs);
    for (const edge of around(span, whole)) yield* read(edge, finer);
  }
  yield* read({ sinceUs: plan.sinceUs, untilUs: plan.untilUs }, rollups);
}

function fromRollups(
  db: Database,
  name: 'hour' | 'minute',
  { sinceUs, untilUs, scope }: FramePlan,
  binUs: number,
): readonly Row[] {
  const at = `${name}_at_us`;
  return db
    .prepare<unknown[], Row>(
      `SELECT ${at} / ${binUs} * ${binUs} AS binAtUs, type_id AS typeId, sum(frame_count) AS count,
         sum(wire_bytes) AS wireBytes, sum(payload_bytes) AS payloadBytes,
         min(first_at_us) AS firstAtUs, max(last_at_us) AS lastAtUs
       FROM ${name}_rollup WHERE ${at} >= ? AND ${at} < ? AND ${scope.sql} GROUP BY 1, 2`,
    )
    .all(sinceUs, untilUs, ...scope.values);
}

function* fromFrames(
  db: Database,
  plan: FramePlan,
  binUs: number,
  onSearched: OnSearched,
): Generator<Row, void> {
  const { condition, sinceUs, untilUs } = plan;
  const statement = db.prepare<unknown[], Row>(
    `SELECT at_us / ${binUs} * ${binUs} AS binAtUs, type_id AS typeId, count(*) AS count,
       sum(iif(type_id IN (SELECT id FROM frame_type WHERE status = 'partial'), 0, wire_bytes)) AS wireBytes,
       coalesce(sum(payload_bytes), 0) AS payloadBytes, min(at_us) AS firstAtUs, max(at_us) AS lastAtUs
     FROM frame WHERE id BETWEEN ? AND ? AND at_us >= ? AND at_us < ? AND ${condition.sql} GROUP BY 1, 2`,
  );
  for (const { first, last } of rangesToSearch(db, plan, onSearched)) {
    for (let from = first; from <= last; from += CHUNK) {
      const end = Math.min(from + CHUNK - 1, last);
      yield* statement.all(from, end, sinceUs, untilUs, ...condition.values);
      onSearched(end - from + 1);
    }
  }
}

/** Adds rows of the same bin and type. */
class BinSums {
  readonly #rows = new Map<string, { -readonly [Key in keyof Row]: Row[Key] }>();

  add(row: Row): void {
    const key = `${row.binAtUs} ${row.typeId}`;
    const sums = this.#rows.get(key);
    if (sums === undefined) {
      this.#rows.set(key, row);
      return;
    }
    sums.count += row.count;
    sums.wireBytes += row.wireBytes;
    sums.payloadBytes += row.payloadBytes;
    sums.firstAtUs = Math.min(sums.firstAtUs, row.firstAtUs);
    sums.lastAtUs = Math.max(sums.lastAtUs, row.lastAtUs);
  }

  rows(): readonly Row[] {
    return [...this.#rows.values()];
  }
}
