/**
 * A line of the list of frames, and the menu of a cell.
 */
import { Component, type JSX } from 'preact';
import type { FrameLine } from '../../src/ui/answers.js';
import { navigate } from '../state/address.js';
import { narrow, toggleTerm } from '../state/narrowing.js';
import { copyText } from './copy-button.js';
import { isUndecodable, listNameTerms } from './frame-cells.js';
import { FRAME_COLUMNS, shownColumns, type FrameColumn } from './frame-columns.js';
import { isNarrow } from './media.js';
import { showMenu } from './menu.js';
import { showText } from './plain-text.js';

interface FrameRowProps {
  readonly row: FrameLine;
  readonly before: FrameLine | undefined;
  readonly isSelected: boolean;
  /** The same function for each line. */
  readonly pick: (id: number) => void;
}

/** A frame as a line. It is not drawn again while the list scrolls. */
export class FrameRow extends Component<FrameRowProps> {
  override shouldComponentUpdate(next: FrameRowProps, nextState: unknown): boolean {
    const { row, isSelected, before } = this.props;
    // A changed signal that the line has read sets a new state.
    return (
      nextState !== this.state ||
      next.row !== row ||
      next.isSelected !== isSelected ||
      next.before?.id !== before?.id
    );
  }

  override render(): JSX.Element {
    return Row(this.props);
  }
}

function Row({ row, before, isSelected, pick }: FrameRowProps): JSX.Element {
  const classes = ['frame-row', `family-${row.family}`];
  if (isSelected) classes.push('selected');
  if (isUndecodable(row)) classes.push('undecodable');
  const shown = isNarrow.value
    ? FRAME_COLUMNS.filter(({ name }) => ['time', 'from', 'name', 'payload', 'words'].includes(name))
    : shownColumns.value;
  return (
    <div
      id={`row-${row.id}`}
      class={classes.join(' ')}
      role="row"
      aria-selected={isSelected}
      onClick={() => pick(row.id)}
    >
      {shown.map((column) => (
        <span
          key={column.name}
          role="gridcell"
          class={`cell-${column.name}${column.isNumber === true ? ' number' : ''}`}
          onContextMenu={(event) => {
            event.preventDefault();
            openFrameMenu(row, { x: event.clientX, y: event.clientY }, column);
          }}
        >
          {column.cell(row, before)}
        </span>
      ))}
    </div>
  );
}

/** Opens the menu of a line, or of one of its cells. */
export function openFrameMenu(
  row: FrameLine,
  place: Element | { readonly x: number; readonly y: number },
  column?: FrameColumn,
): void {
  const own = column?.terms(row) ?? [];
  const terms = own.length > 0 ? own : [...listNameTerms(row), `sender:${row.sender}`];
  const session = row.sessionId === null ? `connection:${row.connectionId}` : `session:${row.sessionId}`;
  const words = showText(row.words, 40);
  showMenu('Frame', place, [
    ...terms.map((term) => ({ label: `only ${term}`, action: () => narrow(term) })),
    ...terms.map((term) => ({ label: `exclude ${term}`, action: () => narrow(`-${term}`) })),
    { label: `only ${session}`, action: () => narrow(session) },
    { label: 'hide heartbeats', action: () => toggleTerm('-op:HEARTBEAT,HEARTBEAT_ACK') },
    {
      label: 'from here on',
      action: () => navigate({ stretch: { fromUs: row.atUs, untilUs: Number.MAX_SAFE_INTEGER } }),
    },
    { label: 'up to here', action: () => navigate({ stretch: { fromUs: 0, untilUs: row.atUs + 1 } }) },
    { label: `copy id ${row.id}`, action: () => void copyText(String(row.id)) },
    ...(words === '' ? [] : [{ label: `copy “${words}”`, action: () => void copyText(row.words) }]),
  ]);
}
