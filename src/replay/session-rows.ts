/**
 * Session rows: converts a database's rows of a session into a recording.
 *
 * Connections are renumbered from 1 in the order of their first payload, times become relative to the first row. A
 * connection that ended with the recorder has no end in the recording. Bodies stay texts: `d` is parsed on first use,
 * because most of a session is only sent on.
 */
import type { ExchangeRow } from '../capture/columns.js';
import type { JsonObject, JsonValue, Payload } from '../gateway/payload.js';
import type { Sender } from '../wire/frame.js';
import type { RecordedExchange, Recording, RecordingStep } from './recording.js';

/** Row of a session, as the store reads it; times are µs since the Unix epoch. */
export type SessionStepRow = PayloadRow | CloseRow;

/** A payload, with the facts that have columns of their own. */
export interface PayloadRow {
  readonly type: 'payload';
  readonly connectionId: number;
  readonly atUs: number;
  readonly sender: Sender;
  readonly op: number;
  readonly event: string | null;
  readonly seq: number | null;
  readonly text: string;
}

/** End of a connection. */
export interface CloseRow {
  readonly type: 'close';
  readonly connectionId: number;
  readonly atUs: number;
  readonly closedBy: Sender | 'proxy';
  readonly code: number | null;
  readonly reason: string;
}

/** A REST call, as the store reads it; times are µs since the Unix epoch. */
export type RestCallRow = Omit<RecordedExchange, 'atUs' | 'durationUs'> &
  Pick<ExchangeRow, 'startedAtUs' | 'durationUs' | 'requestCut' | 'responseCut' | 'fault'>;

/** Recording of the rows of one session, in the order of the wire, and its client's REST calls in theirs. */
export function recordingFromRows(
  rows: Iterable<SessionStepRow>,
  facts: Omit<Recording, 'steps' | 'exchanges'>,
  calls: Iterable<RestCallRow> = [],
): Recording {
  const steps: RecordingStep[] = [];
  const ordinals = new Map<number, number>();
  let startUs: number | null = null;
  for (const row of rows) {
    startUs ??= row.atUs;
    const connection = ordinals.get(row.connectionId) ?? ordinals.size + 1;
    ordinals.set(row.connectionId, connection);
    const step = toStep(row, connection, Math.max(0, row.atUs - startUs));
    if (step !== null) steps.push(step);
  }
  const exchanges = Array.from(calls, (call) => toExchange(call, (startUs ??= call.startedAtUs)));
  return { ...facts, steps, exchanges };
}

/** The call with whole bodies only: half a body would be played back as a whole one. */
function toExchange(call: RestCallRow, startUs: number): RecordedExchange {
  const { fault, method, path, status, requestType, responseType, responseHeaders } = call;
  return {
    atUs: call.startedAtUs - startUs,
    durationUs: fault === null ? call.durationUs : null,
    method,
    path,
    status,
    requestType,
    responseType,
    requestBody: call.requestCut ? null : call.requestBody,
    responseBody: call.responseCut || fault !== null ? null : call.responseBody,
    responseHeaders,
  };
}

function toStep(row: SessionStepRow, connection: number, atUs: number): RecordingStep | null {
  if (row.type === 'payload') {
    const { sender, text } = row;
    return { type: 'payload', connection, atUs, sender, payload: new TextPayload(row), text };
  }
  const { closedBy, code, reason } = row;
  return closedBy === 'proxy' ? null : { type: 'close', connection, atUs, sender: closedBy, code, reason };
}

/** Payload of a JSON text; its `d` is parsed on first use. */
export class TextPayload implements Payload {
  readonly op: number;
  readonly s: number | null;
  readonly t: string | null;
  readonly #text: string;
  #d: JsonValue | undefined;

  constructor({ op, seq, event, text }: Pick<PayloadRow, 'op' | 'seq' | 'event' | 'text'>) {
    this.op = op;
    this.s = seq;
    this.t = event;
    this.#text = text;
  }

  get d(): JsonValue {
    this.#d ??= (JSON.parse(this.#text) as JsonObject)['d'] ?? null;
    return this.#d;
  }
}
