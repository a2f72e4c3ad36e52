/**
 * State of a long list: its window of rows, whether it follows new rows, and how many came meanwhile.
 */
import { effect, useSignal, type ReadonlySignal, type Signal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { formatDataAddress } from '../data/fetch.js';
import { createSliceReader, RowWindow, type WindowRow } from '../data/row-window.js';
import { jumpUs, openId } from '../state/address.js';
import { isPaused } from '../state/live.js';

/** Most new rows that are added at once; if more came, the list jumps to the newest. */
const MAX_GROWTH = 200;

/** Least time between two loads of new rows, in ms. */
const FLOOD_MS = 500;

/** Source of a list's rows; has to be the same object at each drawing. `Head`: an answer with rows. */
export interface ListSource<T extends WindowRow, Head> {
  /** Path of the data, such as `/frames`. */
  readonly path: string;
  readonly pickRows: (head: Head) => readonly T[];
  /** Queries for the oldest rows, for rows at a part of the list (0 to 1), and for rows after a row. */
  readonly start: string;
  readonly formatPart: (part: number, head: Head | null) => string;
  readonly formatBehind: (row: T) => string;
  /** A count that grows with each new row; null while it is not known. */
  readonly arrived: ReadonlySignal<number | null>;
}

/** State that the list, its notes and its keys share. */
export interface ListState<T extends WindowRow, Head> {
  readonly rows: RowWindow<T>;
  /** Newest answer with rows. */
  readonly head: ReadonlySignal<Head | null>;
  readonly isFollowing: ReadonlySignal<boolean>;
  readonly setFollowing: (isFollowing: boolean) => void;
  readonly jumpToPart: (part: number) => void;
  readonly toNewest: () => void;
  readonly toStart: () => void;
  /** Loads the rows around a row. */
  readonly showRow: (id: number) => Promise<void>;
  /** Number of new rows since the list was at its end. */
  readonly newer: ReadonlySignal<number>;
}

/** State of the list for a selection. */
export function useListState<T extends WindowRow, Head>(
  source: ListSource<T, Head>,
  query: string,
): ListState<T, Head> {
  const head = useSignal<Head | null>(null);
  const isFollowing = useSignal(openId.peek() === null && jumpUs.peek() === null);
  const seen = useSignal<number | null>(null);
  const newer = useSignal(0);
  const rows = useMemo(() => {
    const read = createSliceReader<T>(
      (place) => formatDataAddress(source.path, query, place),
      (answer: Head) => {
        head.value = answer;
        return source.pickRows(answer);
      },
    );
    return new RowWindow<T>(read);
  }, [query]);
  const setFollowing = (follows: boolean): void => {
    seen.value = source.arrived.peek();
    isFollowing.value = follows;
  };
  const leave = (place: string): void => {
    setFollowing(false);
    void rows.jump(place);
  };
  const toNewest = (): void => {
    setFollowing(true);
    void rows.jump('');
  };
  useEffect(() => {
    const atUs = jumpUs.peek();
    const id = openId.peek();
    if (id !== null) void jumpTo(rows, id);
    else if (atUs !== null) void rows.jump(`at=${atUs}`);
    else toNewest();
    return () => rows.stop();
  }, [rows]);
  useArrivals(source, rows, isFollowing, seen, newer);
  return {
    rows,
    head,
    isFollowing,
    setFollowing,
    toNewest,
    newer,
    showRow: async (id) => {
      setFollowing(false);
      await jumpTo(rows, id);
    },
    toStart: () => leave(source.start),
    jumpToPart: (part) => leave(part >= 1 ? '' : source.formatPart(part, head.peek())),
  };
}

/** Adds new rows if the list follows, else counts them. */
function useArrivals<T extends WindowRow, Head>(
  source: ListSource<T, Head>,
  rows: RowWindow<T>,
  isFollowing: ReadonlySignal<boolean>,
  seen: Signal<number | null>,
  newer: Signal<number>,
): void {
  const grownTo = useRef<number | null>(null);
  const isResting = useSignal(false);
  useEffect(
    () =>
      effect(() => {
        // Also after each load, because its answer can lack rows that came meanwhile.
        rows.watch();
        const count = source.arrived.value;
        if (isPaused.value) return;
        noteArrivals(count, isFollowing.value, seen, newer);
        const canGrow = isFollowing.value && !isResting.value && rows.isLoaded && rows.loading === 'none';
        if (!canGrow || count === grownTo.current) return;
        const came = countBetween(grownTo.current, count);
        grownTo.current = count;
        if (came <= MAX_GROWTH) {
          void growAtEnd(source, rows);
          return;
        }
        isResting.value = true;
        setTimeout(() => (isResting.value = false), FLOOD_MS);
        void rows.jump('');
      }),
    [rows],
  );
}

/** Number of rows that are newer than the last seen one; 0 while the list follows. */
function noteArrivals(
  count: number | null,
  isFollowing: boolean,
  seen: Signal<number | null>,
  newer: Signal<number>,
): void {
  const before = seen.peek();
  // A smaller count means that the count was restarted.
  if (isFollowing || count === null || before === null || count < before) seen.value = count;
  newer.value = countBetween(seen.peek(), count);
}

function countBetween(before: number | null, count: number | null): number {
  return before === null || count === null ? 0 : count - before;
}

/** Shows the rows around a row, or the newest rows if the selection does not have it. */
async function jumpTo<T extends WindowRow>(rows: RowWindow<T>, id: number): Promise<void> {
  await rows.jump(`around=${id}`);
  if (rows.failure !== null || rows.rows.length === 0) await rows.jump('');
}

/** Adds new rows; jumps to the newest if there are too many. */
async function growAtEnd<T extends WindowRow, Head>(
  { formatBehind }: ListSource<T, Head>,
  rows: RowWindow<T>,
): Promise<void> {
  const last = rows.rows.at(-1);
  if (last !== undefined) await rows.grow(`${formatBehind(last)}&limit=${MAX_GROWTH}`);
  if (last === undefined || rows.hasAfter) await rows.jump('');
}
