/**
 * REST: calls over time, routes, the list of calls, and the one that is open.
 */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { CallLine, CallsAnswer } from '../../src/ui/answers.js';
import { formatBytes, formatCount, formatDuration, formatTime, NOTHING } from '../../src/units.js';
import { formatDataAddress } from '../data/fetch.js';
import { createSliceReader, RowWindow } from '../data/row-window.js';
import { isNarrow } from '../parts/media.js';
import { showText } from '../parts/plain-text.js';
import { Split } from '../parts/split.js';
import { EmptyNote, FailureNote } from '../parts/states.js';
import { SortedTable, type TableColumn } from '../parts/table.js';
import { WindowedList, type ListHandle } from '../parts/windowed-list.js';
import { navigate, openId, selectionQuery, stretch } from '../state/address.js';
import { freshness } from '../state/live.js';
import { CallDetail } from './call-detail.js';
import { CallsChart } from './overview-charts.js';
import type { ViewProps } from './shell.js';

const COLUMNS = '96px 64px minmax(120px, 1fr) 64px 72px 72px';
const NARROW_COLUMNS = '52px minmax(0, 1fr) 44px';

/** The view. */
export function RestPage({ report }: ViewProps): JSX.Element {
  const id = openId.value;
  const isFollowing = useSignal(id === null);
  const selected = useSignal<number | null>(id);
  const head = useSignal<CallsAnswer | null>(null);
  const handle = useRef<ListHandle>(null);
  const rows = useCalls(head, isFollowing.value);
  const failure = rows.failure;
  rows.watch();
  useEffect(() => report(failure), [failure]);
  const pick = (callId: number): void => {
    selected.value = callId;
    navigate({ id: callId }, openId.peek() === null ? 'push' : 'replace');
  };
  const isEmpty = rows.isLoaded && rows.rows.length === 0;
  return (
    <Split detail={id === null ? null : <CallDetail id={id} close={() => navigate({ id: null })} />}>
      {head.value !== null && !isEmpty && <Summary data={head.value} />}
      <WindowedList<CallLine>
        window={rows}
        label="REST calls"
        head={<Head />}
        columns={isNarrow.value ? NARROW_COLUMNS : COLUMNS}
        selectedId={selected.value}
        isFollowing={isFollowing.value}
        setFollowing={(follows) => (isFollowing.value = follows)}
        onKeyDown={(event) => pressInCalls(event, rows, selected.value, pick, handle.current)}
        handle={handle}
        row={(row, _place, isSelected) => (
          <CallRow key={row.id} row={row} isSelected={isSelected} pick={pick} />
        )}
      >
        {failure !== null && <FailureNote failure={failure} />}
        {isEmpty && failure === null && <EmptyNote source={head.value?.source} what="REST calls" />}
      </WindowedList>
    </Split>
  );
}

function useCalls(head: { value: CallsAnswer | null }, isFollowing: boolean): RowWindow<CallLine> {
  const query = selectionQuery.value;
  const rows = useMemo(
    () =>
      new RowWindow<CallLine>(
        createSliceReader<CallLine>(
          (place) => formatDataAddress('/rest', query, place),
          (answer: CallsAnswer) => {
            head.value = answer;
            return answer.calls;
          },
        ),
      ),
    [query],
  );
  useEffect(() => {
    void rows.jump('');
    return () => rows.stop();
  }, [rows]);
  useEffect(() => {
    if (freshness.value > 0 && isFollowing) void rows.jump('');
  }, [freshness.value]);
  return rows;
}

function pressInCalls(
  event: KeyboardEvent,
  rows: RowWindow<CallLine>,
  selected: number | null,
  pick: (id: number) => void,
  handle: ListHandle | null,
): void {
  const steps: Readonly<Record<string, number>> = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };
  if (event.key === 'Escape') navigate({ id: null });
  const by = steps[event.key];
  if (by === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const place = selected === null ? rows.end - 1 : (rows.placeOf(selected) ?? rows.end) + by;
  const row = rows.at(Math.min(rows.end - 1, Math.max(rows.first, place)));
  if (row === undefined) return;
  pick(row.id);
  handle?.reveal(rows.placeOf(row.id) ?? rows.first);
}

