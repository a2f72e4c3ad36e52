/**
 * Contents of the cells of the list of frames.
 */
import type { JSX } from 'preact';
import type { FrameLine } from '../../src/ui/answers.js';
import { formatDuration, formatTime } from '../../src/units.js';
import { quoteValue } from '../state/filter-terms.js';
import { showText } from './plain-text.js';

/** Time of day; its tooltip has the time since the line before. */
export function TimeCell({
  row,
  before,
}: {
  readonly row: FrameLine;
  readonly before: FrameLine | undefined;
}): JSX.Element {
  const since = before === undefined ? '' : `+${formatDuration(Math.max(0, row.atUs - before.atUs))}`;
  return (
    <time title={formatTime(row.atUs)} data-since={since}>
      {formatTime(row.atUs).slice(11)}
    </time>
  );
}

/** Sender, as an arrow with a text for screen readers. */
export function SenderArrow({ sender }: { readonly sender: 'client' | 'gateway' }): JSX.Element {
  return (
    <span class={`arrow ${sender}`} title={`from the ${sender}`}>
      <span aria-hidden="true">{sender === 'client' ? '▲' : '▽'}</span>
      <span class="hidden">{sender}</span>
    </span>
  );
}

/** Whether the frame should have a payload but could not be decoded. */
export function isUndecodable({ status }: FrameLine): boolean {
  return status !== 'ok' && status !== 'partial' && status !== 'control';
}

/** Whether a close is an ordinary end: RFC 6455 7.4.1, normal closure and going away. */
function isCalm(code: number): boolean {
  return code === 1000 || code === 1001;
}

/** Event, opcode or kind of frame, in the colour of its family. */
export function FrameName({ row }: { readonly row: FrameLine }): JSX.Element {
  const name = row.event ?? row.opName ?? (row.op === null ? row.kind : `op ${row.op}`);
  return (
    <span class={`frame-name family-${row.family}`}>
      <span class="swatch" aria-hidden="true" />
      {isUndecodable(row) && <span class="bad">✕ {row.status}</span>}
      {!isUndecodable(row) && showText(name)}
      {row.status === 'partial' && <span class="dim"> partial</span>}
      {row.closeCode !== null && <span class={isCalm(row.closeCode) ? 'dim' : 'bad'}> {row.closeCode}</span>}
    </span>
  );
}

/** Findings of lint, then the first words of the payload. */
export function WordsCell({ row }: { readonly row: FrameLine }): JSX.Element {
  const worst = row.findings[0];
  return (
    <>
      {worst !== undefined && (
        <span class={`finding-mark ${worst.severity}`} title={showText(worst.message)}>
          ⚠ {worst.rule}{' '}
        </span>
      )}
      <bdi>{showText(row.words)}</bdi>
    </>
  );
}

/** Filter terms for frames of the same name. */
export function listNameTerms(row: FrameLine): readonly string[] {
  if (row.event !== null) return [`event:${quoteValue(row.event)}`];
  if (row.op !== null) return [`op:${row.opName ?? row.op}`];
  return [row.kind === 'close' ? 'kind:close' : `kind:${row.kind}`];
}
