/**
 * Rebase: moves recordings to another time.
 *
 *   recordings  + their new start time ─► recordings
 *
 * Payloads of the gateway, payloads of the client, and the REST calls of both are moved alike, so that ids that a live
 * client sends back match the served ones. time-shift.ts decides which moments move. Recordings that are served
 * together move together, from the earliest start.
 */
import { asObject, asString } from '../../gateway/payload.js';
import type { PayloadStep, RecordedExchange, Recording, RecordingStep } from '../recording.js';
import { TextPayload } from '../session-rows.js';
import { readSnowflakeMs } from '../../gateway/snowflake.js';
import { TimeShift } from './time-shift.js';

// Events of objects that are made at the moment of the dispatch.
const BORN_EVENTS: ReadonlySet<string | null> = new Set(['MESSAGE_CREATE', 'INTERACTION_CREATE']);

/** Recordings that begin at `toUs`, to the second; null if they hold no time at which they began. */
export function rebase(recordings: readonly Recording[], toUs: number): readonly Recording[] | null {
  const starts = recordings.map(findStart).filter((startUs) => startUs !== null);
  if (starts.length === 0) return null;
  const startMs = Math.min(...starts) / 1_000;
  const deltaS = Math.round(toUs / 1_000_000 - startMs / 1_000);
  if (deltaS === 0) return recordings;
  const shift = new TimeShift(startMs, deltaS);
  return recordings.map((recording) => ({
    ...recording,
    steps: recording.steps.map((step) => movedStep(step, shift)),
    exchanges: recording.exchanges.map((exchange) => movedExchange(exchange, shift)),
  }));
}

/**
 * Start of a recording, in µs since the Unix epoch: the noted one, or else the latest start that its ids imply.
 */
export function findStart({ startedAtUs, steps }: Recording): number | null {
  if (startedAtUs !== undefined && startedAtUs !== null) return startedAtUs;
  let startUs: number | null = null;
  for (const step of steps) {
    if (step.type !== 'payload' || !BORN_EVENTS.has(step.payload.t)) continue;
    const id = asString(asObject(step.payload.d)?.['id']) ?? '';
    const madeAtMs = readSnowflakeMs(id);
    if (madeAtMs !== null) startUs = Math.max(startUs ?? 0, madeAtMs * 1_000 - step.atUs);
  }
  return startUs;
}

function movedStep(step: RecordingStep, shift: TimeShift): RecordingStep {
  if (step.type === 'close') return step;
  const text = shift.text(step.text);
  return text === step.text ? step : withText(step, text);
}

function withText(step: PayloadStep, text: string): PayloadStep {
  const { op, s: seq, t: event } = step.payload;
  return { ...step, text, payload: new TextPayload({ op, seq, event, text }) };
}

function movedExchange(exchange: RecordedExchange, shift: TimeShift): RecordedExchange {
  const { path, requestBody, responseBody } = exchange;
  return {
    ...exchange,
    path: shift.path(path),
    requestBody: requestBody === null ? null : shift.text(requestBody),
    responseBody: responseBody === null ? null : shift.text(responseBody),
  };
}
