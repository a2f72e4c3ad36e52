/**
 * A list that shows a window of rows. Only visible rows are elements, however long the list is.
 *
 * The height of a row follows from its place, so rows that are added above or below move nothing. If the list knows the
 * position of a row in the whole, it has a scroll bar of its own, because the browser's knows only the loaded rows.
 */
import { Fragment, type ComponentChildren, type CSSProperties, type JSX, type RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { RowWindow, WindowRow } from '../data/row-window.js';
import { rowPx } from './media.js';
import { ScrollBar } from './scroll-bar.js';

/** Rows that are drawn beyond each edge, and the distance from an edge at which the next slice is requested. */
const SPARE_ROWS = 8;
const ASK_ROWS = 120;

/** Data and callbacks of a list. */
export interface WindowedListProps<T extends WindowRow> {
  readonly window: RowWindow<T>;
  readonly label: string;
  readonly head: ComponentChildren;
  readonly row: (row: T, place: number, isSelected: boolean) => ComponentChildren;
  readonly selectedId: number | null;
  /** Value of `--columns` for the rows. */
  readonly columns: string;
  readonly isFollowing: boolean;
  readonly setFollowing: (isFollowing: boolean) => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
  /** Position of a row in the whole list, from 0 to 1; without it the list has no scroll bar of its own. */
  readonly partAt?: (row: T) => number;
  readonly jumpToPart?: (part: number) => void;
  /** Receives the object that scrolls the list. */
  readonly handle: RefObject<ListHandle | null>;
  readonly children?: ComponentChildren;
}

/** Scrolls a list. */
export interface ListHandle {
  /** Scrolls to a place; to the middle, if it was not visible. */
  readonly reveal: (place: number) => void;
  readonly scrollToEnd: () => void;
  /** Rows that fit. */
  readonly pageRows: () => number;
  readonly focus: () => void;
}

interface Sight {
  /** First visible place, and number of visible rows. */
  readonly place: number;
  readonly count: number;
}

/** A windowed list. */
export function WindowedList<T extends WindowRow>(props: WindowedListProps<T>): JSX.Element {
  const { window: rows, label, head, columns } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const height = rowPx.value;
  const version = rows.watch();
  const [sight, look] = useSight(scroller, height);
  useScrolling(props, scroller, height, look, version);
  useEffect(() => askAround(rows, sight, props.isFollowing), [rows, version, sight, props.isFollowing]);
  const from = Math.max(rows.first, sight.place - SPARE_ROWS);
  const until = Math.min(rows.end, sight.place + sight.count + SPARE_ROWS);
  const shown = rows.rows.slice(Math.max(0, from - rows.first), Math.max(0, until - rows.first));
  const isSelectedShown = shown.some(({ id }) => id === props.selectedId);
  const top = rows.at(Math.min(rows.end - 1, Math.max(rows.first, sight.place)));
  const style = { '--columns': columns } as CSSProperties;
  const total = rows.end + (rows.hasAfter ? 1 : 0);
  return (
    <div class="list" style={style} data-loading={rows.loading}>
      <div class="list-frame">
        <div
          class="list-scroller"
          ref={scroller}
          role="grid"
          aria-label={label}
          aria-rowcount={-1}
          aria-activedescendant={isSelectedShown ? `row-${props.selectedId}` : undefined}
          tabIndex={0}
          data-keys
          onKeyDown={props.onKeyDown}
        >
          {head}
          <div class="list-rows" role="rowgroup" style={{ height: `${total * height}px` }}>
            <div role="presentation" style={{ transform: `translateY(${from * height}px)` }}>
              {shown.map((row, index) => (
                // Keyed by place: after a jump the elements get other texts, which costs a third of the time of new elements.
                <Fragment key={from + index}>
                  {props.row(row, from + index, row.id === props.selectedId)}
                </Fragment>
              ))}
            </div>
          </div>
        </div>
        {props.partAt !== undefined && props.jumpToPart !== undefined && (
          <ScrollBar
            part={top === undefined ? 0 : props.isFollowing ? 1 : props.partAt(top)}
            jump={props.jumpToPart}
          />
        )}
      </div>
      {props.children}
    </div>
  );
}

function useSight(
  scroller: RefObject<HTMLDivElement | null>,
  height: number,
): readonly [sight: Sight, look: () => void] {
  const [sight, setSight] = useState<Sight>({ place: 0, count: 60 });
  const look = (): void => {
    const element = scroller.current;
    if (element === null) return;
    const place = Math.floor(element.scrollTop / height);
    const count = Math.ceil(element.clientHeight / height) + 1;
    setSight((before) => (before.place === place && before.count === count ? before : { place, count }));
  };
  return [sight, look];
}

function useScrolling<T extends WindowRow>(
  props: WindowedListProps<T>,
  scroller: RefObject<HTMLDivElement | null>,
  height: number,
  look: () => void,
  version: number,
): void {
  const { window: rows, isFollowing } = props;
  const latest = useRef({ props, height, look });
  latest.current = { props, height, look };
  const shift = useRef(rows.shift);
  const jumps = useRef(rows.jumps);
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const listen = listenToScrolling(element, () => latest.current);
    const observer = new ResizeObserver(() => {
      if (latest.current.props.isFollowing) element.scrollTop = element.scrollHeight;
      latest.current.look();
    });
    observer.observe(element);
    props.handle.current = createHandle(element, () => latest.current);
    return () => {
      listen.abort();
      observer.disconnect();
    };
  }, []);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    if (shift.current !== rows.shift) {
      element.scrollTop += (rows.shift - shift.current) * height;
      shift.current = rows.shift;
    }
    // The visible rows were replaced: scroll to the first of the requested rows.
    if (jumps.current !== rows.jumps) element.scrollTop = rows.first * height;
    jumps.current = rows.jumps;
    if (isFollowing) element.scrollTop = element.scrollHeight;
    const least = rows.first * height;
    if (element.scrollTop < least) element.scrollTop = least;
    look();
  }, [rows, version, isFollowing, height]);
}

