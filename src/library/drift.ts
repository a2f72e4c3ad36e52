/**
 * Drift between two recordings, wherever they are: their payloads read once each, in bounded memory.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { compareLearned, type DriftChange } from '../gateway/shape-drift.js';
import { ShapeLearner, type PayloadKind } from '../gateway/field-shapes.js';
import type { JsonValue } from '../gateway/payload.js';
import type { FrameFilter } from '../store/filter.js';
import { openReader } from '../store/reader.js';
import { blameFile } from './blame.js';
import { loadRecording } from './recording.js';

/** Payloads to look at: of a tape, or of a database. */
export type DriftSource =
  | { readonly tape: string }
  | {
      readonly db: string;
      readonly session?: number | 'latest' | undefined;
      readonly capture?: number | 'latest' | undefined;
      /** Besides session and capture. */
      readonly filter?: FrameFilter;
    };

/** What changed, and from how many payloads that was learned. */
export interface Drift {
  readonly changes: readonly DriftChange[];
  readonly payloadsBefore: number;
  readonly payloadsAfter: number;
}

interface TextOfKind extends PayloadKind {
  readonly text: string;
}

/** Payloads between two turns of the event loop, and two calls of `onProgress`. */
const TURN = 2_000;

/**
 * Compares two sources. `onProgress` hears now and then how many payloads were read. Throws a UsageError for a source
 * that is not there, a StoreError for one that cannot be read.
 */
export async function compareShapes(
  before: DriftSource,
  after: DriftSource,
  onProgress: (payloadCount: number) => void = () => undefined,
): Promise<Drift> {
  const old = await learn(before, onProgress);
  const now = await learn(after, (count) => onProgress(old.payloadCount + count));
  return {
    changes: compareLearned(old.kinds, now.kinds),
    payloadsBefore: old.payloadCount,
    payloadsAfter: now.payloadCount,
  };
}

async function learn(source: DriftSource, onProgress: (payloadCount: number) => void): Promise<ShapeLearner> {
  try {
    return await learned(source, onProgress);
  } catch (error) {
    throw 'db' in source ? blameFile(error, source.db) : error;
  }
}

async function learned(
  source: DriftSource,
  onProgress: (payloadCount: number) => void,
): Promise<ShapeLearner> {
  const learner = new ShapeLearner();
  for (const { text, ...kind } of readPayloads(source)) {
    learner.add(kind, JSON.parse(text) as JsonValue);
    if (learner.payloadCount % TURN !== 0) continue;
    onProgress(learner.payloadCount);
    await turn();
  }
  return learner;
}

function* readPayloads(source: DriftSource): Generator<TextOfKind, void> {
  if ('tape' in source) {
    for (const step of loadRecording({ tape: source.tape }).recording.steps) {
      if (step.type !== 'payload') continue;
      yield { op: step.payload.op, event: step.payload.t, sender: step.sender, text: step.text };
    }
    return;
  }
  const { db, session, capture, filter } = source;
  using reader = openReader(db);
  const rows = reader.frames({
    ...filter,
    session: session === undefined ? undefined : reader.resolveSession(session),
    capture: capture === undefined ? undefined : reader.resolveCapture(capture),
    statuses: ['ok'],
  });
  for (const { op, event, sender, payloadText: text } of rows) {
    if (op !== null && text !== null) yield { op, event, sender, text };
  }
}
