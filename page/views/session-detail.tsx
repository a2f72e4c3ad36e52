/**
 * The open session: its facts, the command that plays it, and its sequence.
 */
import type { JSX } from 'preact';
import type { SessionAnswer, SessionLane } from '../../src/ui/answers.js';
import { formatBytes, formatCount, formatDuration, formatTime, plural } from '../../src/units.js';
import { formatDataAddress } from '../data/fetch.js';
import { useAnswer } from '../data/use-answer.js';
import { CopyButton } from '../parts/copy-button.js';
import { showText } from '../parts/plain-text.js';
import { AnswerNote, WaitingLine } from '../parts/states.js';
import { formatAddress, navigate, selectionQuery } from '../state/address.js';
import { Sequence } from './sequence.js';

/** The detail of a session, by its id. */
export function SessionDetail({ id }: { readonly id: number }): JSX.Element {
  const answer = useAnswer<SessionAnswer>(formatDataAddress(`/sessions/${id}`, selectionQuery.value));
  const { data } = answer;
  return (
    <section class="session-detail" aria-label={`Session ${id}`} data-scrolls tabIndex={0}>
      <WaitingLine answer={answer} />
      <header class="detail-head">
        <h2>session {id}</h2>
        <span class="spring" />
        <button aria-label="Close the session" title="Close (Esc)" onClick={() => navigate({ id: null })}>
          ×
        </button>
      </header>
      {data === null || answer.failure !== null ? (
        <AnswerNote answer={answer} />
      ) : (
        <div class="session-parts">
          <SessionFacts data={data} />
          <Sequence session={id} />
        </div>
      )}
    </section>
  );
}

function SessionFacts({ data }: { readonly data: SessionAnswer }): JSX.Element {
  const { session, connections, events, commands } = data;
  return (
    <div class="session-facts">
      <dl class="facts">
        {listFacts(session).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p class="session-links">
        <a href={formatAddress({ view: 'frames', filter: `session:${session.id}` })}>its frames</a>
        <a href={formatAddress({ view: 'compare', left: session.id })}>compare with another</a>
      </p>
      <h3>Connections</h3>
      <ol class="session-connections">
        {connections.map((bar) => (
          <li key={bar.id}>
            <a href={formatAddress({ view: 'frames', filter: `connection:${bar.id}` })}>
              connection {bar.id}
            </a>{' '}
            <span class="dim">
              {formatTime(bar.openedAtUs).slice(11)} · {plural(bar.frames, 'frame')} ·{' '}
              {formatBytes(bar.wireBytes)}
            </span>
            <br />
            {showText(bar.inWords)}
          </li>
        ))}
      </ol>
      <h3>Most frequent</h3>
      <ul class="session-events">
        {events.slice(0, 8).map(({ op, event, opName, frames, family }) => (
          <li key={`${op ?? ''} ${event ?? ''}`} class={`family-${family}`}>
            <span class="swatch" aria-hidden="true" />
            {showText(event ?? opName ?? 'no payload')} <span class="dim">{formatCount(frames)}</span>
          </li>
        ))}
      </ul>
      <h3>Take it away</h3>
      {commands.map(({ about, command }) => (
        <p key={command} class="command">
          <span class="dim">{about}</span>
          <code>{command}</code>
          <CopyButton text={command} />
        </p>
      ))}
    </div>
  );
}

function listFacts(session: SessionLane): readonly (readonly [name: string, value: string])[] {
  const { firstAtUs, lastAtUs } = session;
  const facts: readonly (readonly [string, string | null])[] = [
    ['began', firstAtUs === null ? null : `${formatTime(firstAtUs)} UTC`],
    ['lasted', firstAtUs === null || lastAtUs === null ? null : formatDuration(lastAtUs - firstAtUs)],
    ['frames', formatCount(session.frames)],
    ['shard', session.shard === null ? null : session.shard.join(' of ')],
    ['library', session.library],
    ['user', session.userId],
    ['resumes', formatCount(session.resumes)],
    ['last seq', session.lastSeq === null ? null : formatCount(session.lastSeq)],
  ];
  return facts.flatMap(([name, value]) => (value === null ? [] : [[name, showText(value)] as const]));
}
