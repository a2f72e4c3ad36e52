/**
 * The file that the page shows. It is opened again when another file is at the path.
 */
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { isBeingWritten } from '../store/lock.js';
import { openPageQueries, type FileContent, type PageQueries } from '../store/page-queries.js';
import type { PageHead, PageSource } from './answers.js';
import type { Selection } from './selection.js';
import { selectFrames } from './selection.js';

/** Interval between two looks at the recorder's lock, in ms. */
const LOCK_MS = 10_000;

/** Values of the page's head that are not in the file. */
export interface PageFacts {
  readonly version: string;
  readonly apiUrl: string | null;
}

/** One database file, for as long as the page is served. */
export class PageFile {
  readonly path: string;
  readonly #facts: PageFacts;
  readonly #nowMs: () => number;
  #queries: PageQueries;
  #identity: string | null;
  #generation = 1;
  #lock: { readonly isHeld: boolean; readonly atMs: number } | null = null;

  /** Throws a StoreError if the file cannot be read. */
  constructor(path: string, facts: PageFacts, nowMs: () => number) {
    this.path = path;
    this.#facts = facts;
    this.#nowMs = nowMs;
    this.#queries = openPageQueries(path);
    this.#identity = readIdentity(path);
  }

  /** Number of files that were at the path so far, this one included. */
  get generation(): number {
    this.queries();
    return this.#generation;
  }

  /** Queries of the file that is at the path now. Throws a StoreError if there is no file, or if it is not a recording. */
  queries(): PageQueries {
    const identity = readIdentity(this.path);
    if (identity === this.#identity) return this.#queries;
    const queries = openPageQueries(this.path);
    this.#queries.close();
    this.#queries = queries;
    this.#identity = identity;
    this.#generation += 1;
    this.#lock = null;
    return queries;
  }

  /** Head of an answer. */
  head(selection: Selection): PageHead {
    const queries = this.queries();
    const { text: filter, fromUs = null, untilUs = null } = selection;
    const isQuick = queries.isAboutTypes(selectFrames(selection));
    return { source: this.source(queries.content()), selection: { filter, fromUs, untilUs, isQuick } };
  }

  /** The head's part about the whole recording. */
  source({ lastId, firstAtUs, greatestAtUs }: FileContent): PageSource {
    const span =
      firstAtUs === null || greatestAtUs === null ? null : { fromUs: firstAtUs, untilUs: greatestAtUs + 1 };
    return {
      name: basename(this.path),
      path: this.path,
      sizeBytes: sizeBytes(this.path) + sizeBytes(`${this.path}-wal`),
      isRecording: this.isRecording(),
      lastId,
      span,
      ...this.#facts,
    };
  }

  /** Whether a recorder is writing to the file. */
  isRecording(): boolean {
    if (!this.queries().isCaptureOpen()) return false;
    const nowMs = this.#nowMs();
    // A killed recorder leaves its capture open, so that the lock decides.
    if (this.#lock === null || nowMs - this.#lock.atMs > LOCK_MS)
      this.#lock = { isHeld: isBeingWritten(this.path), atMs: nowMs };
    return this.#lock.isHeld;
  }

  close(): void {
    this.#queries.close();
  }
}

function readIdentity(path: string): string | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? null : `${stat.dev}:${stat.ino}`;
}

function sizeBytes(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
