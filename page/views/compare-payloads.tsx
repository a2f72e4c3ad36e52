/**
 * Differences between the payloads of two sessions: changed, missing, unexpected, or in another order.
 */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { CompareAnswer, LonePayload } from '../../src/ui/answers.js';
import { formatCount, NOTHING, plural } from '../../src/units.js';
import { generalizePath, groupChanges, type ChangedField, type ChangedGroup } from '../data/change-groups.js';
import { showText } from '../parts/plain-text.js';
import { SortedTable, type TableColumn } from '../parts/table.js';
import { navigate, readOwn } from '../state/address.js';
import { namePayload, PayloadLink, type PayloadName } from './payload-link.js';

type DiffAnswer = NonNullable<CompareAnswer['diff']>;

/** Ids of the compared sessions. */
export interface Sides {
  readonly left: number;
  readonly right: number;
}

/** The differences. */
export function Differences({ diff, left, right }: Sides & { readonly diff: DiffAnswer }): JSX.Element {
  const { equal, matched, missing, unexpected, reordered, changed, leftOut } = diff;
  return (
    <>
      <dl class="figures" aria-label="Differences">
        <CountFigure name="alike" count={matched} isGood />
        <CountFigure name="fields changed" count={changed.length} />
        <CountFigure name="only left" count={missing.length} />
        <CountFigure name="only right" count={unexpected.length} />
        <CountFigure name="in another order" count={reordered.length} />
      </dl>
      {equal && <p class="good">✓ Every payload of one session is in the other.</p>}
      {changed.length > 0 && <Changed rows={changed} left={left} right={right} />}
      <div class="sides">
        <Lone title="Only in the left session" name="missing" rows={missing} session={left} />
        <Lone title="Only in the right session" name="unexpected" rows={unexpected} session={right} />
        <Lone title="In another order" name="reordered" rows={reordered} session={left} />
      </div>
      {leftOut > 0 && (
        <p class="dim">
          {plural(leftOut, 'more difference')} not shown: narrow it by a filter, or leave fields out.
        </p>
      )}
    </>
  );
}

function CountFigure({
  name,
  count,
  isGood = false,
}: {
  readonly name: string;
  readonly count: number;
  readonly isGood?: boolean;
}): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={isGood || count === 0 ? '' : 'warn'}>{formatCount(count)}</dd>
    </div>
  );
}

/** Changed fields of payloads: one row for each field, or for each change. */
function Changed({ rows, left, right }: Sides & { readonly rows: readonly ChangedField[] }): JSX.Element {
  const isEach = useSignal(false);
  const groups = useMemo(
    () => (isEach.value ? rows.map((row) => ({ ...row, times: 1 })) : groupChanges(rows)),
    [rows, isEach.value],
  );
  return (
    <section class="chart" aria-label="Changed fields">
      <div class="chart-head">
        <h2>Changed fields</h2>
        <span class="dim chart-note">
          {isEach.value ? 'each change' : 'each field once, with its first change'}
        </span>
        <span class="spring" />
        <button aria-pressed={isEach.value} onClick={() => (isEach.value = !isEach.value)}>
          each change
        </button>
      </div>
      <SortedTable
        name="Changed fields"
        rows={groups}
        columns={listColumns({ left, right }, isEach.value)}
        keyOf={({ index, path, sender }) => `${sender ?? ''} ${index} ${path}`}
      />
    </section>
  );
}

function listColumns({ left, right }: Sides, isEach: boolean): readonly TableColumn<ChangedGroup>[] {
  return [
    isEach
      ? {
          title: 'no.',
          isNumber: true,
          by: ({ index }) => -index,
          cell: ({ index }) => formatCount(index + 1),
        }
      : { title: 'times', isNumber: true, by: ({ times }) => times, cell: ({ times }) => formatCount(times) },
    { title: 'payload', by: namePayload, cell: (row) => showText(namePayload(row)) },
    {
      title: 'field',
      by: ({ path }) => path,
      cell: ({ path, times }) => <code>{showText(times > 1 ? generalizePath(path) : path, 120)}</code>,
    },
    { title: 'left', cell: ({ expected }) => <Value text={expected} /> },
    { title: 'right', cell: ({ actual }) => <Value text={actual} /> },
    {
      title: 'frames',
      cell: (row) => (
        <>
          <PayloadLink session={left} payload={row} text="left" isStep />{' '}
          <PayloadLink session={right} payload={row} text="right" />
        </>
      ),
    },
    { title: '', cell: (row) => <IgnoreButton row={row} /> },
  ];
}

function Value({ text }: { readonly text: string | null }): JSX.Element {
  if (text === null) return <span class="dim">not there</span>;
  return (
    <code class="value" title={showText(text, 500)}>
      <bdi>{showText(text, 160)}</bdi>
    </code>
  );
}

const RULE_PATH = /^[\w$-]+(?:\.[\w$-]+|\[\])*$/;

/** A button that ignores a field, if a rule of `gatetape diff --ignore` can express that. */
function IgnoreButton({ row }: { readonly row: ChangedField }): JSX.Element | null {
  const { event, opName, path } = row;
  const name = event ?? opName;
  const field = generalizePath(path);
  const ignored = readOwn('ignore');
  if (name === null || !/^\w+$/.test(name) || !RULE_PATH.test(field) || field.endsWith('[]')) return null;
  const rule = `${name}:${field}`;
  return (
    <button
      class="ignore"
      title={`Compare without ${rule}`}
      aria-label={`leave out ${rule}`}
      onClick={() => navigate({ own: { ignore: [...new Set([...ignored, rule])] } })}
    >
      leave out
    </button>
  );
}

function Lone({
  title,
  name,
  rows,
  session,
}: {
  readonly title: string;
  readonly name: string;
  readonly rows: readonly (LonePayload & { readonly actualIndex?: number })[];
  readonly session: number;
}): JSX.Element | null {
  if (rows.length === 0) return null;
  return (
    <section class="chart" aria-label={title}>
      <div class="chart-head">
        <h2>{title}</h2>
        <span class="dim chart-note">{plural(rows.length, 'payload')}</span>
      </div>
      <SortedTable
        name={title}
        rows={rows}
        firstRows={20}
        keyOf={({ index, sender }) => `${sender ?? ''} ${index}`}
        columns={[
          {
            title: 'no.',
            isNumber: true,
            by: ({ index }) => -index,
            cell: ({ index }) => formatCount(index + 1),
          },
          {
            title: 'payload',
            by: namePayload,
            cell: (row: PayloadName) => (
              <PayloadLink session={session} payload={row} text={namePayload(row)} isStep />
            ),
          },
          { title: 'from', by: ({ sender }) => sender, cell: ({ sender }) => sender ?? NOTHING },
          { title: 'seq', isNumber: true, cell: ({ seq }) => seq ?? NOTHING },
          ...(name === 'reordered'
            ? [
                {
                  title: 'right no.',
                  isNumber: true,
                  cell: ({ actualIndex }: { readonly actualIndex?: number }) =>
                    actualIndex === undefined ? NOTHING : formatCount(actualIndex + 1),
                },
              ]
            : []),
        ]}
      />
    </section>
  );
}