interface Latest<T extends WindowRow> {
  readonly props: WindowedListProps<T>;
  readonly height: number;
  readonly look: () => void;
}

/** Keeps the scroll position within the loaded rows. Scrolling back stops following, reaching the end starts it. */
function listenToScrolling<T extends WindowRow>(
  element: HTMLElement,
  latest: () => Latest<T>,
): AbortController {
  const control = new AbortController();
  let before = element.scrollTop;
  const onScroll = (): void => {
    const { props, height, look } = latest();
    const least = props.window.first * height;
    if (element.scrollTop < least) element.scrollTop = least;
    const isUp = element.scrollTop < before - 1;
    const isDown = element.scrollTop > before + 1;
    before = element.scrollTop;
    const isAtEnd = element.scrollTop + element.clientHeight >= element.scrollHeight - height / 2;
    if (props.isFollowing && isUp && !isAtEnd) props.setFollowing(false);
    if (!props.isFollowing && isDown && isAtEnd && !props.window.hasAfter && props.window.loading === 'none')
      props.setFollowing(true);
    look();
  };
  element.addEventListener('scroll', onScroll, { passive: true, signal: control.signal });
  return control;
}

function createHandle<T extends WindowRow>(element: HTMLElement, latest: () => Latest<T>): ListHandle {
  // The head sticks to the top and covers a row.
  const pageRows = (): number => Math.max(1, Math.floor(element.clientHeight / latest().height) - 2);
  return {
    pageRows,
    focus: () => element.focus({ preventScroll: true }),
    scrollToEnd: () => {
      element.scrollTop = element.scrollHeight;
    },
    reveal: (place) => {
      const { height } = latest();
      const first = element.scrollTop / height;
      if (place >= first && place < first + pageRows()) return;
      const isNear = place >= first - 2 && place < first + pageRows() + 2;
      const target = !isNear ? place - pageRows() / 2 : place < first ? place : place - pageRows() + 1;
      element.scrollTop = Math.max(0, target * height);
    },
  };
}

/** Loads rows near the visible ones. A following list does not load older rows until the reader scrolls back. */
function askAround<T extends WindowRow>(
  rows: RowWindow<T>,
  { place, count }: Sight,
  isFollowing: boolean,
): void {
  if (rows.failure !== null) return;
  const isFilled = isFollowing && rows.rows.length >= count;
  if (rows.hasBefore && place - rows.first < ASK_ROWS && !isFilled) void rows.extend('before');
  else if (rows.hasAfter && rows.end - place - count < ASK_ROWS) void rows.extend('after');
}
