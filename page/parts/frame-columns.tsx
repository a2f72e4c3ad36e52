/**
 * Columns of the list of frames. The reader chooses and sizes them; the choice is kept in the browser.
 */
import { computed, type ReadonlySignal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import type { FrameLine } from '../../src/ui/answers.js';
import { formatBytes } from '../../src/units.js';
import { createSetting } from '../state/settings.js';
import { FrameName, listNameTerms, SenderArrow, TimeCell, WordsCell } from './frame-cells.js';
import { isNarrow } from './media.js';
import { showMenu, type MenuItem } from './menu.js';

/** A column of the list. */
export interface FrameColumn {
  readonly name: string;
  readonly title: string;
  /** Default width in px; null for the remaining width. */
  readonly px: number | null;
  readonly isNumber?: boolean;
  /** Whether it is shown by default. */
  readonly isUsual: boolean;
  readonly cell: (row: FrameLine, before: FrameLine | undefined) => ComponentChildren;
  /** Filter terms for the value of a cell, for its menu. */
  readonly terms: (row: FrameLine) => readonly string[];
}

/** Every column. */
export const FRAME_COLUMNS: readonly FrameColumn[] = [
  {
    name: 'time',
    title: 'time (UTC)',
    px: 96,
    isUsual: true,
    cell: (row, before) => <TimeCell row={row} before={before} />,
    terms: () => [],
  },
  {
    name: 'from',
    title: 'from',
    px: 36,
    isUsual: true,
    cell: ({ sender }) => <SenderArrow sender={sender} />,
    terms: ({ sender }) => [`sender:${sender}`],
  },
  {
    name: 'name',
    title: 'opcode, event',
    px: 210,
    isUsual: true,
    cell: (row) => <FrameName row={row} />,
    terms: listNameTerms,
  },
  { name: 'id', title: 'id', px: 72, isNumber: true, isUsual: false, cell: ({ id }) => id, terms: () => [] },
  {
    name: 'connection',
    title: 'conn.',
    px: 52,
    isNumber: true,
    isUsual: false,
    cell: ({ connectionId }) => connectionId,
    terms: ({ connectionId }) => [`connection:${connectionId}`],
  },
  {
    name: 'session',
    title: 'session',
    px: 60,
    isNumber: true,
    isUsual: false,
    cell: ({ sessionId }) => sessionId,
    terms: ({ sessionId }) => (sessionId === null ? [] : [`session:${sessionId}`]),
  },
  {
    name: 'seq',
    title: 'seq',
    px: 76,
    isNumber: true,
    isUsual: true,
    cell: ({ seq }) => seq,
    terms: ({ seq }) => (seq === null ? [] : [`seq:${seq}`]),
  },
  {
    name: 'wire',
    title: 'wire',
    px: 72,
    isNumber: true,
    isUsual: true,
    cell: ({ wireBytes }) => formatBytes(wireBytes),
    terms: ({ wireBytes }) => [`wire:>=${wireBytes}`],
  },
  {
    name: 'payload',
    title: 'payload',
    px: 72,
    isNumber: true,
    isUsual: true,
    cell: ({ payloadBytes }) => (payloadBytes === null ? '' : formatBytes(payloadBytes)),
    terms: ({ payloadBytes }) => (payloadBytes === null ? [] : [`size:>=${payloadBytes}`]),
  },
  {
    name: 'words',
    title: 'what',
    px: null,
    isUsual: true,
    cell: (row) => <WordsCell row={row} />,
    terms: () => [],
  },
];

const USUAL = FRAME_COLUMNS.filter(({ isUsual }) => isUsual).map(({ name }) => name);

const shownNames = createSetting<readonly string[]>('columns', USUAL, (value): value is readonly string[] =>
  Array.isArray(value),
);

const widths = createSetting<Readonly<Record<string, number>>>(
  'widths',
  {},
  (value): value is Readonly<Record<string, number>> => typeof value === 'object' && value !== null,
);

/** Ids of the shown columns. */
export const shownColumns: ReadonlySignal<readonly FrameColumn[]> = computed(() =>
  FRAME_COLUMNS.filter(({ name }) => shownNames.value.includes(name)),
);

function readWidth({ name, px }: FrameColumn): number | null {
  return px === null ? null : Math.max(24, Math.min(800, widths.value[name] ?? px));
}

/** Widths of the columns, as CSS has them. */
export const frameColumns: ReadonlySignal<string> = computed(() =>
  shownColumns.value
    .map((column) => {
      const px = readWidth(column);
      return px === null ? 'minmax(60px, 1fr)' : `${px}px`;
    })
    .join(' '),
);

/** Titles of the columns, with handles for their widths and a menu of all columns. */
export function FrameHead(): JSX.Element | null {
  if (isNarrow.value) return null;
  return (
    <div class="list-head" role="row">
      {shownColumns.value.map((column) => (
        <span
          key={column.name}
          role="columnheader"
          class={column.isNumber === true ? 'number' : ''}
          onContextMenu={(event) => {
            event.preventDefault();
            openColumnMenu({ x: event.clientX, y: event.clientY });
          }}
        >
          {column.title}
          {column.px === null ? (
            <button
              class="plain columns-button"
              aria-haspopup="menu"
              aria-label="Choose columns"
              onClick={({ currentTarget }) => openColumnMenu(currentTarget)}
            >
              ⋯
            </button>
          ) : (
            <ColumnHandle column={column} />
          )}
        </span>
      ))}
    </div>
  );
}

function ColumnHandle({ column }: { readonly column: FrameColumn }): JSX.Element {
  const set = (px: number): void => {
    widths.value = { ...widths.value, [column.name]: Math.round(px) };
  };
  const width = readWidth(column) ?? 0;
  return (
    <span
      class="column-handle"
      role="separator"
      aria-orientation="vertical"
      aria-label={`Width of ${column.title}`}
      aria-valuenow={width}
      aria-valuemin={24}
      aria-valuemax={800}
      tabIndex={0}
      onPointerDown={({ currentTarget, pointerId }) => currentTarget.setPointerCapture(pointerId)}
      onPointerMove={(event) => {
        const { currentTarget, pointerId, movementX } = event;
        if (currentTarget.hasPointerCapture(pointerId)) set(width + movementX);
      }}
      onKeyDown={(event) => {
        if (event.key === 'ArrowRight') set(width + 8);
        else if (event.key === 'ArrowLeft') set(width - 8);
        else return;
        event.stopPropagation();
      }}
    />
  );
}

function openColumnMenu(place: Element | { readonly x: number; readonly y: number }): void {
  const names = shownNames.value;
  const items = FRAME_COLUMNS.filter(({ px }) => px !== null).map(({ name, title }): MenuItem => ({
    label: title,
    isChecked: names.includes(name),
    action: () => {
      shownNames.value = names.includes(name) ? names.filter((one) => one !== name) : [...names, name];
    },
  }));
  const reset = {
    label: 'as at first',
    action: () => {
      shownNames.value = USUAL;
      widths.value = {};
    },
  };
  showMenu('Columns', place, [...items, reset]);
}
