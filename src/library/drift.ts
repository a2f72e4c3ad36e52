/**
 * Drift between two recordings from any source: reads their payloads once each, in bounded memory.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { compareLearned, type DriftChange } from '../gateway/shape-drift.js';
import { ShapeLearner, type PayloadKind } from '../gateway/field-shapes.js';
import type { JsonValue } from '../gateway/payload.js';
import type { FilteredBy, FrameFilter } from '../store/filter.js';
import type { FrameRow } from '../store/frame-rows.js';
import type { FleetReader } from '../ship/fleet-reader.js';
import { openReader } from '../store/reader.js';
import { blameFile } from './blame.js';
import { loadRecording } from './recording.js';
import { filterSteps } from './step-filter.js';

export type { DriftChange, DriftSide, Severity } from '../gateway/shape-drift.js';

/** Payloads of the recorders of a fleet, which are one source together. */
interface FleetPayloads {
  readonly fleet: FleetReader;
  /** Filter, with session and capture. */
  readonly filter: FrameFilter;
}

/** Source of payloads: a tape, a database or a fleet. */
export type DriftSource =
  | FleetPayloads
  | { readonly tape: string; readonly filter?: FilteredBy | undefined }
  | {
      readonly db: string;
      readonly session?: number | 'latest' | undefined;
      readonly capture?: number | 'latest' | undefined;
      /** Filter in addition to session and capture. */
      readonly filter?: FrameFilter;
    };

/** The changes, and the number of compared payloads. */
export interface Drift {
  readonly changes: readonly DriftChange[];
  readonly payloadsBefore: number;
  readonly payloadsAfter: number;
}

interface TextOfKind extends PayloadKind {
  readonly text: string;
}

/** All payloads of a fleet. */
const PAYLOADS = { isNeeded: () => true, isRequired: true };

/** Number of payloads between two turns of the event loop, and between two calls of `onProgress`. */
const TURN = 2_000;

/**
 * Compares two sources. `onProgress` gets the number of payloads read at intervals. Throws a UsageError for a source
 * that does not exist, a StoreError for one that cannot be read.
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
  const learner = new ShapeLearner();
  const add = ({ text, ...kind }: TextOfKind): boolean => {
    learner.add(kind, JSON.parse(text) as JsonValue);
    if (learner.payloadCount % TURN !== 0) return false;
    onProgress(learner.payloadCount);
    return true;
  };
  if ('fleet' in source) {
    for await (const page of readFleetPayloads(source)) page.forEach(add);
    return learner;
  }
  try {
    for (const payload of readPayloads(source)) if (add(payload)) await turn();
  } catch (error) {
    throw 'db' in source ? blameFile(error, source.db) : error;
  }
  return learner;
}

async function* readFleetPayloads({
  fleet,
  filter,
}: FleetPayloads): AsyncGenerator<readonly TextOfKind[], void> {
  for (const { pages } of await fleet.frames({ ...filter, statuses: ['ok'] }, PAYLOADS)) {
    for await (const page of pages) yield page.flatMap(toText);
  }
}

function toText({ op, event, sender, payloadText: text }: FrameRow): readonly TextOfKind[] {
  return op === null || text === null ? [] : [{ op, event, sender, text }];
}

function* readPayloads(source: Exclude<DriftSource, FleetPayloads>): Generator<TextOfKind, void> {
  if ('tape' in source) {
    const { recording } = loadRecording({ tape: source.tape });
    for (const step of filterSteps(recording, source.filter?.filter).steps) {
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
  for (const row of rows) yield* toText(row);
}
