/**
 * A view that is a long list, with the detail of the open row beside it.
 */
import { useSignal, useSignalEffect, type Signal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { PageHead } from '../../src/ui/answers.js';
import type { RequestFailure } from '../data/fetch.js';
import type { WindowRow } from '../data/row-window.js';
import { navigate, openId, view } from '../state/address.js';
import { pressInList } from './list-keys.js';
import { ListNotes } from './list-notes.js';
import { useListState, type ListSource, type ListState } from './list-state.js';
import { isNarrow } from './media.js';
import { Split } from './split.js';
import { WindowedList, type ListHandle } from './windowed-list.js';

/** Content of a list page. */
export interface ListPageProps<T extends WindowRow, Head extends PageHead> {
  readonly label: string;
  /** Name of its rows, such as `frames`. */
  readonly noun: string;
  /** Instruction for a recording without such rows. */
  readonly hint?: string;
  readonly source: ListSource<T, Head>;
  readonly query: string;
  readonly report: (failure: RequestFailure | null) => void;
  /** Above the list. */
  readonly above?: ComponentChildren;
  readonly head: ComponentChildren;
  readonly columns: string;
  /** A line; `pick` is the same function for each. */
  readonly row: (
    row: T,
    before: T | undefined,
    isSelected: boolean,
    pick: (id: number) => void,
  ) => ComponentChildren;
  readonly partAt: (row: T, head: Head | null) => number;
  readonly openMenu: (row: T, element: Element) => void;
  readonly detail: (id: number, close: () => void) => ComponentChildren;
  readonly foot: (state: ListState<T, Head>) => ComponentChildren;
}

/** The view. */
export function ListPage<T extends WindowRow, Head extends PageHead>(
  props: ListPageProps<T, Head>,
): JSX.Element {
  const { source, query, report, openMenu } = props;
  const id = openId.value;
  const state = useListState(source, query);
  const { rows, head } = state;
  const handle = useRef<ListHandle>(null);
  const selected = useSignal<number | null>(id);
  const failure = rows.failure;
  const version = rows.watch();
  useEffect(() => report(failure), [failure]);
  useSignalEffect(() => {
    if (openId.value !== null) selected.value = openId.value;
  });
  useRevealing(state, handle, selected.value, version);
  const close = (): void => {
    if (openId.peek() !== null) navigate({ view: view.peek() });
  };
  const select = (rowId: number): void => {
    selected.value = rowId;
    if (openId.peek() !== null && !isNarrow.peek()) open(rowId);
  };
  const pick = useMemo(() => createPicker(selected), []);
  const closeDetail = (): void => {
    close();
    handle.current?.focus();
  };
  return (
    <Split detail={id === null ? null : props.detail(id, closeDetail)}>
      {props.above}
      <WindowedList<T>
        window={rows}
        label={props.label}
        head={props.head}
        columns={props.columns}
        selectedId={selected.value}
        isFollowing={state.isFollowing.value}
        setFollowing={state.setFollowing}
        onKeyDown={(event) =>
          pressInList(event, { state, handle, selected: selected.value, select, open, close, openMenu })
        }
        handle={handle}
        partAt={(row) => props.partAt(row, head.value)}
        jumpToPart={state.jumpToPart}
        row={(row, place, isSelected) => props.row(row, rows.at(place - 1), isSelected, pick)}
      >
        <ListNotes state={state} handle={handle} noun={props.noun} hint={props.hint} />
        {props.foot(state)}
      </WindowedList>
    </Split>
  );
}

/**
 * Selects a row and opens it. It is made outside of the component: lines that are not drawn again keep it, and a closure
 * of an earlier drawing would keep all rows of that drawing in memory.
 */
function createPicker(selected: Signal<number | null>): (id: number) => void {
  return (id) => {
    selected.value = id;
    open(id);
  };
}

function open(id: number | null): void {
  navigate({ id }, openId.peek() !== null && id !== null ? 'replace' : 'push');
}

/** Scrolls to the selected row; after a link to a distant row, loads the rows around it. */
function useRevealing<T extends WindowRow>(
  { rows, showRow }: ListState<T, unknown>,
  handle: { readonly current: ListHandle | null },
  id: number | null,
  version: number,
): void {
  const revealed = useRef<string | null>(null);
  useEffect(() => {
    if (id === null || rows.loading === 'jump') return;
    const place = rows.placeOf(id);
    const what = `${id} ${rows.shift}`;
    if (revealed.current === what || !rows.isLoaded) return;
    revealed.current = what;
    if (place !== null) handle.current?.reveal(place);
    else if (id === openId.peek())
      void showRow(id).then(() => {
        // A row that does not pass the filter is still missing.
        if (rows.placeOf(id) !== null) revealed.current = null;
      });
  }, [rows, version, id]);
}
