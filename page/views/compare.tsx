/**
 * Compare: the differences between two sessions, by payloads and by shapes of payloads.
 */
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { CompareAnswer, SessionLane } from '../../src/ui/answers.js';
import { formatCount, formatTime, plural } from '../../src/units.js';
import { formatDataAddress } from '../data/fetch.js';
import { useAnswer } from '../data/use-answer.js';
import { showText } from '../parts/plain-text.js';
import { AnswerNote, EmptyNote, WaitingLine } from '../parts/states.js';
import { StepRegion } from '../parts/step-region.js';
import { compared, formatOwn, navigate, readOwn, selectionQuery } from '../state/address.js';
import { Differences } from './compare-payloads.js';
import { Shapes } from './compare-shapes.js';
import type { ViewProps } from './shell.js';

/** The view. */
export function ComparePage({ report }: ViewProps): JSX.Element {
  const { left, right } = compared.value;
  const sides = new URLSearchParams();
  if (left !== null) sides.set('left', String(left));
  if (right !== null) sides.set('right', String(right));
  const answer = useAnswer<CompareAnswer>(
    formatDataAddress('/compare', selectionQuery.value, sides.toString(), formatOwn(['ignore'])),
  );
  useEffect(() => report(answer.failure), [answer.failure]);
  const { data } = answer;
  if (data === null)
    return (
      <>
        <AnswerNote answer={answer} />
        {answer.failure !== null && <ChooseAgain />}
      </>
    );
  if (data.sessions.length === 0) return <EmptyNote source={data.source} what="sessions" />;
  return (
    <StepRegion label="Comparison">
      <WaitingLine answer={answer} />
      <Pickers sessions={data.sessions} />
      {answer.failure === null ? (
        <Comparison data={data} />
      ) : (
        <>
          <AnswerNote answer={answer} />
          <ChooseAgain />
        </>
      )}
    </StepRegion>
  );
}

/** Link out of an address that does not work, such as one with a session of another file. */
function ChooseAgain(): JSX.Element {
  return (
    <p class="note-actions">
      <button class="framed" onClick={() => navigate({ left: null, right: null, own: { ignore: [] } })}>
        choose other sessions
      </button>
    </p>
  );
}

function Pickers({ sessions }: { readonly sessions: readonly SessionLane[] }): JSX.Element {
  const { left, right } = compared.value;
  const ignored = readOwn('ignore');
  return (
    <div class="toolbar">
      <Picker label="left" value={left} sessions={sessions} choose={(id) => navigate({ left: id })} />
      <button
        class="framed"
        aria-label="Swap the sides"
        title="Swap the sides"
        onClick={() => navigate({ left: right, right: left })}
      >
        ⇄
      </button>
      <Picker label="right" value={right} sessions={sessions} choose={(id) => navigate({ right: id })} />
      {ignored.map((rule) => (
        <button
          key={rule}
          class="framed"
          aria-pressed
          title="Compare it again"
          onClick={() => navigate({ own: { ignore: ignored.filter((one) => one !== rule) } })}
        >
          without {showText(rule, 60)} ×
        </button>
      ))}
    </div>
  );
}

function Picker({
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
  const isListed = value === null || sessions.some(({ id }) => id === value);
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
        {!isListed && <option value={value}>session {value}</option>}
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
  const { left, right, diff, drift, progress, sessions } = data;
  if (left === null || right === null) return <Invitation sessions={sessions} />;
  if (diff === null || drift === null)
    return (
      <div class="judging">
        <h2>Comparing</h2>
        <progress
          value={progress.total === 0 ? undefined : progress.done}
          max={Math.max(1, progress.total)}
          aria-label="Payloads read"
        />
        <p class="dim">
          {formatCount(progress.done)} of {formatCount(progress.total)} frames
        </p>
      </div>
    );
  return (
    <div class="comparison">
      <Differences diff={diff} left={left.id} right={right.id} />
      <Shapes drift={drift} left={left.id} right={right.id} />
    </div>
  );
}

/** Message before two sessions are chosen. */
function Invitation({ sessions }: { readonly sessions: readonly SessionLane[] }): JSX.Element {
  const [newest, before] = sessions;
  return (
    <div class="note">
      <p>Choose two sessions. The left one is what is expected, the right one what came.</p>
      {newest !== undefined && before !== undefined && (
        <p class="note-actions">
          <button class="framed" onClick={() => navigate({ left: before.id, right: newest.id })}>
            compare the two newest
          </button>
        </p>
      )}
    </div>
  );
}
