/**
 * Findings of lint, by rule, each with its frames.
 */
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { FindingsAnswer, PageFinding, PageSeverity } from '../../src/ui/answers.js';
import { formatCount, plural } from '../../src/units.js';
import { groupFindings } from '../data/finding-groups.js';
import { formatDataAddress } from '../data/fetch.js';
import { useAnswer } from '../data/use-answer.js';
import { showText } from '../parts/plain-text.js';
import { AnswerNote, EmptyNote, WaitingLine } from '../parts/states.js';
import { StepRegion } from '../parts/step-region.js';
import { filter, navigate, readOwn, selectionQuery, stretch } from '../state/address.js';
import { freshness } from '../state/live.js';
import { GroupView, SeveritySign } from './finding-group.js';
import type { ViewProps } from './shell.js';

const SEVERITIES: readonly PageSeverity[] = ['error', 'warning', 'info'];
const CULPRITS: readonly PageFinding['who'][] = ['client', 'gateway', 'proxy'];

/** The view. */
export function FindingsPage({ report }: ViewProps): JSX.Element {
  const answer = useAnswer<FindingsAnswer>(
    formatDataAddress('/findings', selectionQuery.value),
    freshness.value,
  );
  useEffect(() => report(answer.failure), [answer.failure]);
  const { data, progress } = answer;
  if (data === null || answer.failure !== null) return <AnswerNote answer={answer} />;
  if (data.source.lastId === 0) return <EmptyNote source={data.source} what="findings" />;
  const isJudging = progress !== null && data.findings.length === 0;
  return (
    <StepRegion label="Findings">
      <WaitingLine answer={answer} />
      {isJudging ? <Judging data={data} /> : <FindingList data={data} />}
    </StepRegion>
  );
}

/** Shows progress: lint reads every frame, which takes minutes for some millions. */
function Judging({ data: { progress } }: { readonly data: FindingsAnswer }): JSX.Element {
  const { done, total } = progress;
  return (
    <div class="judging">
      <h2>Judging the recording</h2>
      <progress value={total === 0 ? undefined : done} max={Math.max(1, total)} aria-label="Frames judged" />
      <p class="dim">
        {formatCount(done)} of {formatCount(total)} frames. It ends when you leave this view.
      </p>
    </div>
  );
}

function FindingList({ data }: { readonly data: FindingsAnswer }): JSX.Element {
  const severities = readChoice('severity', SEVERITIES);
  const culprits = readChoice('who', CULPRITS);
  const { findings } = data;
  const isChosen = ({ severity, who }: PageFinding): boolean =>
    (severities.length === 0 || severities.includes(severity)) &&
    (culprits.length === 0 || culprits.includes(who));
  const chosen = findings.filter(isChosen);
  return (
    <>
      <div class="toolbar">
        {SEVERITIES.map((name) => (
          <Choice
            key={name}
            word="severity"
            name={name}
            chosen={severities}
            label={
              <>
                <SeveritySign severity={name} /> {plural(data.bySeverity[name], SEVERITY_NOUNS[name])}
              </>
            }
          />
        ))}
        <span class="dim toolbar-label">by the</span>
        {CULPRITS.map((name) => {
          const count = findings.filter(({ who }) => who === name).length;
          if (count === 0 && !culprits.includes(name)) return null;
          return (
            <Choice
              key={name}
              word="who"
              name={name}
              chosen={culprits}
              label={`${name} ${formatCount(count)}`}
            />
          );
        })}
        <span class="spring" />
        <span class="dim" role="status">
          judged up to frame {formatCount(data.throughId)}
        </span>
      </div>
      {chosen.length === 0 && <NothingFound all={findings.length} />}
      <div class="finding-groups">
        {groupFindings(chosen).map((group) => (
          <GroupView key={`${group.severity} ${group.rule}`} group={group} />
        ))}
      </div>
      <SkippedRules data={data} />
    </>
  );
}

const SEVERITY_NOUNS: Readonly<Record<PageSeverity, string>> = {
  error: 'error',
  warning: 'warning',
  info: 'remark',
};

function readChoice<T extends string>(word: 'severity' | 'who', known: readonly T[]): readonly T[] {
  const given = readOwn(word).flatMap((text) => text.split(','));
  return known.filter((name) => given.includes(name));
}

function Choice({
  word,
  name,
  chosen,
  label,
}: {
  readonly word: 'severity' | 'who';
  readonly name: string;
  readonly chosen: readonly string[];
  readonly label: JSX.Element | string;
}): JSX.Element {
  const isChosen = chosen.includes(name);
  const next = isChosen ? chosen.filter((one) => one !== name) : [...chosen, name];
  return (
    <button
      class="framed"
      aria-pressed={isChosen}
      onClick={() => navigate({ own: { [word]: next.length === 0 ? [] : [next.join(',')] } })}
    >
      {label}
    </button>
  );
}

function NothingFound({ all }: { readonly all: number }): JSX.Element {
  if (all > 0)
    return (
      <div class="note">
        <p>None of the {plural(all, 'finding')} is one of these.</p>
        <p class="note-actions">
          <button class="framed" onClick={() => navigate({ own: { severity: [], who: [] } })}>
            show all
          </button>
        </p>
      </div>
    );
  const isNarrowed = filter.value !== '' || stretch.value !== null;
  return (
    <div class="note">
      <h2 class="good">✓ Nothing found</h2>
      <p class="dim">
        {isNarrowed
          ? 'No rule is broken by a frame of this selection.'
          : 'No rule of the protocol is broken, as far as the recording shows.'}
      </p>
      {isNarrowed && (
        <p class="note-actions">
          <button class="framed" onClick={() => navigate({ filter: '', stretch: null })}>
            judge everything
          </button>
        </p>
      )}
    </div>
  );
}

function SkippedRules({ data: { skipped } }: { readonly data: FindingsAnswer }): JSX.Element | null {
  if (skipped.length === 0) return null;
  return (
    <details class="skipped">
      <summary>{plural(skipped.length, 'rule')} not judged</summary>
      {skipped.map(({ rule, reason }) => (
        <p key={`${rule} ${reason}`}>
          <code>{rule}</code> <span class="dim">{showText(reason)}</span>
        </p>
      ))}
    </details>
  );
}
