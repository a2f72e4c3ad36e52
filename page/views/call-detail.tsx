/**
 * One REST call: request and answer, the command that repeats it, and the frames around it.
 */
import type { JSX } from 'preact';
import type { CallAnswer } from '../../src/ui/answers.js';
import { formatBytes, formatDuration, formatTime } from '../../src/units.js';
import { formatCallCommand } from '../data/commands.js';
import { formatDataAddress } from '../data/fetch.js';
import { useAnswer } from '../data/use-answer.js';
import { CallBodyView } from '../parts/call-body.js';
import { CallStatus } from '../parts/call-row.js';
import { CopyButton } from '../parts/copy-button.js';
import { Detail, Fact } from '../parts/detail.js';
import { FrameName, SenderArrow } from '../parts/frame-cells.js';
import { showText } from '../parts/plain-text.js';
import { formatAddress, selectionQuery } from '../state/address.js';

/** The detail of a call, by its id. */
export function CallDetail({ id, close }: { readonly id: number; readonly close: () => void }): JSX.Element {
  const answer = useAnswer<CallAnswer>(formatDataAddress(`/rest/${id}`, selectionQuery.value));
  const { data } = answer;
  return (
    <Detail<CallAnswer>
      noun="call"
      id={id}
      title={({ call }) => <bdi>{showText(`${call.method} ${call.path}`, 120)}</bdi>}
      answer={answer}
      previous={{ id: data?.previousId, label: 'Previous call' }}
      next={{ id: data?.nextId, label: 'Next call' }}
      close={close}
    >
      {(found) => <CallParts data={found} />}
    </Detail>
  );
}

function CallParts({ data }: { readonly data: CallAnswer }): JSX.Element {
  const { call, request, response } = data;
  return (
    <>
      <Facts data={data} />
      <p class="links actions">
        <CopyButton text={data.curl} label="copy as curl" />
        <CopyButton text={formatCallCommand(data.source.path, call.id)} label="copy as gatetape command" />
      </p>
      <FramesAround data={data} />
      <CallBodyView key={`request ${call.id}`} name="request" body={request} />
      <CallBodyView key={`answer ${call.id}`} name="answer" body={response} />
      <Headers headers={data.responseHeaders} />
    </>
  );
}

function Facts({ data }: { readonly data: CallAnswer }): JSX.Element {
  const { call, userAgent, responseHeaders } = data;
  const limit = describeLimit(responseHeaders);
  return (
    <dl class="facts">
      <Fact name="path">
        {showText(call.method, 12)} <bdi>{showText(call.path, 2_000)}</bdi>
      </Fact>
      <Fact name="status">
        <CallStatus call={call} />
        {call.status === null && call.fault !== null && <span class="dim"> {call.fault}</span>}
      </Fact>
      <Fact name="time">
        {formatTime(call.startedAtUs)} UTC · took {formatDuration(call.durationUs)}
      </Fact>
      <Fact name="size">
        {formatBytes(call.requestBytes)} sent, {formatBytes(call.responseBytes)} got
      </Fact>
      <Fact name="route">
        <a href={formatAddress({ own: { method: [call.method], route: [call.route] } })}>
          {showText(call.route)}
        </a>
      </Fact>
      {limit !== null && <Fact name="limit">{showText(limit)}</Fact>}
      {userAgent !== null && (
        <Fact name="agent">
          <span class="dim">{showText(userAgent)}</span>
        </Fact>
      )}
    </dl>
  );
}

/** Rate limit of the route, from the headers of the answer; null without them. */
function describeLimit(headers: Readonly<Record<string, string>>): string | null {
  const read = (name: string): string | null => headers[`x-ratelimit-${name}`] ?? null;
  const [limit, remaining, after, bucket] = ['limit', 'remaining', 'reset-after', 'bucket'].map(read);
  if (limit == null || remaining == null) return null;
  const parts = [
    `${remaining} of ${limit} left`,
    ...(after == null ? [] : [`again full in ${after} s`]),
    ...(bucket == null ? [] : [`bucket ${bucket}`]),
  ];
  return parts.join(', ');
}

function FramesAround({ data: { call, around } }: { readonly data: CallAnswer }): JSX.Element {
  return (
    <div class="links">
      <p>
        <a href={formatAddress({ view: 'frames', atUs: call.startedAtUs })}>frames at this time</a>
      </p>
      {around.length > 0 && (
        <details>
          <summary>nearest frames ({around.length})</summary>
          {around.map((frame) => (
            <p key={frame.id} class="one-line">
              <SenderArrow sender={frame.sender} />{' '}
              <a href={formatAddress({ view: 'frames', id: frame.id })}>
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
    </div>
  );
}

function Headers({ headers }: { readonly headers: Readonly<Record<string, string>> }): JSX.Element | null {
  const rows = Object.entries(headers);
  if (rows.length === 0) return null;
  return (
    <details class="links headers-part">
      <summary>headers of the answer ({rows.length})</summary>
      <dl class="facts headers">
        {rows.map(([name, value]) => (
          <Fact key={name} name={showText(name, 60)}>
            <bdi>{showText(value)}</bdi>
          </Fact>
        ))}
      </dl>
    </details>
  );
}
