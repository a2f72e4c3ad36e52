/**
 * A window onto a list that is too long to be loaded: rows in the middle of an unknown number of others.
 *
 * Rows have places: whole numbers, of which the first loaded row has `first`. Rows that are loaded before it get smaller
 * ones, so that a row keeps its place, and with it its height on the screen, while others come in on either side. What is
 * far from the reader is dropped again. The server knows cursors only, so a place says nothing about the row's number.
 */
import { signal } from '@preact/signals';
import { fetchAnswer, isAbort, type RequestFailure } from './fetch.js';

/** A row of a list, with the id that cursors and keys use. */
export interface WindowRow {
  readonly id: number;
}

/** Rows that an address answers, and where others are; as query parameters. */
export interface Slice<T> {
  readonly rows: readonly T[];
  readonly previous: string | null;
  readonly next: string | null;
  /** Whether the search has ended; if not, it goes on at a cursor. */
  readonly isComplete: boolean;
  /** Part of the whole list that lies before the first row, from 0 to 1; null if it is not known. */
  readonly position: number | null;
  readonly searched: number;
}

/** Reads the rows behind a query, such as `after=7`; empty for the newest. */
export type SliceReader<T> = (query: string, signal: AbortSignal) => Promise<Slice<T>>;

/** Place of the first row after a jump into the middle: room for scrolling up. */
const MIDDLE = 100_000;

/** Greatest place: a browser's element is at most some 17 million pixels high. */
const MAX_PLACE = 400_000;

/** Rows that a jump loads: a screen of them is in sight sooner than a whole slice, and those around it follow. */
const FIRST_ROWS = 80;

/** Most rows in memory; beyond, whole slices are dropped, whose ends have cursors. */
const MAX_ROWS = 3_000;

/** A window. `T` has to be immutable. */
export class RowWindow<T extends WindowRow> {
  readonly #read: SliceReader<T>;
  readonly #changes = signal(0);
  #control = new AbortController();
  #loading: 'none' | 'jump' | 'before' | 'after' = 'none';
  /** Slices with rows, from which `#rows` is made. */
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

  /** Number of changes so far; a component that calls it is drawn again after each. */
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

  /** Place behind the last row. */
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

  /** Whether anything was answered yet. */
  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  get failure(): RequestFailure | null {
    return this.#failure;
  }

  /** How far all places have been moved so far, to stay within what a browser can show. */
  get shift(): number {
    return this.#shift;
  }

  /** How often other rows were taken instead of all that were there. */
  get jumps(): number {
    return this.#jumps;
  }

  /** Rows that the search which is going on has looked at. */
  get searched(): number {
    return this.#searched;
  }

  /** Part of the list before the first row, from 0 to 1; null if it is not known. */
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

  /** Forgets all rows and shows those behind `query`. */
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
    // A search that found nothing in its time goes on, towards older rows first: they are what the newest window wants.
    if (this.#rows.length === 0 && this.#failure === null && !control.signal.aborted)
      await this.extend(this.#previous !== null ? 'before' : 'after');
  }

  /** Loads rows on one side, if there are any and nothing else is being loaded. */
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

  /** Looks for rows that are newer than the last one, at the end of the list. */
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

  /** Drops the slice that is furthest from the side that grows. */
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

  /** Whether the search has to go on. */
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

/** Reads slices from an address with a selection, out of the list under a key of the answer. */
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
