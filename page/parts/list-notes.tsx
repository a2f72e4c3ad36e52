/**
 * Notes on a long list (waiting, failures, number of new rows), and its foot.
 */
import type { ComponentChildren, JSX } from 'preact';
import type { PageHead } from '../../src/ui/answers.js';
import { formatCount } from '../../src/units.js';
import type { WindowRow } from '../data/row-window.js';
import { isPaused } from '../state/live.js';
import type { ListState } from './list-state.js';
import { EmptyNote, FailureNote } from './states.js';
import type { ListHandle } from './windowed-list.js';

/** Notes of the list. */
export function ListNotes<T extends WindowRow, Head extends PageHead>({
  state,
  handle,
  noun,
  hint,
}: {
  readonly state: ListState<T, Head>;
  readonly handle: { readonly current: ListHandle | null };
  readonly noun: string;
  readonly hint: string | undefined;
}): JSX.Element {
  const { rows, head, newer, isFollowing } = state;
  rows.watch();
  const isEmpty = rows.isLoaded && rows.rows.length === 0 && rows.loading === 'none';
  return (
    <>
      {rows.failure !== null && <FailureNote failure={rows.failure} />}
      {isEmpty && rows.failure === null && <EmptyNote source={head.value?.source} what={noun} hint={hint} />}
      {rows.loading !== 'none' && (
        <SearchLine searched={rows.searched} isEmpty={rows.rows.length === 0} noun={noun} />
      )}
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
    </>
  );
}

function SearchLine({
  searched,
  isEmpty,
  noun,
}: {
  readonly searched: number;
  readonly isEmpty: boolean;
  readonly noun: string;
}): JSX.Element {
  return (
    <div class="waiting late" role="status">
      <div class="waiting-bar endless" />
      {isEmpty && (
        <span class="waiting-text">
          {searched > 0 ? `looked at ${formatCount(searched)} ${noun}` : 'loading'} …
        </span>
      )}
    </div>
  );
}

/** Line below a list: its content, and the button that follows new rows. */
export function ListFoot<T extends WindowRow, Head>({
  state: { isFollowing, setFollowing, toNewest },
  noun,
  children,
}: {
  readonly state: ListState<T, Head>;
  readonly noun: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <footer class="list-foot">
      {children}
      <button
        aria-pressed={isFollowing.value}
        title={`Follow new ${noun} (f)`}
        onClick={() => (isFollowing.value ? setFollowing(false) : toNewest())}
      >
        {isFollowing.value ? '↓ following' : 'follow'}
      </button>
    </footer>
  );
}
