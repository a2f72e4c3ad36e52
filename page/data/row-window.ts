/**
 * A window of a list that is too long to be loaded: some rows, with an unknown number of rows before and after.
 *
 * Each row has a place, a whole number; the first loaded row has `first`. Rows that are loaded before it get smaller
 * numbers. So a row keeps its place, and with it its height on the screen, while rows are added on either side. Rows far
 * from the reader are dropped. The server knows cursors only, so a place is not the row's index in the whole list.
 */
import { signal } from '@preact/signals';
import { fetchAnswer, isAbort, type RequestFailure } from './fetch.js';

/** A row of a list; cursors and keys use its id. */
export interface WindowRow {
  readonly id: number;
}

/** Rows of an answer, and the query parameters of the rows before and after. */
export interface Slice<T> {
  readonly rows: readonly T[];
  readonly previous: string | null;
  readonly next: string | null;
  /** Whether the search has ended; otherwise it continues at a cursor. */
  readonly isComplete: boolean;
  /** Part of the whole list before the first row, from 0 to 1; null if it is not known. */
  readonly position: number | null;
  readonly searched: number;
}

/** Reads the rows for a query, such as `after=7`; an empty one means the newest rows. */
export type SliceReader<T> = (query: string, signal: AbortSignal) => Promise<Slice<T>>;

/** Place of the first row after a jump into the middle; the room above is for scrolling up. */
const MIDDLE = 100_000;

/** Greatest place: a browser's element is at most some 17 million pixels high. */
const MAX_PLACE = 400_000;

/** Rows that a jump loads. A screen of rows is shown sooner than a whole slice; the rows around it follow. */
const FIRST_ROWS = 80;

/** Most rows in memory. Above it, whole slices are dropped, because their ends have cursors. */
const MAX_ROWS = 3_000;

/** A window of rows, which have to be immutable. */
export class RowWindow<T extends WindowRow> {
  readonly #read: SliceReader<T>;
  readonly #changes = signal(0);
  #control = new AbortController();
  #loading: 'none' | 'jump' | 'before' | 'after' = 'none';
  /** Loaded slices; `#rows` has the rows of all. */
  #slices: readonly Slice<T>[] = [];
  #rows: readonly T[] = [];
  #first = 0;
  #previous: string | null = null;
  #next: string | null = null;
  #position: number | null = null;
  #shift = 0;
  #jumps = 0;
  #searched = 0;
  #failure: RequestFailure | null = null;
  #isLoaded = false;

  constructor(read: SliceReader<T>) {
    this.#read = read;
  }

  /** Number of changes so far; a component that reads it is drawn again after each change. */
  watch(): number {
    return this.#changes.value;
  }

  get rows(): readonly T[] {
    return this.#rows;
  }

  /** Place of the first row. */
  get first(): number {
    return this.#first;
  }

  /** Place after the last row. */
  get end(): number {
    return this.#first + this.#rows.length;
  }

  get hasBefore(): boolean {
    return this.#previous !== null;
  }

  get hasAfter(): boolean {
    return this.#next !== null;
  }

  get loading(): 'none' | 'jump' | 'before' | 'after' {
    return this.#loading;
  }

  /** Whether there was an answer yet. */
  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  get failure(): RequestFailure | null {
    return this.#failure;
  }

  /** Sum of all shifts of places, which keep the list within the height that a browser can show. */
  get shift(): number {
    return this.#shift;
  }

  /** Number of times that all rows were replaced. */
  get jumps(): number {
    return this.#jumps;
  }

  /** Rows that the running search has tested. */
  get searched(): number {
    return this.#searched;
  }

  /** Position of the first row in the list, from 0 to 1; null if it is not known. */
  get position(): number | null {
    return this.#position;
  }

  at(place: number): T | undefined {
    return this.#rows[place - this.#first];
  }

  /** Place of the row with an id, or null. */
  placeOf(id: number): number | null {
    const index = this.#rows.findIndex((row) => row.id === id);
    return index < 0 ? null : this.#first + index;
  }

