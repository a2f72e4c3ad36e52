/**
 * A line of the list of REST calls, and its menu.
 */
import { computed, type ReadonlySignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { CallLine } from '../../src/ui/answers.js';
import { formatBytes, formatDuration, formatTime } from '../../src/units.js';
import { navigate } from '../state/address.js';
import { copyText } from './copy-button.js';
import { isNarrow } from './media.js';
import { showMenu } from './menu.js';
import { showText } from './plain-text.js';

const TITLES: readonly (readonly [title: string, isNumber: boolean])[] = [
  ['time (UTC)', false],
  ['method', false],
  ['path', false],
  ['status', false],
  ['took', true],
  ['sent', true],
  ['got', true],
];

/** Widths of the columns, as CSS has them. */
export const callColumns: ReadonlySignal<string> = computed(() =>
  isNarrow.value ? '' : '96px 60px minmax(140px, 1fr) 104px 72px 72px 72px',
);

/** Titles of the columns. */
export function CallHead(): JSX.Element | null {
  if (isNarrow.value) return null;
  return (
    <div class="list-head" role="row">
      {TITLES.map(([title, isNumber]) => (
        <span key={title} role="columnheader" class={isNumber ? 'number' : ''}>
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

/** Status of an answer, or the reason why there is none. A failure has a sign besides its colour. */
export function CallStatus({ call }: { readonly call: CallLine }): JSX.Element {
  const { status, fault } = call;
  const words = [status ?? 'no answer', ...(fault === null || status === null ? [] : [fault])].join(' ');
  return <span class={isFailed(call) ? 'bad' : 'good'}>{`${isFailed(call) ? '✕' : '✓'} ${words}`}</span>;
}

/** A call as a line. */
export function CallRow({
  row,
  isSelected,
  pick,
}: {
  readonly row: CallLine;
  readonly isSelected: boolean;
  readonly pick: (id: number) => void;
}): JSX.Element {
  return (
    <div
      id={`row-${row.id}`}
      class={isSelected ? 'call-row selected' : 'call-row'}
      role="row"
      aria-selected={isSelected}
      onClick={() => pick(row.id)}
      onContextMenu={(event) => {
        event.preventDefault();
        openCallMenu(row, { x: event.clientX, y: event.clientY });
      }}
    >
      <span role="gridcell" class="cell-time">
        <time title={formatTime(row.startedAtUs)}>{formatTime(row.startedAtUs).slice(11)}</time>
      </span>
      <span role="gridcell" class="cell-method">
        {showText(row.method, 12)}
      </span>
      <span role="gridcell" class="cell-path">
        <bdi title={showText(row.path)}>{showText(row.path)}</bdi>
      </span>
      <span role="gridcell" class="cell-status">
        <CallStatus call={row} />
      </span>
      <span role="gridcell" class="cell-took number dim">
        {formatDuration(row.durationUs)}
      </span>
      {!isNarrow.value && (
        <>
          <span role="gridcell" class="number dim">
            {row.requestBytes === 0 ? '' : formatBytes(row.requestBytes)}
          </span>
          <span role="gridcell" class="number dim">
            {row.responseBytes === 0 ? '' : formatBytes(row.responseBytes)}
          </span>
        </>
      )}
    </div>
  );
}

/** Opens the menu of a line. */
export function openCallMenu(
  row: CallLine,
  place: Element | { readonly x: number; readonly y: number },
): void {
  const { method, route, path, status, startedAtUs, id } = row;
  const name = String(status ?? 'none');
  showMenu('Call', place, [
    {
      label: `only ${showText(`${method} ${route}`, 60)}`,
      action: () => navigate({ own: { method: [method], route: [route] } }),
    },
    {
      label: `only status ${name}`,
      action: () => navigate({ own: { status: [name] } }),
    },
    { label: 'frames at this time', action: () => navigate({ view: 'frames', atUs: startedAtUs }) },
    {
      label: 'from here on',
      action: () => navigate({ stretch: { fromUs: startedAtUs, untilUs: Number.MAX_SAFE_INTEGER } }),
    },
    {
      label: 'up to here',
      action: () => navigate({ stretch: { fromUs: 0, untilUs: startedAtUs + 1 } }),
    },
    { label: `copy id ${id}`, action: () => void copyText(String(id)) },
    { label: 'copy path', action: () => void copyText(path) },
  ]);
}
