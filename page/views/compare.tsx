/**
 * Compare: two sessions, payload by payload, and by the shapes of their payloads.
 */
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type {
  CompareAnswer,
  LonePayload,
  SessionLane,
  ShapeChange,
  ShapeSide,
} from '../../src/ui/answers.js';
import { formatCount, formatTime, NOTHING, plural } from '../../src/units.js';
import { formatDataAddress } from '../data/fetch.js';
import { useAnswer } from '../data/use-answer.js';
import { showText } from '../parts/plain-text.js';
import { AnswerNote, EmptyNote, WaitingLine } from '../parts/states.js';
import { SortedTable } from '../parts/table.js';
import { compared, formatSelection, navigate, filter, stretch } from '../state/address.js';
import type { ViewProps } from './shell.js';

/** The view. */
export function ComparePage({ report }: ViewProps): JSX.Element {
  const { left, right } = compared.value;
  const query = new URLSearchParams(formatSelection(filter.value, stretch.value));
  if (left !== null) query.set('left', String(left));
  if (right !== null) query.set('right', String(right));
  const answer = useAnswer<CompareAnswer>(formatDataAddress('/compare', query.toString()));
  useEffect(() => report(answer.failure), [answer.failure]);
  const { data } = answer;
  if (data === null) return <AnswerNote answer={answer} />;
  if (data.sessions.length === 0) return <EmptyNote source={data.source} what="sessions" />;
  return (
    <div class="scrolled" data-scrolls tabIndex={0} role="region" aria-label="Comparison">
      <WaitingLine answer={answer} />
      <div class="toolbar compared">
        <Choice label="Left" value={left} sessions={data.sessions} choose={(id) => navigate({ left: id })} />
        <button
          class="framed"
          aria-label="Swap the sides"
          onClick={() => navigate({ left: right, right: left })}
        >
          ⇄
        </button>
        <Choice
          label="Right"
          value={right}
          sessions={data.sessions}
          choose={(id) => navigate({ right: id })}
        />
      </div>
      {answer.failure !== null && <AnswerNote answer={answer} />}
      {data.left === null || data.right === null ? (
        <p class="note dim">Choose two sessions. The left one is what is expected.</p>
      ) : (
        <Comparison data={data} />
      )}
    </div>
  );
}

function Choice({
  label,
  value,
  sessions,
  choose,
}: {
  readonly label: string;
  readonly value: number | null;
  readonly sessions: readonly SessionLane[];
  readonly choose: (id: number | null) => void;
}): JSX.Element {
  return (
    <label class="choice">
      <span class="dim">{label}</span>
      <select
        value={value ?? ''}
        onChange={({ currentTarget }) =>
          choose(currentTarget.value === '' ? null : Number(currentTarget.value))
        }
      >
        <option value="">choose a session</option>
        {sessions.map((session) => (
          <option key={session.id} value={session.id}>
            {describeSession(session)}
          </option>
        ))}
      </select>
    </label>
  );
}

function describeSession({ id, shard, firstAtUs, frames, library }: SessionLane): string {
  const parts = [
    `session ${id}`,
    ...(shard === null ? [] : [`shard ${shard.join('/')}`]),
    ...(firstAtUs === null ? [] : [formatTime(firstAtUs).slice(0, 19)]),
    plural(frames, 'frame'),
    ...(library === null ? [] : [showText(library, 40)]),
  ];
  return parts.join(' · ');
}

function Comparison({ data }: { readonly data: CompareAnswer }): JSX.Element {
  const { diff, drift } = data;
  return (
    <>
      {diff === null ? <p class="note dim">comparing …</p> : <Diff diff={diff} />}
      {drift !== null && <Drift drift={drift} />}
    </>
  );
}

type DiffAnswer = NonNullable<CompareAnswer['diff']>;

