/**
 * Findings of one rule: the error, its consequence, the fix, and the frames.
 */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { PageFinding, PageSeverity } from '../../src/ui/answers.js';
import { formatCount, formatTime, plural } from '../../src/units.js';
import type { FindingGroup } from '../data/finding-groups.js';
import { Fact } from '../parts/detail.js';
import { showText } from '../parts/plain-text.js';
import { formatAddress } from '../state/address.js';

const SIGNS: Readonly<Record<PageSeverity, string>> = { error: '✕', warning: '⚠', info: 'i' };

/** Findings of a rule that are shown at first. */
const FIRST_FINDINGS = 8;

/** Most frames of a finding that are named. */
const FIRST_FRAMES = 12;

/** Time around a finding that a link to it selects, in µs. */
const AROUND_US = 5_000_000;

/** A severity as a sign, with a text for screen readers. */
export function SeveritySign({ severity }: { readonly severity: PageSeverity }): JSX.Element {
  return (
    <span class={`severity ${severity}`} title={severity}>
      <span aria-hidden="true">{SIGNS[severity]}</span>
      <span class="hidden">{severity}</span>
    </span>
  );
}

/** The group. */
export function GroupView({ group }: { readonly group: FindingGroup }): JSX.Element {
  const isWhole = useSignal(false);
  const { rule, severity, findings, breaches } = group;
  const [{ title, why, fix, source, who }] = findings;
  const shown = isWhole.value ? findings : findings.slice(0, FIRST_FINDINGS);
  return (
    <section class={`finding-group ${severity}`} aria-label={rule}>
      <h2>
        <SeveritySign severity={severity} /> {title}{' '}
        <span class="dim">
          <code>{rule}</code> by the {who}, {plural(breaches, 'time')}
        </span>
      </h2>
      <dl class="facts">
        <Fact name="means">{showText(why, 2_000)}</Fact>
        <Fact name="do">{showText(fix, 2_000)}</Fact>
        <Fact name="source">
          <span class="dim">
            <SourceText text={source} />
          </span>
        </Fact>
      </dl>
      <ul class="found">
        {shown.map((finding, index) => (
          <Found key={`${finding.firstAtUs} ${index}`} finding={finding} />
        ))}
      </ul>
      {shown.length < findings.length && (
        <button class="framed more" onClick={() => (isWhole.value = true)}>
          show all {formatCount(findings.length)}
        </button>
      )}
    </section>
  );
}

/** Source of a rule, with its URLs as links. */
function SourceText({ text }: { readonly text: string }): JSX.Element {
  const parts = showText(text, 2_000).split(/(https:\/\/[^\s;,"<>]+)/);
  return (
    <>
      {parts.map((part, index) =>
        index % 2 === 1 ? (
          <a key={index} href={part} target="_blank" rel="noreferrer">
            {part}
          </a>
        ) : (
          part
        ),
      )}
    </>
  );
}

function Found({ finding }: { readonly finding: PageFinding }): JSX.Element {
  const { message, count, firstAtUs, lastAtUs } = finding;
  return (
    <li>
      <a
        data-step
        class="found-time"
        title="Frames at this time"
        href={formatAddress({ view: 'frames', atUs: firstAtUs, filter: '', stretch: null })}
      >
        {formatTime(firstAtUs)}
      </a>
      <div>
        <p>
          {showText(message, 2_000)}
          {count > 1 && (
            <span class="dim">
              {' '}
              {formatCount(count)} times, last at {formatTime(lastAtUs).slice(11)}
            </span>
          )}
        </p>
        <FoundLinks finding={finding} />
      </div>
    </li>
  );
}

function FoundLinks({ finding }: { readonly finding: PageFinding }): JSX.Element {
  const { sessionId, connectionId, frameIds, firstAtUs, lastAtUs } = finding;
  const stretch = { fromUs: Math.max(0, firstAtUs - AROUND_US), untilUs: lastAtUs + AROUND_US };
  return (
    <p class="found-links">
      {frameIds.slice(0, FIRST_FRAMES).map((id) => (
        <a key={id} href={formatAddress({ view: 'frames', id, filter: '', stretch: null })}>
          frame {id}
        </a>
      ))}
      {frameIds.length > FIRST_FRAMES && (
        <span>and {formatCount(frameIds.length - FIRST_FRAMES)} more frames</span>
      )}
      {sessionId !== null && (
        <a href={formatAddress({ view: 'sessions', id: sessionId, filter: '', stretch: null })}>
          session {sessionId}
        </a>
      )}
      {connectionId !== null && (
        <a href={formatAddress({ view: 'frames', filter: `connection:${connectionId}`, stretch })}>
          connection {connectionId} at this time
        </a>
      )}
      {connectionId === null && frameIds.length === 0 && (
        <a href={formatAddress({ view: 'rest', filter: '', stretch })}>REST calls at this time</a>
      )}
    </p>
  );
}
