/**
 * Keys of the list of frames.
 */
import { openFrameMenu } from '../parts/frame-row.js';
import type { ListHandle } from '../parts/windowed-list.js';
import { navigate, openId } from '../state/address.js';
import type { FrameListState } from './frame-list-state.js';

/** What the keys act on. */
export interface ListActions {
  readonly state: FrameListState;
  readonly handle: { readonly current: ListHandle | null };
  readonly selected: number | null;
  readonly select: (id: number) => void;
  readonly open: (id: number | null) => void;
}

/** Does what a key means in the list. */
export function pressInList(event: KeyboardEvent, actions: ListActions): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { state, handle, selected, open } = actions;
  const page = handle.current?.pageRows() ?? 20;
  const keys: Readonly<Record<string, () => void>> = {
    j: () => step(actions, 1),
    ArrowDown: () => step(actions, 1),
    k: () => step(actions, -1),
    ArrowUp: () => step(actions, -1),
    PageDown: () => step(actions, page),
    PageUp: () => step(actions, -page),
    Home: state.toStart,
    End: state.toNewest,
    f: () => (state.isFollowing.value ? state.setFollowing(false) : state.toNewest()),
    Enter: () => open(selected),
    m: () => openMenuOf(actions),
    Escape: () => {
      if (openId.peek() !== null) navigate({ view: 'frames' });
    },
  };
  const action = keys[event.key];
  if (action === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  action();
}

function step({ state: { rows, setFollowing }, handle, selected, select }: ListActions, by: number): void {
  const place = selected === null ? null : rows.placeOf(selected);
  const target = place === null ? rows.end - 1 : Math.min(rows.end - 1, Math.max(rows.first, place + by));
  const row = rows.at(target);
  if (row === undefined) return;
  setFollowing(false);
  select(row.id);
  handle.current?.reveal(target);
}

function openMenuOf({ state: { rows }, selected }: ListActions): void {
  const place = selected === null ? null : rows.placeOf(selected);
  const row = place === null ? undefined : rows.at(place);
  const element = document.getElementById(`row-${selected ?? 0}`);
  if (row !== undefined && element !== null) openFrameMenu(row, element);
}