function Diff({ diff }: { readonly diff: DiffAnswer }): JSX.Element {
  const { equal, matched, missing, unexpected, reordered, changed, leftOut } = diff;
  return (
    <section aria-label="Payloads">
      <h2 class={equal ? 'verdict good' : 'verdict bad'}>
        {equal ? '✓ equal' : '✕ different'}
        <span class="dim"> · {plural(matched, 'payload')} alike</span>
      </h2>
      <div class="lone-lists">
        <LoneList title="missing on the right" sign="−" rows={missing} />
        <LoneList title="only on the right" sign="+" rows={unexpected} />
        <LoneList title="in another order" sign="↕" rows={reordered} />
      </div>
      {changed.length > 0 && (
        <>
          <h3>{plural(changed.length, 'changed field')}</h3>
          <SortedTable
            name="Changed fields"
            rows={changed}
            keyOf={({ index, path, sender }) => `${sender ?? ''} ${index} ${path}`}
            columns={[
              {
                title: 'no',
                isNumber: true,
                by: ({ index }) => -index,
                cell: ({ index }) => formatCount(index + 1),
              },
              { title: 'payload', by: namePayload, cell: (row) => showText(namePayload(row)) },
              { title: 'field', by: ({ path }) => path, cell: ({ path }) => <code>{showText(path)}</code> },
              { title: 'left', cell: ({ expected }) => <Value text={expected} /> },
              { title: 'right', cell: ({ actual }) => <Value text={actual} /> },
            ]}
          />
        </>
      )}
      {leftOut > 0 && <p class="dim">{plural(leftOut, 'row')} left out</p>}
    </section>
  );
}

function Value({ text }: { readonly text: string | null }): JSX.Element {
  return text === null ? (
    <span class="dim">{NOTHING}</span>
  ) : (
    <code class="value">{showText(text, 120)}</code>
  );
}

function namePayload({ event, opName, op }: Pick<LonePayload, 'event' | 'opName' | 'op'>): string {
  return event ?? opName ?? (op === null ? 'close' : `op ${op}`);
}

/** Payloads of a list that are shown at first. */
const FIRST_PAYLOADS = 50;

function LoneList({
  title,
  sign,
  rows,
}: {
  readonly title: string;
  readonly sign: string;
  readonly rows: readonly LonePayload[];
}): JSX.Element | null {
  if (rows.length === 0) return null;
  return (
    <div>
      <h3>
        {sign} {formatCount(rows.length)} {title}
      </h3>
      <ol class="lone">
        {rows.slice(0, FIRST_PAYLOADS).map((row) => (
          <li key={`${row.sender ?? ''} ${row.index}`}>
            <span class="dim">{formatCount(row.index + 1)}</span> {showText(namePayload(row))}
            {row.seq !== null && <span class="dim"> seq {row.seq}</span>}
          </li>
        ))}
      </ol>
      {rows.length > FIRST_PAYLOADS && (
        <p class="dim">and {formatCount(rows.length - FIRST_PAYLOADS)} more</p>
      )}
    </div>
  );
}

function Drift({ drift }: { readonly drift: NonNullable<CompareAnswer['drift']> }): JSX.Element {
  const { changes, payloadsBefore, payloadsAfter, leftOut } = drift;
  return (
    <section aria-label="Shapes">
      <h2 class="verdict">
        Shapes
        <span class="dim">
          {' '}
          · {plural(changes.length, 'change')} between {plural(payloadsBefore, 'payload')} and{' '}
          {formatCount(payloadsAfter)}
        </span>
      </h2>
      {changes.length > 0 && (
        <SortedTable
          name="Changes of shapes"
          rows={changes}
          keyOf={({ change, op, event, sender, path }) => [change, op, event, sender, path].join(' ')}
          columns={[
            { title: 'change', by: ({ change }) => change, cell: (row) => <ChangeName row={row} /> },
            { title: 'payload', by: namePayload, cell: (row) => showText(namePayload(row)) },
            {
              title: 'field',
              by: ({ path }) => path,
              cell: ({ path }) => <code>{path === null ? NOTHING : showText(path)}</code>,
            },
            { title: 'left', cell: ({ before }) => <Side side={before} /> },
            { title: 'right', cell: ({ after }) => <Side side={after} /> },
          ]}
        />
      )}
      {leftOut > 0 && <p class="dim">{plural(leftOut, 'row')} left out</p>}
    </section>
  );
}

function ChangeName({ row: { severity, change } }: { readonly row: ShapeChange }): JSX.Element {
  const classes = { error: 'bad', warn: 'warn', info: 'dim' }[severity];
  return <span class={classes}>{showText(change)}</span>;
}

function Side({ side }: { readonly side: ShapeSide | null }): JSX.Element {
  if (side === null) return <span class="dim">{NOTHING}</span>;
  return (
    <>
      {side.types.join(' | ')} <span class="dim">{`${side.presence}, ${formatCount(side.count)}`}</span>
    </>
  );
}
