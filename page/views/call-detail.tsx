/**
 * One REST call: what was asked and answered, and the frames around it.
 */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { CallAnswer, CallBody } from '../../src/ui/answers.js';
import { formatBytes, formatDuration, formatTime } from '../../src/units.js';
import { formatDataAddress } from '../data/fetch.js';
import { parseJson, type Json } from '../data/json-lines.js';
import { useAnswer } from '../data/use-answer.js';
import { CopyButton } from '../parts/copy-button.js';
import { FrameName, SenderArrow } from '../parts/frame-cells.js';
import { JsonTree } from '../parts/json-tree.js';
import { showLines, showText } from '../parts/plain-text.js';
import { AnswerNote, WaitingLine } from '../parts/states.js';
import { formatAddress, navigate, selectionQuery } from '../state/address.js';
import { isFailed } from './rest.js';

const MAX_CHARACTERS = 20_000;

/** A call, asked for by its id. */
export function CallDetail({ id, close }: { readonly id: number; readonly close: () => void }): JSX.Element {
  const answer = useAnswer<CallAnswer>(formatDataAddress(`/rest/${id}`, selectionQuery.value));
  const { data } = answer;
  const step = (to: number | null | undefined, label: string, sign: string): JSX.Element => (
    <button
      aria-label={label}
      disabled={to === null || to === undefined}
      onClick={() => navigate({ id: to ?? id }, 'replace')}
    >
      {sign}
    </button>
  );
  return (
    <aside
      class="detail"
      aria-label="REST call"
      onKeyDown={(event) => {
        if (event.key === 'Escape') close();
      }}
    >
      <header class="detail-head">
        <h2>
          {data === null ? `call ${id}` : `${showText(data.call.method, 12)} ${showText(data.call.path)}`}
        </h2>
        <span class="spring" />
        {step(data?.previousId, 'Previous call', '↑')}
        {step(data?.nextId, 'Next call', '↓')}
        <button aria-label="Close the call" title="Close (Esc)" onClick={close}>
          ×
        </button>
      </header>
      <WaitingLine answer={answer} />
      <div class="detail-body" data-scrolls tabIndex={0} role="region" aria-label="What the call is">
        {data === null || answer.failure !== null ? (
          <AnswerNote answer={answer} />
        ) : (
          <CallParts data={data} />
        )}
      </div>
    </aside>
  );
}

function CallParts({ data }: { readonly data: CallAnswer }): JSX.Element {
  const { call, request, response, around } = data;
  const facts: readonly (readonly [string, JSX.Element | string])[] = [
    ['time', `${formatTime(call.startedAtUs)} UTC, took ${formatDuration(call.durationUs)}`],
    [
      'status',
      <span key="status" class={isFailed(call) ? 'bad' : 'good'}>
        {call.status ?? 'no answer'} {call.fault ?? ''}
      </span>,
    ],
    ['route', showText(call.route)],
    ['size', `${formatBytes(call.requestBytes)} asked, ${formatBytes(call.responseBytes)} answered`],
    ...(data.userAgent === null ? [] : [['agent', showText(data.userAgent)] as const]),
  ];
  return (
    <>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p class="links">
        <CopyButton text={data.curl} label="copy as curl" />
      </p>
      <Body name="Request" body={request} />
      <Body name="Answer" body={response} />
      <Headers headers={data.responseHeaders} />
      {around.length > 0 && (
        <details class="links">
          <summary>frames around ({around.length})</summary>
          {around.map((frame) => (
            <p key={frame.id}>
              <SenderArrow sender={frame.sender} />{' '}
              <a href={formatAddress({ view: 'frames', id: frame.id, filter: '' })}>
                <FrameName row={frame} />
              </a>{' '}
              <span class="dim">
                {formatDuration(Math.abs(frame.atUs - call.startedAtUs))}{' '}
                {frame.atUs < call.startedAtUs ? 'before' : 'after'}
              </span>
            </p>
          ))}
        </details>
      )}
    </>
  );
}

function Headers({ headers }: { readonly headers: Readonly<Record<string, string>> }): JSX.Element | null {
  const rows = Object.entries(headers);
  if (rows.length === 0) return null;
  return (
    <details class="links">
      <summary>headers of the answer ({rows.length})</summary>
      <dl class="facts headers">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{showText(name, 60)}</dt>
            <dd>{showText(value)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function Body({ name, body }: { readonly name: string; readonly body: CallBody }): JSX.Element | null {
  const { text, isCut, contentType } = body;
  const root = useMemo(() => (text === null || isCut ? null : readJson(text)), [text, isCut]);
  if (text === null) return null;
  if (root !== null) return <JsonTree name={name.toLowerCase()} root={root} text={text} />;
  return (
    <section aria-label={name}>
      <div class="tree-tools">
        <h3>{name}</h3>
        <span class="dim">
          {contentType === null ? '' : showText(contentType, 60)}
          {isCut && ', the beginning'}
        </span>
      </div>
      <pre class="bytes" tabIndex={0} aria-label={name}>
        {showLines(text, MAX_CHARACTERS)}
      </pre>
    </section>
  );
}

/** A JSON object or array; null for anything else. */
function readJson(text: string): Json | null {
  try {
    const value = parseJson(text);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}
