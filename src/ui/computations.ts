/**
 * Computations: work that takes too long for a request. Each runs in a thread of its own, so that it delays no other
 * request.
 *
 * Each reports how many frames it has read, and imports only the modules that it needs.
 */
import type { Drift } from '../library/drift.js';
import type { Diff } from '../library/diff.js';
import type { LintReport } from '../library/lint.js';
import type { Flow } from '../flow/diagram.js';
import type { Thresholds } from '../lint/thresholds.js';
import { openPageQueries } from '../store/page-queries.js';
import type { SizeBin } from '../store/stats/size-bins.js';
import type { TypeBin } from '../store/stats/type-bins.js';
import { selectFrames, type Selection } from './selection.js';

/** Computations by name, with the types of their input and result. */
export interface Computations {
  readonly count: { readonly given: Selected; readonly result: { readonly frames: number } };
  readonly bins: {
    readonly given: Selected & { readonly binUs: number };
    readonly result: readonly TypeBin[];
  };
  readonly sizes: {
    readonly given: Selected;
    readonly result: readonly SizeBin[];
  };
  readonly findings: {
    readonly given: Selected & { readonly thresholds: Partial<Thresholds> };
    readonly result: LintReport & { readonly throughId: number };
  };
  readonly flow: {
    readonly given: Selected & { readonly session: number | null };
    readonly result: Flow;
  };
  readonly compare: {
    readonly given: {
      readonly left: number;
      readonly right: number;
      readonly text: string;
      readonly ignore: readonly string[];
    };
    readonly result: { readonly diff: Diff; readonly drift: Drift };
  };
}

interface Selected {
  readonly selection: Selection;
}

/** Name of a computation. */
export type ComputationName = keyof Computations;

/** Reports progress: frames read so far, and frames to read. */
export type Report = (done: number, total: number) => void;

/** Most steps of a diagram. */
const FLOW_STEPS = 300;

type Compute<Name extends ComputationName> = (
  path: string,
  given: Computations[Name]['given'],
  report: Report,
) => Promise<Computations[Name]['result']> | Computations[Name]['result'];

const COMPUTE: { readonly [Name in ComputationName]: Compute<Name> } = {
  count: (path, { selection }, report) => {
    using queries = openPageQueries(path);
    const filter = selectFrames(selection);
    const onSearched = adding(report, queries.countAtMost(filter));
    const { total } = queries.reader.stats({ ...filter, by: [], hasSizes: false }, onSearched);
    return { frames: total.count };
  },
  bins: (path, { selection, binUs }, report) => {
    using queries = openPageQueries(path);
    const filter = selectFrames(selection);
    return queries.typeBins(filter, binUs, adding(report, queries.countAtMost(filter)));
  },
  sizes: (path, { selection }, report) => {
    using queries = openPageQueries(path);
    const filter = selectFrames(selection);
    return queries.sizeBins(filter, adding(report, queries.countAtMost(filter)));
  },
  findings: async (path, { selection, thresholds }, report) => {
    const { lintCapture } = await import('../library/lint.js');
    using queries = openPageQueries(path);
    const { lastId: throughId, frames: total } = queries.content();
    const { filter } = selectFrames(selection);
    const result = await lintCapture({
      db: path,
      thresholds,
      ...(filter === undefined ? {} : { filter }),
      onProgress: (done) => report(done, Math.max(done, total)),
    });
    return { ...result, throughId };
  },
  flow: async (path, { selection, session }, report) => {
    const { drawCapture } = await import('../library/flow.js');
    using queries = openPageQueries(path);
    const filter = { ...selectFrames(selection), session: session ?? undefined };
    const total = queries.countAtMost(filter);
    const onProgress = (done: number): void => report(done, Math.max(done, total));
    return await drawCapture(queries.reader, filter, { steps: FLOW_STEPS, onProgress });
  },
  compare: async (path, { left, right, text, ignore }, report) => {
    const { compareShapes } = await import('../library/drift.js');
    const { diffRecordings } = await import('../library/diff.js');
    using queries = openPageQueries(path);
    const filter = text === '' ? {} : { filter: text };
    const total = [left, right]
      .map((session) => queries.countAtMost({ ...filter, session }))
      .reduce((sum, count) => sum + count, 0);
    const drift = await compareShapes(
      { db: path, session: left, filter },
      { db: path, session: right, filter },
      (done) => report(done, Math.max(done, total)),
    );
    const diff = diffRecordings({
      expected: { db: path, session: left },
      actual: { db: path, session: right },
      ignore,
      ...filter,
    });
    return { diff, drift };
  },
};

/** Runs a computation over the database at `path`. Rejects with errors of the file or of the input. */
export async function compute<Name extends ComputationName>(
  name: Name,
  path: string,
  given: Computations[Name]['given'],
  report: Report,
): Promise<Computations[Name]['result']> {
  return COMPUTE[name](path, given, report);
}

/** Sums up the frames that the steps of a search have read. */
function adding(report: Report, total: number): (ids: number) => void {
  let done = 0;
  return (ids) => {
    done += ids;
    report(Math.min(done, total), total);
  };
}
