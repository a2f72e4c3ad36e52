/**
 * Figures of REST calls: counts by status, over time and by route. A click on one narrows the list.
 */
import type { JSX } from 'preact';
import type { CallsAnswer, CallStatusClass } from '../../src/ui/answers.js';
import { formatBytes, formatCount, formatDuration, NOTHING } from '../../src/units.js';
import { isNarrow } from '../parts/media.js';
import { showText } from '../parts/plain-text.js';
import { SortedTable, type TableColumn } from '../parts/table.js';
import { formatAddress, navigate, readOwn, type AddressChange } from '../state/address.js';
import { createSetting, isWord } from '../state/settings.js';
import { CallsChart } from './overview-charts.js';

const CLASSES: readonly CallStatusClass[] = ['1xx', '2xx', '3xx', '4xx', '429', '5xx', 'none'];

/** Whether the charts are shown; `usual` means if there is room. */
const charts = createSetting<'usual' | 'shown' | 'hidden'>(
  'rest-charts',
  'usual',
  isWord(['usual', 'shown', 'hidden']),
);

/** The figures; their space is reserved while they load. */
export function CallFigures({ data }: { readonly data: CallsAnswer | null }): JSX.Element {
  const areShown = charts.value === 'usual' ? !isNarrow.value : charts.value === 'shown';
  const hasCalls = data === null || data.overTime.calls > 0;
  return (
    <>
      <div class="toolbar rest-statuses" role="group" aria-label="Calls by status">
        <CallFilter />
        {data !== null && <Statuses data={data} />}
        <span class="spring" />
        <button aria-expanded={areShown} onClick={() => (charts.value = areShown ? 'hidden' : 'shown')}>
          {areShown ? 'hide charts' : 'show charts'}
        </button>
      </div>
      {areShown && hasCalls && <div class="rest-charts">{data !== null && <Charts data={data} />}</div>}
    </>
  );
}

/** The filter of calls, in the language of `gatetape http --filter`; applied with Enter, or when it loses the focus. */
function CallFilter(): JSX.Element {
  const text = readOwn('calls').join(' ');
  const apply = ({ currentTarget: { value } }: { readonly currentTarget: HTMLInputElement }): void => {
    if (value.trim() !== text) navigate({ own: { calls: value.trim() === '' ? [] : [value.trim()] } });
  };
  return (
    <input
      class="call-filter"
      type="search"
      aria-label="Filter of calls"
      placeholder='calls: status:4xx "text"'
      autocomplete="off"
      spellcheck={false}
      value={text}
      onBlur={apply}
      onKeyDown={(event) => {
        if (event.key === 'Enter') apply(event);
        if (event.key === 'Escape') event.currentTarget.blur();
      }}
    />
  );
}

function Charts({ data }: { readonly data: CallsAnswer }): JSX.Element {
  const { selection, source, overTime, routes } = data;
  const fromUs = Math.max(selection.fromUs ?? 0, source.span?.fromUs ?? 0);
  const untilUs = Math.min(selection.untilUs ?? Infinity, source.span?.untilUs ?? 0);
  return (
    <>
      <CallsChart rest={overTime} range={untilUs > fromUs ? [fromUs, untilUs] : undefined} />
      <section class="chart" aria-label="Routes">
        <div class="chart-head">
          <h2>Routes</h2>
          <span class="dim chart-note">the busiest first</span>
        </div>
        <SortedTable
          name="Routes"
          rows={routes}
          firstRows={200}
          columns={ROUTE_COLUMNS}
          keyOf={({ method, route }) => `${method} ${route}`}
        />
      </section>
    </>
  );
}

function Statuses({ data }: { readonly data: CallsAnswer }): JSX.Element {
  const { bins, durationP50Us, durationP99Us } = data.overTime;
  const chosen = readOwn('status').flatMap((text) => text.split(','));
  const others = [readOwn('method'), readOwn('route')].flat().join(' ');
  return (
    <>
      {CLASSES.map((name) => {
        const count = bins.reduce((sum, { calls }) => sum + (calls[name] ?? 0), 0);
        const isChosen = chosen.includes(name);
        if (count === 0 && !isChosen) return null;
        return (
          <button
            key={name}
            class="framed"
            aria-pressed={isChosen}
            title={isChosen ? 'Show all statuses' : 'Show only these'}
            onClick={() => navigate({ own: { status: toggle(chosen, name) } })}
          >
            {name === 'none' ? 'no answer' : name} <b>{formatCount(count)}</b>
          </button>
        );
      })}
      {chosen
        .filter((name) => !CLASSES.some((one) => one === name))
        .map((name) => (
          <Chosen key={name} text={`status ${name}`} own={{ status: toggle(chosen, name) }} />
        ))}
      {others !== '' && <Chosen text={others} own={{ method: [], route: [] }} />}
      {durationP50Us !== null && durationP99Us !== null && (
        <span class="dim">
          half within {formatDuration(durationP50Us)}, 99 % within {formatDuration(durationP99Us)}
        </span>
      )}
    </>
  );
}

/** A choice that a click removes. */
function Chosen({
  text,
  own,
}: {
  readonly text: string;
  readonly own: NonNullable<AddressChange['own']>;
}): JSX.Element {
  return (
    <button class="framed" aria-pressed title="Show all" onClick={() => navigate({ own })}>
      {showText(text, 60)} ×
    </button>
  );
}

function toggle(chosen: readonly string[], name: string): readonly string[] {
  const all = chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name];
  return all.length === 0 ? [] : [all.join(',')];
}

const ROUTE_COLUMNS: readonly TableColumn<CallsAnswer['routes'][number]>[] = [
  {
    title: 'route',
    by: ({ route }) => route,
    cell: ({ method, route }) => (
      <a href={formatAddress({ own: { method: [method], route: [route] } })}>
        <span class="dim">{showText(method, 12)}</span> {showText(route, 80)}
      </a>
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
  {
    title: 'got',
    isNumber: true,
    by: ({ responseBytes }) => responseBytes,
    cell: ({ responseBytes }) => formatBytes(responseBytes),
  },
];
