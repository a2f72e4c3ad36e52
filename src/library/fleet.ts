/**
 * Reads from a fleet, for `--from` of the commands that read.
 */
import { FleetClient } from '../ship/fleet-client.js';
import { FleetReader } from '../ship/fleet-reader.js';
import type { RowOfFile } from './databases.js';

export type { FleetReader, FramesOfFile } from '../ship/fleet-reader.js';

/** A fleet, and the recorders to read. */
export interface FleetSource {
  /** `http://user:password@host:8123/database`. */
  readonly from: string;
  /** User and password, if the URL has none. */
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** Ids or file names of recorders; empty for all of them. */
  readonly recorders: readonly string[];
}

/** Most repetitions of a request if the server does not answer. */
const RETRIES = 2;

/** Opens a fleet for `use`, and closes it in any case. Rejects with NetworkError or UsageError. */
export async function askFleet<Answer>(
  { from, user, password, recorders }: FleetSource,
  use: (reader: FleetReader) => Promise<Answer>,
): Promise<Answer> {
  const client = new FleetClient({ url: from, user, password, retries: RETRIES });
  try {
    return await use(await FleetReader.open(client, recorders));
  } finally {
    await client.close();
  }
}

/** Rows of one file, which come in pages; with a limit, `count` says how many. */
export interface PagesOfFile<Row> {
  readonly file: string;
  readonly count: number | null;
  readonly pages: AsyncIterable<readonly Row[]>;
}

/** Rows that are handed on together. */
const PAGE_ROWS = 500;

/**
 * Rows of all files in pieces, in the order of their times; of a file in its own order. With a limit, the newest of them: each
 * file says how many it has, which are no more than that.
 */
export async function* mergePages<Row>(
  sources: readonly PagesOfFile<Row>[],
  readAtUs: (row: Row) => number,
  limit = Infinity,
): AsyncGenerator<readonly RowOfFile<Row>[], void> {
  const total = sources.reduce((sum, { count }) => sum + (count ?? 0), 0);
  let surplus = Math.max(0, total - limit);
  const heads: { file: string; row: Row; rows: RowsOfPages<Row> }[] = [];
  for (const { file, pages } of sources) {
    const rows = new RowsOfPages(pages);
    const row = await rows.next();
    if (row !== undefined) heads.push({ file, row, rows });
  }
  let page: RowOfFile<Row>[] = [];
  for (let first = heads[0]; first !== undefined; first = heads[0]) {
    for (const head of heads) if (readAtUs(head.row) < readAtUs(first.row)) first = head;
    if (surplus > 0) surplus -= 1;
    else page.push({ file: first.file, row: first.row });
    const row = first.rows.take() ?? (await first.rows.next());
    if (row === undefined) heads.splice(heads.indexOf(first), 1);
    else first.row = row;
    if (page.length < PAGE_ROWS) continue;
    yield page;
    page = [];
  }
  yield page;
}

/** Rows of pages, one by one. */
class RowsOfPages<Row> {
  readonly #pages: AsyncIterator<readonly Row[]>;
  #page: readonly Row[] = [];
  #at = 0;

  constructor(pages: AsyncIterable<readonly Row[]>) {
    this.#pages = pages[Symbol.asyncIterator]();
  }

  /** The next row, if it has come already. */
  take(): Row | undefined {
    return this.#page[this.#at++];
  }

  /** The next row; undefined behind the last. */
  async next(): Promise<Row | undefined> {
    while (this.#at >= this.#page.length) {
      const next = await this.#pages.next();
      if (next.done === true) return undefined;
      [this.#page, this.#at] = [next.value, 0];
    }
    return this.take();
  }
}
