/**
 * The list of frames as state: its window of rows, whether it follows what is new, and what came meanwhile.
 */
import { useSignal, useSignalEffect, type Signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { FrameLine, FramesAnswer } from '../../src/ui/answers.js';
import { formatDataAddress } from '../data/fetch.js';
import { createSliceReader, RowWindow } from '../data/row-window.js';
import { jumpUs, openId } from '../state/address.js';
import { isPaused, live } from '../state/live.js';

/** Most new rows that are added to the end at once; with more, the list shows the newest instead. */
const MAX_GROWTH = 200;

/** What the list and its keys share. */
export interface FrameListState {
  readonly rows: RowWindow<FrameLine>;
  readonly head: { readonly value: FramesAnswer | null };
  readonly isFollowing: { readonly value: boolean };
  readonly setFollowing: (isFollowing: boolean) => void;
  readonly jumpToPart: (part: number) => void;
  readonly toNewest: () => void;
  readonly toStart: () => void;
  /** Loads the rows around a frame. */
  readonly showFrame: (id: number) => Promise<void>;
  /** Frames that have come since the list was last at its end. */
  readonly newer: { readonly value: number };
}

/** State of the list for a selection. */
export function useFrameList(query: string): FrameListState {
  const head = useSignal<FramesAnswer | null>(null);
  const isFollowing = useSignal(openId.peek() === null && jumpUs.peek() === null);
  const seen = useSignal(0);
  const newer = useSignal(0);
  const rows = useMemo(() => {
    const read = createSliceReader<FrameLine>(
      (place) => formatDataAddress('/frames', query, place),
      (answer: FramesAnswer) => {
        head.value = answer;
        return answer.frames;
      },
    );
    return new RowWindow<FrameLine>(read);
  }, [query]);
  const setFollowing = (follows: boolean): void => {
    seen.value = live.peek()?.passed ?? 0;
    isFollowing.value = follows;
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
  useArrivals(rows, isFollowing, seen, newer);
  return {
    rows,
    head,
    isFollowing,
    setFollowing,
    toNewest,
    newer,
    showFrame: async (id) => {
      setFollowing(false);
      await jumpTo(rows, id);
    },
    toStart: () => {
      setFollowing(false);
      void rows.jump('part=0');
    },
    jumpToPart: (part) => {
      setFollowing(false);
      void rows.jump(part >= 1 ? '' : `part=${part.toFixed(6)}`);
    },
  };
}

/** Adds what comes while the list follows, and counts it otherwise. */
function useArrivals(
  rows: RowWindow<FrameLine>,
  isFollowing: Signal<boolean>,
  seen: Signal<number>,
  newer: Signal<number>,
): void {
  useSignalEffect(() => {
    const passed = live.value?.passed ?? 0;
    if (isPaused.value) return;
    if (passed < seen.peek()) seen.value = 0;
    if (isFollowing.value) {
      if (passed > seen.peek()) void growAtEnd(rows);
      seen.value = passed;
    }
    newer.value = passed - seen.peek();
  });
}

/** Shows the rows around a frame, or the newest if it is in no selection. */
async function jumpTo(rows: RowWindow<FrameLine>, id: number): Promise<void> {
  await rows.jump(`around=${id}`);
  if (rows.failure !== null || rows.rows.length === 0) await rows.jump('');
}

/** Adds what is new; shows the newest instead if that is more than the list takes at once. */
async function growAtEnd(rows: RowWindow<FrameLine>): Promise<void> {
  if (!rows.isLoaded || rows.loading !== 'none') return;
  const last = rows.rows.at(-1);
  if (last !== undefined) await rows.grow(`after=${last.id}&limit=${MAX_GROWTH}`);
  if (last === undefined || rows.hasAfter) await rows.jump('');
}