function Head(): JSX.Element | null {
  if (isNarrow.value) return null;
  return (
    <div class="list-head" role="row">
      {['time (UTC)', 'method', 'path', 'status', 'time', 'answer'].map((title, index) => (
        <span key={index} role="columnheader" class={index > 2 ? 'number' : ''}>
          {title}
        </span>
      ))}
    </div>
  );
}

/** Whether a call failed: with a status from 400 on, or without an answer. */
export function isFailed({ status }: Pick<CallLine, 'status'>): boolean {
  return status === null || status >= 400;
}

function CallRow({
  row,
  isSelected,
  pick,
}: {
  readonly row: CallLine;
  readonly isSelected: boolean;
  readonly pick: (id: number) => void;
}): JSX.Element {
  const status = (
    <span role="gridcell" class={isFailed(row) ? 'number bad' : 'number'}>
      {row.status ?? 'none'}
      {row.status === 429 && ' ⏱'}
    </span>
  );
  const classes = isSelected ? 'call-row selected' : 'call-row';
  return (
    <div
      id={`row-${row.id}`}
      class={classes}
      role="row"
      aria-selected={isSelected}
      onClick={() => pick(row.id)}
    >
      {!isNarrow.value && (
        <span role="gridcell" class="dim">
          {formatTime(row.startedAtUs).slice(11)}
        </span>
      )}
      <span role="gridcell">{showText(row.method, 12)}</span>
      <span role="gridcell">
        <bdi>{showText(row.path)}</bdi>
      </span>
      {status}
      {!isNarrow.value && (
        <>
          <span role="gridcell" class="number dim">
            {formatDuration(row.durationUs)}
          </span>
          <span role="gridcell" class="number dim">
            {formatBytes(row.responseBytes)}
          </span>
        </>
      )}
    </div>
  );
}

function Summary({ data }: { readonly data: CallsAnswer }): JSX.Element {
  const span = stretch.value ?? data.source.span;
  return (
    <div class="rest-summary">
      <CallsChart rest={data.overTime} range={span === null ? undefined : [span.fromUs, span.untilUs]} />
      <section class="chart" aria-label="Routes">
        <div class="chart-head">
          <h2>Routes</h2>
        </div>
        <SortedTable
          name="Routes"
          rows={data.routes}
          firstRows={5}
          columns={ROUTE_COLUMNS}
          keyOf={({ method, route }) => `${method} ${route}`}
        />
      </section>
    </div>
  );
}

const ROUTE_COLUMNS: readonly TableColumn<CallsAnswer['routes'][number]>[] = [
  {
    title: 'route',
    by: ({ route }) => route,
    cell: ({ method, route }) => (
      <>
        <span class="dim">{showText(method, 12)}</span> {showText(route, 80)}
      </>
    ),
  },
  { title: 'calls', isNumber: true, by: ({ calls }) => calls, cell: ({ calls }) => formatCount(calls) },
  {
    title: 'errors',
    isNumber: true,
    by: ({ errors }) => errors,
    cell: ({ errors }) => <span class={errors > 0 ? 'bad' : ''}>{formatCount(errors)}</span>,
  },
  {
    title: 'p50',
    isNumber: true,
    by: ({ durationP50Us }) => durationP50Us,
    cell: ({ durationP50Us: us }) => (us === null ? NOTHING : formatDuration(us)),
  },
  {
    title: 'p99',
    isNumber: true,
    by: ({ durationP99Us }) => durationP99Us,
    cell: ({ durationP99Us: us }) => (us === null ? NOTHING : formatDuration(us)),
  },
];
