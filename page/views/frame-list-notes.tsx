/**
 * What is on and below the list of frames: waits, failures, how many are new, how many there are.
 */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { FrameCountAnswer } from '../../src/ui/answers.js';
import { formatCount } from '../../src/cli/print/units.js';
import { fetchAnswer, formatDataAddress } from '../data/fetch.js';
import { EmptyNote, FailureNote } from '../parts/states.js';
import type { ListHandle } from '../parts/windowed-list.js';
import { selectionQuery } from '../state/address.js';
import { isPaused } from '../state/live.js';
import type { FrameListState } from './frame-list-state.js';

/** Notes of the list. */
export function ListNotes({
  state,
  handle,
}: {
  readonly state: FrameListState;
  readonly handle: { readonly current: ListHandle | null };
}): JSX.Element {
  const { rows, head, newer, isFollowing } = state;
  rows.watch();
  const isEmpty = rows.isLoaded && rows.rows.length === 0 && rows.loading === 'none';
  return (
    <>
      {rows.failure !== null && <FailureNote failure={rows.failure} />}
      {isEmpty && rows.failure === null && <EmptyNote source={head.value?.source} what="frames" />}
      {rows.loading !== 'none' && <SearchLine searched={rows.searched} isEmpty={rows.rows.length === 0} />}
      {!isFollowing.value && newer.value > 0 && !isPaused.value && (
        <button
          class="chip"
          onClick={() => {
            state.toNewest();
            handle.current?.focus();
          }}
        >
          ↓ {formatCount(newer.value)} new
        </button>
      )}
      <CountLine state={state} />
    </>
  );
}

function SearchLine({
  searched,
  isEmpty,
}: {
  readonly searched: number;
  readonly isEmpty: boolean;
}): JSX.Element {
  return (
    <div class="waiting late" role="status">
      <div class="waiting-bar endless" />
      {isEmpty && (
        <span class="waiting-text">
          {searched > 0 ? `looked at ${formatCount(searched)} frames` : 'loading'} …
        </span>
      )}
    </div>
  );
}

function CountLine({ state }: { readonly state: FrameListState }): JSX.Element {
  const { head, isFollowing, toNewest, setFollowing } = state;
  const query = selectionQuery.value;
  const counted = useSignal<string | null>(null);
  useEffect(() => {
    counted.value = null;
  }, [query]);
  const count = head.value?.count;
  return (
    <footer class="list-foot">
      <span role="status">
        {count === undefined
          ? ''
          : (counted.value ?? `${count.isExact ? '' : 'at most '}${formatCount(count.frames)} frames`)}
      </span>
      {count?.isExact === false && counted.value === null && (
        <button onClick={() => void countFrames(query, (text) => (counted.value = text))}>count</button>
      )}
      <span class="spring" />
      <ViewAsSql query={query} />
      <button
        aria-pressed={isFollowing.value}
        title="Follow new frames (f)"
        onClick={() => (isFollowing.value ? setFollowing(false) : toNewest())}
      >
        {isFollowing.value ? '↓ following' : 'follow'}
      </button>
    </footer>
  );
}

async function countFrames(query: string, say: (text: string) => void): Promise<void> {
  try {
    for (;;) {
      const { frames, progress } = await fetchAnswer<FrameCountAnswer>(
        formatDataAddress('/frames/count', query),
      );
      say(`${formatCount(frames)} frames${progress.isComplete ? '' : ' so far …'}`);
      if (progress.isComplete) return;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  } catch (error) {
    say(error instanceof Error ? error.message : 'not counted');
  }
}

function ViewAsSql({ query }: { readonly query: string }): JSX.Element {
  return (
    <a class="foot-link" href={formatDataAddress('/sql', query)} target="_blank" rel="noreferrer">
      SQL
    </a>
  );
}
