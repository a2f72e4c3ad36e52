/**
 * Keys of a long list.
 */
import type { WindowRow } from '../data/row-window.js';
import type { ListState } from './list-state.js';
import type { ListHandle } from './windowed-list.js';

/** List that the keys act on. */
export interface ListActions<T extends WindowRow> {
  readonly state: ListState<T, unknown>;
  readonly handle: { readonly current: ListHandle | null };
  readonly selected: number | null;
  readonly select: (id: number) => void;
  readonly open: (id: number | null) => void;
  /** Closes what is open, if anything is. */
  readonly close: () => void;
  readonly openMenu: (row: T, element: Element) => void;
}

/** Handles a key. */
export function pressInList<T extends WindowRow>(event: KeyboardEvent, actions: ListActions<T>): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { state, handle, selected, open, close } = actions;
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
    Escape: close,
  };
  const action = keys[event.key];
  if (action === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  action();
}

function step<T extends WindowRow>(actions: ListActions<T>, by: number): void {
  const { handle, selected, select } = actions;
  const { rows, setFollowing } = actions.state;
  const place = selected === null ? null : rows.placeOf(selected);
  const target = place === null ? rows.end - 1 : Math.min(rows.end - 1, Math.max(rows.first, place + by));
  const row = rows.at(target);
  if (row === undefined) return;
  setFollowing(false);
  select(row.id);
  handle.current?.reveal(target);
}

function openMenuOf<T extends WindowRow>({ state: { rows }, selected, openMenu }: ListActions<T>): void {
  const place = selected === null ? null : rows.placeOf(selected);
  const row = place === null ? undefined : rows.at(place);
  const element = document.getElementById(`row-${selected ?? 0}`);
  if (row !== undefined && element !== null) openMenu(row, element);
}
