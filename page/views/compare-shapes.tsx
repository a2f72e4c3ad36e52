/**
 * Result of `gatetape drift` for two sessions: fields and types that only one of them has.
 */
import type { JSX } from 'preact';
import type { CompareAnswer, ShapeChange, ShapeSide } from '../../src/ui/answers.js';
import { formatCount, NOTHING, plural } from '../../src/units.js';
import { showText } from '../parts/plain-text.js';
import { SortedTable, type TableColumn } from '../parts/table.js';
import type { Sides } from './compare-payloads.js';
import { namePayload, PayloadLink } from './payload-link.js';

const SIGNS: Readonly<Record<ShapeChange['severity'], readonly [sign: string, classes: string]>> = {
  error: ['✕', 'bad'],
  warn: ['⚠', 'warn'],
  info: ['i', 'dim'],
};

/** The changes of shapes. */
export function Shapes({
  drift,
  left,
  right,
}: Sides & { readonly drift: NonNullable<CompareAnswer['drift']> }): JSX.Element {
  const { changes, payloadsBefore, payloadsAfter, leftOut } = drift;
  const columns: readonly TableColumn<ShapeChange>[] = [
    { title: 'change', by: ({ change }) => change, cell: (row) => <ChangeName row={row} /> },
    { title: 'payload', by: namePayload, cell: (row) => showText(namePayload(row)) },
    {
      title: 'field',
      by: ({ path }) => path,
      cell: ({ path }) => <code>{path === null ? NOTHING : showText(path, 120)}</code>,
    },
    { title: 'left', cell: ({ before }) => <Side side={before} /> },
    { title: 'right', cell: ({ after }) => <Side side={after} /> },
    {
      title: 'frames',
      cell: (row) => (
        <>
          {row.before !== null && <PayloadLink session={left} payload={row} text="left" isStep />}{' '}
          {row.after !== null && <PayloadLink session={right} payload={row} text="right" isStep />}
        </>
      ),
    },
  ];
  return (
    <section class="chart" aria-label="Shapes">
      <div class="chart-head">
        <h2>Shapes</h2>
        <span class="dim chart-note">
          {plural(changes.length, 'change')} between {plural(payloadsBefore, 'payload')} and{' '}
          {formatCount(payloadsAfter)}
        </span>
      </div>
      {changes.length === 0 ? (
        <p class="good">✓ Both have the same fields, of the same types.</p>
      ) : (
        <SortedTable
          name="Changes of shapes"
          rows={changes}
          keyOf={({ change, op, event, sender, path }) => [change, op, event, sender, path].join(' ')}
          columns={columns}
        />
      )}
      {leftOut > 0 && <p class="dim">{plural(leftOut, 'more change')} not shown</p>}
    </section>
  );
}

function ChangeName({ row: { severity, change } }: { readonly row: ShapeChange }): JSX.Element {
  const [sign, classes] = SIGNS[severity];
  return (
    <span class={classes}>
      <span aria-hidden="true">{sign} </span>
      {showText(change.replaceAll('_', ' '))}
    </span>
  );
}

function Side({ side }: { readonly side: ShapeSide | null }): JSX.Element {
  if (side === null) return <span class="dim">not there</span>;
  return (
    <>
      {showText(side.types.join(' | '))}{' '}
      <span class="dim">
        {side.presence}, {formatCount(side.count)}
      </span>
    </>
  );
}
