/**
 * Findings: what lint says of the recording, each with its frames.
 */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { FindingsAnswer, PageFinding, PageSeverity } from '../../src/ui/answers.js';
import { formatCount, formatTime, plural } from '../../src/units.js';
import { formatDataAddress } from '../data/fetch.js';
import { useAnswer } from '../data/use-answer.js';
import { showText } from '../parts/plain-text.js';
import { AnswerNote, EmptyNote, WaitingLine } from '../parts/states.js';
import { formatAddress, selectionQuery } from '../state/address.js';
import { freshness } from '../state/live.js';
import type { ViewProps } from './shell.js';

const SEVERITIES: readonly PageSeverity[] = ['error', 'warning', 'info'];

const SIGNS: Readonly<Record<PageSeverity, string>> = { error: '✕', warning: '⚠', info: 'ⓘ' };

/** Findings that are shown at first. */
const FIRST_FINDINGS = 100;

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
  return (
    <div class="scrolled" data-scrolls tabIndex={0} role="region" aria-label="Findings">
      <WaitingLine answer={answer} />
      {progress !== null && data.findings.length === 0 ? (
        <p class="note dim">
          judging frame {formatCount(progress.done)} of {formatCount(progress.total)} …
        </p>
      ) : (
        <FindingList data={data} />
      )}
    </div>
  );
}

function FindingList({ data }: { readonly data: FindingsAnswer }): JSX.Element {
  const severity = useSignal<PageSeverity | null>(null);
  const isWhole = useSignal(false);
  const chosen = data.findings.filter((one) => severity.value === null || one.severity === severity.value);
  const shown = isWhole.value ? chosen : chosen.slice(0, FIRST_FINDINGS);
  return (
    <>
      <div class="toolbar">
        {SEVERITIES.map((name) => (
          <button
            key={name}
            class="framed"
            aria-pressed={severity.value === name}
            onClick={() => (severity.value = severity.value === name ? null : name)}
          >
            <span class={`severity ${name}`}>{SIGNS[name]}</span> {plural(data.bySeverity[name], name)}
          </button>
        ))}
      </div>
      {chosen.length === 0 && (
        <p class="note good">
          ✓ {data.findings.length === 0 ? 'Nothing to complain about.' : 'None of these.'}
        </p>
      )}
      {shown.map((finding, index) => (
        <FindingView key={`${finding.rule} ${finding.firstAtUs} ${index}`} finding={finding} />
      ))}
      {shown.length < chosen.length && (
        <button class="framed more" onClick={() => (isWhole.value = true)}>
          show all {formatCount(chosen.length)}
        </button>
      )}
      {data.skipped.length > 0 && (
        <details class="skipped">
          <summary>{plural(data.skipped.length, 'rule')} not judged</summary>
          {data.skipped.map(({ rule, reason }) => (
            <p key={rule}>
              {rule} <span class="dim">{showText(reason)}</span>
            </p>
          ))}
        </details>
      )}
    </>
  );
}

function FindingView({ finding }: { readonly finding: PageFinding }): JSX.Element {
  const { rule, severity, message, who, count, frameIds, sessionId, firstAtUs } = finding;
  return (
    <article class={`finding-card ${severity}`} aria-label={rule}>
      <h2>
        <span class={`severity ${severity}`} title={severity}>
          {SIGNS[severity]}
          <span class="hidden">{severity} </span>
        </span>{' '}
        {showText(message)}
      </h2>
      <p class="dim">
        {rule} · the {who}
        {count > 1 && ` · ${formatCount(count)} times`} · {formatTime(firstAtUs)}
        {sessionId !== null && (
          <>
            {' · '}
            <a href={formatAddress({ view: 'sessions', id: sessionId })}>session {sessionId}</a>
          </>
        )}
      </p>
      <p class="frame-links">
        {frameIds.map((id) => (
          <a key={id} href={formatAddress({ view: 'frames', id })}>
            frame {id}
          </a>
        ))}
      </p>
      <details>
        <summary>why, and what to do</summary>
        <p>{showText(finding.why, 2_000)}</p>
        <p>{showText(finding.fix, 2_000)}</p>
        <p class="dim">{showText(finding.source)}</p>
      </details>
    </article>
  );
}
