/**
 * One frame: its facts, related frames and calls, and its payload.
 */
import type { ComponentChildren, JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { CallLine, FrameAnswer, PairedFrame } from '../../src/ui/answers.js';
import { formatBytes, formatDuration, formatTime } from '../../src/units.js';
import { formatDataAddress } from '../data/fetch.js';
import { parseJson, type Json } from '../data/json-lines.js';
import { useAnswer } from '../data/use-answer.js';
import { BytesView } from '../parts/bytes-view.js';
import { Detail, Fact } from '../parts/detail.js';
import { FrameName, SenderArrow } from '../parts/frame-cells.js';
import { JsonTree } from '../parts/json-tree.js';
import { MessageView } from '../parts/message-view.js';
import { showText } from '../parts/plain-text.js';
import { formatAddress, selectionQuery } from '../state/address.js';
import { quoteValue } from '../state/filter-terms.js';
import { narrow } from '../state/narrowing.js';
import type { JsonLine } from '../data/json-lines.js';
import type { MenuItem } from '../parts/menu.js';

/** The detail of a frame, by its id. */
export function FrameDetail({ id, close }: { readonly id: number; readonly close: () => void }): JSX.Element {
  const answer = useAnswer<FrameAnswer>(formatDataAddress(`/frames/${id}`, selectionQuery.value));
  const { data } = answer;
  return (
    <Detail<FrameAnswer>
      noun="frame"
      id={id}
      title={({ frame }) => <FrameName row={frame} />}
      answer={answer}
      previous={{ id: data?.previousId, label: 'Previous frame of the session' }}
      next={{ id: data?.nextId, label: 'Next frame of the session' }}
      close={close}
    >
      {(found) => <FrameParts data={found} />}
    </Detail>
  );
}

function FrameParts({ data }: { readonly data: FrameAnswer }): JSX.Element {
  const { payloadText } = data;
  const root = useMemo(() => (payloadText === null ? null : readPayload(payloadText)), [payloadText]);
  return (
    <>
      <Facts data={data} />
      {data.close !== null && <CloseNote close={data.close} />}
      {data.frame.findings.map((finding) => (
        <p key={finding.rule} class={`finding ${finding.severity}`}>
          ⚠ <a href={formatAddress({ view: 'findings' })}>{finding.rule}</a> {showText(finding.message)}
        </p>
      ))}
      {data.message !== null && <MessageView message={data.message} />}
      <Links data={data} />
      {root !== null && payloadText !== null && (
        <JsonTree
          key={data.frame.id}
          name="payload"
          root={root}
          text={payloadText}
          lineMenu={formatLineMenu}
        />
      )}
      {data.isPayloadCut && (
        <p class="warn">
          Only the beginning of the payload is here. All of it:{' '}
          <a href={`/take/jsonl?f=id:${data.frame.id}`} download>
            save as JSON lines
          </a>
        </p>
      )}
      {data.bytes !== null && <BytesView bytes={data.bytes} />}
    </>
  );
}

function readPayload(text: string): Json {
  try {
    return parseJson(text);
  } catch {
    return { unreadable: text };
  }
}

/** Menu items that filter by a field, for values that a filter can express. */
function formatLineMenu({ path, value, members }: JsonLine): readonly MenuItem[] {
  if (members !== null || !/^[dst](?:[.[]|$)/.test(path)) return [];
  const field = path.replaceAll(/\[\d+\]/g, '');
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text === '' || text.length > 100) return [];
  const term = `${field}:${typeof value === 'string' ? quoteValue(text) : text}`;
  return [
    { label: `only ${showText(term, 60)}`, action: () => narrow(term) },
    { label: `exclude ${showText(term, 60)}`, action: () => narrow(`-${term}`) },
  ];
}

function Facts({ data }: { readonly data: FrameAnswer }): JSX.Element {
  const { frame, before } = data;
  const session =
    frame.sessionId === null ? null : (
      <a href={formatAddress({ view: 'sessions', id: frame.sessionId })}>session {frame.sessionId}</a>
    );
  return (
    <dl class="facts">
      <Fact name="time">
        {formatTime(frame.atUs)} UTC
        {before !== null && (
          <>
            {' '}
            · {formatDuration(before.sinceUs)} after <FrameLink id={before.id}>the previous</FrameLink>
          </>
        )}
      </Fact>
      <Fact name="from">
        <SenderArrow sender={frame.sender} /> {frame.sender}
        {frame.seq !== null && ` · seq ${frame.seq}`}
      </Fact>
      <Fact name="size">
        {formatBytes(frame.wireBytes)} on the wire
        {frame.payloadBytes !== null && `, ${formatBytes(frame.payloadBytes)} of payload`}
      </Fact>
      <Fact name="on">
        {session}
        {session !== null && ' · '}connection {frame.connectionId}, frame {frame.frameNo} ·{' '}
        <span class="dim">
          {data.service === null ? '' : `${data.service} `}
          {data.transport}
        </span>
      </Fact>
      {data.opAbout !== null && (
        <Fact name={frame.op === null ? 'is' : `op ${frame.op}`}>
          <span class="dim">{data.opAbout}</span>
        </Fact>
      )}
      {data.intents !== null && <Fact name="intents">{data.intents.join(', ')}</Fact>}
      {data.capabilities !== null && <Fact name="capabilities">{data.capabilities.join(', ')}</Fact>}
    </dl>
  );
}

/** A link to a frame. */
function FrameLink({
  id,
  children,
}: {
  readonly id: number;
  readonly children: ComponentChildren;
}): JSX.Element {
  return <a href={formatAddress({ view: 'frames', id })}>{children}</a>;
}

function CloseNote({ close }: { readonly close: NonNullable<FrameAnswer['close']> }): JSX.Element {
  return (
    <div class="close-note">
      <p class="bad">
        closed with {close.code ?? 'no code'}
        {close.name !== null && ` ${close.name}`}
        {close.reason !== '' && `: ${showText(close.reason)}`}
      </p>
      {close.inWords !== null && <p>{close.inWords}</p>}
    </div>
  );
}

function Links({ data }: { readonly data: FrameAnswer }): JSX.Element | null {
  const { paired, ids, calls } = data;
  if (paired.length + ids.length + calls.length === 0) return null;
  return (
    <div class="links">
      {paired.map((other) => (
        <PairLine key={`${other.relation} ${other.id}`} other={other} />
      ))}
      {ids.length > 0 && (
        <p>
          <span class="dim">frames about this </span>
          {ids.map(({ type, id, filter }) => (
            <button key={filter} class="framed link-button" title={id} onClick={() => narrow(filter)}>
              {type}
            </button>
          ))}
        </p>
      )}
      {calls.length > 0 && (
        <details>
          <summary>REST calls around ({calls.length})</summary>
          {calls.map((call) => (
            <CallAround key={call.id} call={call} atUs={data.frame.atUs} />
          ))}
        </details>
      )}
    </div>
  );
}

function PairLine({ other }: { readonly other: PairedFrame }): JSX.Element {
  const time = formatDuration(Math.abs(other.afterUs));
  return (
    <p>
      <span class="dim">{other.relation} </span>
      <FrameLink id={other.id}>{showText(other.event ?? other.opName ?? `frame ${other.id}`)}</FrameLink>
      <span class="dim">
        {' '}
        {time} {other.afterUs < 0 ? 'before' : 'after'}
      </span>
    </p>
  );
}

function CallAround({ call, atUs }: { readonly call: CallLine; readonly atUs: number }): JSX.Element {
  const offsetUs = call.startedAtUs - atUs;
  return (
    <p>
      <a href={formatAddress({ view: 'rest', id: call.id })}>
        {call.method} {showText(call.path, 80)}
      </a>{' '}
      <span class={(call.status ?? 500) >= 400 ? 'bad' : 'dim'}>{call.status ?? 'no answer'}</span>
      <span class="dim">
        {' '}
        {formatDuration(Math.abs(offsetUs))} {offsetUs < 0 ? 'before' : 'after'}
      </span>
    </p>
  );
}
