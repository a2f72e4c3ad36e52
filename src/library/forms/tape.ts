/**
 * Tape as a form of export and import: one session as text for git.
 *
 * A tape holds payloads, their times and senders, but no wire bytes. When read back, each payload is one frame of
 * plain JSON, and each connection keeps its recorded transport as a field. Bodies of REST calls are text without content
 * coding, and are emitted so. A call without a duration never ended.
 */
import { OP } from '../../gateway/opcodes.js';
import type { Handshake, TapEvent } from '../../capture/tap.js';
import { UsageError } from '../../errors.js';
import { asObject, asString } from '../../gateway/payload.js';
import { anonymise, type Privacy } from '../../replay/tape/anonymous.js';
import type { RecordedExchange, Recording, RecordingStep } from '../../replay/recording.js';
import { formatTape, parseTape } from '../../replay/tape/tape.js';
import { transportToQuery, type Transport } from '../../wire/transport.js';
import { encodeClose, encodeFrame } from '../../wire/websocket.js';
import type { ExportSource, Form, ImportedCapture, ImportSettings, ImportSource } from './form.js';
import { sessionRecording } from '../recording.js';

/** One session, a header line and one line a payload. */
export const TAPE_FORM = {
  write,
  read,
  isLike: (head: string) => /^\s*\{\s*"tape"\s*:/.test(head),
} satisfies Form;

const PRIVATE: Privacy = { people: 'pseudonymise', content: 'mask' };
const AS_IT_IS: Privacy = { people: 'keep', content: 'keep' };
const PLAIN: Transport = { version: 10, encoding: 'json', compress: 'none' };
// A client masks its frames (RFC 6455 section 5.3); the key makes no difference to the recording.
const CLIENT_MASK = Uint8Array.of(0, 0, 0, 0);

function* write({ reader, filter, privacy = {} }: ExportSource): Generator<string, void> {
  const { session: asked, connection, ...others } = filter;
  if (Object.values(others).some((value) => value !== undefined)) {
    throw new UsageError('a tape is a whole session', 'choose by --session or --connection only');
  }
  const session =
    asked ?? (connection === undefined ? reader.resolveSession('latest') : findSession(reader, connection));
  const recording = sessionRecording(reader, session, connection);
  const usual = reader.isFromTape(session) ? AS_IT_IS : PRIVATE;
  yield formatTape(anonymise(recording, { ...usual, ...privacy }, reader.keyedDigest())).trimEnd();
}

function findSession(reader: ExportSource['reader'], connection: number): number {
  const session = reader.connections().find(({ id }) => id === connection)?.sessionId ?? null;
  if (session !== null) return session;
  throw new UsageError(
    `connection ${connection} carried no session`,
    'a tape needs one: choose another connection',
  );
}

function read(file: ImportSource, { nowUs }: ImportSettings): ImportedCapture {
  const recording = parseTape(file.text(), file.name);
  const transports = new Map<number, Transport>();
  for (const { connection } of recording.steps) transports.set(connection, recording.transport ?? PLAIN);
  return { events: readEvents(recording, nowUs), transports };
}

// The last step is at `nowUs`, because nothing was recorded in the future.
function* readEvents(recording: Recording, nowUs: number): Generator<TapEvent, void> {
  const { steps, exchanges, library, transport } = recording;
  const startUs = nowUs - steps.reduce((longest, { atUs }) => Math.max(longest, atUs), 0);
  const calls = new TapeCalls(exchanges, startUs, findToken(steps));
  const open = new Set<number>();
  for (const step of steps) {
    const { connection } = step;
    const atUs = startUs + step.atUs;
    yield* calls.before(step.atUs);
    if (!open.has(connection)) {
      open.add(connection);
      yield { type: 'open', connection, handshake: toHandshake(transport ?? PLAIN, library, atUs) };
    }
    const bytes = encodeStep(step);
    if (bytes !== null) yield { type: 'chunk', connection, sender: step.sender, atUs, bytes };
    if (step.type === 'close') {
      yield { type: 'end', connection, end: { atUs, endedBy: step.sender, relayMode: 'verbatim' } };
    }
  }
  yield* calls.before(Infinity);
}

// Token of the client's IDENTIFY: it links REST calls to the session.
function findToken(steps: readonly RecordingStep[]): string | null {
  for (const step of steps) {
    if (step.type === 'payload' && (step.payload.op === OP.IDENTIFY || step.payload.op === OP.RESUME)) {
      return asString(asObject(step.payload.d)?.['token']);
    }
  }
  return null;
}

function toHandshake(transport: Transport, userAgent: string | null, atUs: number): Handshake {
  return {
    atUs,
    path: `/?${transportToQuery(transport)}`,
    upstreamUrl: '',
    transport: PLAIN,
    extensions: null,
    userAgent,
    isClientTls: false,
    isUpstreamTls: false,
    upgradeStatus: 101,
    secrets: [],
  };
}

// Null if the socket ended without a close frame.
function encodeStep(step: RecordingStep): Uint8Array | null {
  const mask = step.sender === 'client' ? CLIENT_MASK : null;
  if (step.type === 'payload') return encodeFrame({ kind: 'text', data: Buffer.from(step.text) }, mask);
  if (step.code === null) return null;
  return encodeFrame({ kind: 'close', data: encodeClose(step.code, step.reason) }, mask);
}

/** REST calls of one tape as the events that a tap would emit, in the order of their times. */
class TapeCalls {
  readonly #calls: readonly RecordedExchange[];
  readonly #startUs: number;
  readonly #token: string | null;
  #next = 0;

  /** `startUs` is the time of the first step; `token` is the client's token in IDENTIFY, or null. */
  constructor(calls: readonly RecordedExchange[], startUs: number, token: string | null) {
    this.#calls = calls;
    this.#startUs = startUs;
    this.#token = token;
  }

  /** Events of the calls that began before a time on the tape and were not emitted yet. */
  *before(atUs: number): Generator<TapEvent, void> {
    for (let call = this.#calls[this.#next]; call !== undefined; call = this.#calls[this.#next]) {
      if (call.atUs >= atUs) return;
      this.#next += 1;
      yield* this.#events(call, this.#next);
    }
  }

  *#events(call: RecordedExchange, exchange: number): Generator<TapEvent, void> {
    const { method, path, status, requestType, responseType, responseHeaders: headers, durationUs } = call;
    const atUs = this.#startUs + call.atUs;
    const request = Buffer.from(call.requestBody ?? '');
    const response = Buffer.from(call.responseBody ?? '');
    const facts = { contentType: requestType, contentEncoding: null, userAgent: null, secrets: [] };
    const start = { atUs, method, path, authorization: this.#token, ...facts };
    yield { type: 'exchange', exchange, start };
    if (request.length > 0) yield { type: 'body', exchange, message: 'request', bytes: request };
    if (status !== null) {
      const answer = { status, contentType: responseType, contentEncoding: null, headers };
      yield { type: 'answer', exchange, answer };
      if (response.length > 0) yield { type: 'body', exchange, message: 'response', bytes: response };
    }
    const unfinished = status === null ? 'no_answer' : 'broken_off';
    const fault = durationUs === null ? unfinished : null;
    const sizes = { requestBytes: request.length, responseBytes: response.length };
    yield { type: 'exchange_end', exchange, end: { atUs: atUs + (durationUs ?? 0), fault, ...sizes } };
  }
}