  /** Replaces all rows by those for `query`. */
  async jump(query: string): Promise<void> {
    this.#control.abort();
    const control = new AbortController();
    this.#control = control;
    const place = query === '' ? '' : `${query}&`;
    await this.#load('jump', `${place}limit=${FIRST_ROWS}`, (slice) => {
      this.#setSlices([slice]);
      this.#jumps++;
      this.#first = slice.previous === null ? 0 : MIDDLE;
      this.#previous = slice.previous;
      this.#next = slice.next;
      this.#position = slice.position;
      this.#isLoaded = true;
    });
    // A search that ran out of time without a row continues, with older rows first, because the newest window needs those.
    if (this.#rows.length === 0 && this.#failure === null && !control.signal.aborted)
      await this.extend(this.#previous !== null ? 'before' : 'after');
  }

  /** Loads rows on one side, if there are any and no other load is running. */
  async extend(side: 'before' | 'after'): Promise<void> {
    const { signal: control } = this.#control;
    let cursor = side === 'before' ? this.#previous : this.#next;
    const count = this.#rows.length;
    while (cursor !== null && this.#loading === 'none' && this.#rows.length === count && !control.aborted) {
      const isSearching = await this.#load(side, cursor, (slice) => this.#join(side, slice));
      if (!isSearching) return;
      cursor = side === 'before' ? this.#previous : this.#next;
    }
  }

  /** Loads rows that are newer than the last one. */
  async grow(query: string): Promise<void> {
    if (this.#loading !== 'none' || this.#next !== null) return;
    await this.#load('after', query, (slice) => this.#join('after', slice));
  }

  stop(): void {
    this.#control.abort();
  }

  #join(side: 'before' | 'after', slice: Slice<T>): void {
    if (side === 'before') {
      this.#setSlices([slice, ...this.#slices]);
      this.#first -= slice.rows.length;
      this.#previous = slice.previous;
      this.#position = slice.position ?? this.#position;
    } else {
      this.#setSlices([...this.#slices, slice]);
      this.#next = slice.next;
      this.#position ??= slice.position;
    }
    while (this.#rows.length > MAX_ROWS) this.#drop(side);
    if (this.#first >= 0 && this.end <= MAX_PLACE) return;
    const shift = MIDDLE - this.#first;
    this.#first += shift;
    this.#shift += shift;
  }

  /** Drops the slice that is farthest from the growing side. */
  #drop(side: 'before' | 'after'): void {
    if (side === 'before') {
      this.#setSlices(this.#slices.slice(0, -1));
      this.#next = this.#slices.at(-1)?.next ?? null;
      return;
    }
    this.#first += this.#slices[0]?.rows.length ?? 0;
    this.#setSlices(this.#slices.slice(1));
    this.#previous = this.#slices[0]?.previous ?? null;
    this.#position = this.#slices[0]?.position ?? null;
  }

  #setSlices(slices: readonly Slice<T>[]): void {
    this.#slices = slices.filter(({ rows }) => rows.length > 0);
    this.#rows = this.#slices.flatMap(({ rows }) => rows);
  }

  /** Whether the search has to continue. */
  async #load(
    what: 'jump' | 'before' | 'after',
    query: string,
    take: (slice: Slice<T>) => void,
  ): Promise<boolean> {
    const { signal: control } = this.#control;
    this.#loading = what;
    this.#changes.value++;
    let isSearching = false;
    try {
      const slice = await this.#read(query, control);
      if (control.aborted) return false;
      take(slice);
      this.#failure = null;
      isSearching = !slice.isComplete && slice.rows.length === 0;
      this.#searched = isSearching ? this.#searched + slice.searched : 0;
    } catch (error) {
      if (isAbort(error) || control.aborted) return false;
      this.#failure = error as RequestFailure;
    }
    this.#loading = 'none';
    this.#changes.value++;
    return isSearching;
  }
}

/** Reader of slices from an address with a selection; the rows are under `key` of the answer. */
export function createSliceReader<T extends WindowRow>(
  formatAddress: (query: string) => string,
  pickRows: (answer: never) => readonly T[],
): SliceReader<T> {
  return async (query, control) => {
    const answer = await fetchAnswer<SliceAnswer>(formatAddress(query), control);
    return {
      rows: pickRows(answer as never),
      previous: toQuery(answer.previous),
      next: toQuery(answer.next),
      isComplete: answer.isComplete ?? true,
      position: answer.position ?? null,
      searched: answer.searched ?? 0,
    };
  };
}

interface SliceAnswer {
  readonly previous: Readonly<Record<string, string | number>> | null;
  readonly next: Readonly<Record<string, string | number>> | null;
  readonly isComplete?: boolean;
  readonly position?: number | null;
  readonly searched?: number;
}

function toQuery(cursor: Readonly<Record<string, string | number>> | null): string | null {
  if (cursor === null) return null;
  return new URLSearchParams(Object.entries(cursor).map(([name, value]) => [name, String(value)])).toString();
}
