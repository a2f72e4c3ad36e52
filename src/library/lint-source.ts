/**
 * Sources of a linter: give it the contents of a database or a tape, in the order of time, with bounded memory.
 *
 * A database is read capture by capture, because an imported capture can be older than the one before it. Connections,
 * gaps, ends and REST calls are merged into the frames by their times.
 */
import type { LintedConnection, LintedFrame } from '../lint/events.js';
import type { Linter } from '../lint/linter.js';
import type { PayloadStep, CloseStep, Recording } from '../replay/recording.js';
import { OP } from '../gateway/opcodes.js';
import { asObject, asString } from '../gateway/payload.js';
import { parseRoute } from '../gateway/rest-path.js';
import type { CaptureReader } from '../store/reader.js';
import type { FrameKind } from '../wire/frame.js';
import { Beside, kindFor, TAPE_MODE } from './lint-beside.js';

/** A part of a capture's time. */
export interface LintSpan {
  readonly captureId: number;
  /** µs since the Unix epoch; undefined for the whole. */
  readonly sinceUs?: number | undefined;
  readonly untilUs?: number | undefined;
}

/** Gives a linter one capture of a database, frame by frame; yields after each, so that the caller can pause. */
export function* feedCapture(
  reader: CaptureReader,
  linter: Linter,
  { captureId, sinceUs, untilUs }: LintSpan,
): Generator<LintedFrame, void> {
  const beside = new Beside(linter, captureId, sinceUs);
  beside.takeAll(reader);
  const isOnly = reader.captureIds().length === 1;
  const frames = reader.frames({ capture: isOnly ? undefined : captureId, sinceUs, untilUs });
  for (const frame of frames) {
    beside.advance(frame.atUs, frame.connectionId);
    linter.frameArrived(beside.asSent(frame));
    yield frame;
  }
  beside.advance(untilUs ?? Infinity, null);
}

/**
 * Gives a linter a recording without a database: payloads and closes of one session. Frame numbers are those of a
 * tape's lines, of which the first is the header.
 */
export function feedRecording(recording: Recording, linter: Linter): void {
  const places = new Map<number, { frameNo: number }>();
  const startUs = recording.startedAtUs ?? 0;
  const token = findToken(recording);
  const calls = [...recording.exchanges];
  const kind = kindFor(recording.transport);
  let line = 1;
  for (const step of recording.steps) {
    line += 1;
    const atUs = startUs + step.atUs;
    while (calls[0] !== undefined && startUs + calls[0].atUs <= atUs)
      giveCall(calls.shift(), linter, startUs, token);
    let place = places.get(step.connection);
    if (place === undefined) {
      places.set(step.connection, (place = { frameNo: 0 }));
      linter.open(makeOpening(recording, step.connection, atUs));
    }
    if (step.type === 'close') {
      giveClose(step, linter, atUs, line, (place.frameNo += 1));
      continue;
    }
    linter.frameArrived(toFrame(step, kind, atUs, line, (place.frameNo += 1)));
  }
  while (calls.length > 0) giveCall(calls.shift(), linter, startUs, token);
}

function findToken({ steps }: Recording): string | null {
  const identify = steps.find(
    (step): step is PayloadStep => step.type === 'payload' && step.payload.op === OP.IDENTIFY,
  );
  return asString(asObject(identify?.payload.d)?.['token']);
}

function makeOpening(recording: Recording, id: number, openedAtUs: number): LintedConnection {
  return {
    id,
    captureId: 1,
    mode: TAPE_MODE,
    openedAtUs,
    path: '/',
    upstreamUrl: '',
    // A tape says how its first connection spoke.
    transport: id === 1 ? recording.transport : null,
    extensions: null,
    userAgent: recording.library,
    upgradeStatus: 101,
    hasPseudonyms: true,
  };
}

const NO_PAYLOAD = { op: null, event: null, seq: null, payloadBytes: null, payloadText: null } as const;

function toFrame(step: PayloadStep, kind: FrameKind, atUs: number, id: number, frameNo: number): LintedFrame {
  const { connection: connectionId, sender, payload, text: payloadText } = step;
  const { op, t: event, s: seq } = payload;
  const head = { id, connectionId, sessionId: null, frameNo, atUs, sender };
  // A tape has no sizes, because its placeholders and pseudonyms have other lengths than the originals.
  const content = { op, event, seq, wireBytes: 0, payloadBytes: null, closeCode: null, payloadText };
  return { ...head, kind, status: 'ok', ...content };
}

function giveClose(step: CloseStep, linter: Linter, atUs: number, id: number, frameNo: number): void {
  const { connection: connectionId, sender, code: closeCode, reason } = step;
  if (closeCode !== null) {
    const head = { id, connectionId, sessionId: null, frameNo, atUs, sender };
    linter.frameArrived({
      ...head,
      ...NO_PAYLOAD,
      kind: 'close',
      status: 'control',
      wireBytes: 2,
      closeCode,
    });
  }
  linter.end({ connectionId, atUs, closeCode, closeReason: reason, closedBy: sender, relayMode: null });
}

function giveCall(
  call: Recording['exchanges'][number] | undefined,
  linter: Linter,
  startUs: number,
  tokenAlias: string | null,
): void {
  if (call === undefined) return;
  const { atUs, durationUs, method, path, status, responseHeaders, responseBody } = call;
  const startedAtUs = startUs + atUs;
  const times = { startedAtUs, endedAtUs: startedAtUs + (durationUs ?? 0) };
  const route = parseRoute(path);
  linter.call({
    id: 0,
    captureId: 1,
    ...times,
    method,
    path,
    route,
    tokenAlias,
    status,
    responseHeaders,
    responseBody,
  });
}
