/**
 * Filters of recordings: the filter language over the steps of a session or a tape, which have no ids and no dates.
 */
import { UsageError } from '../errors.js';
import { compilePredicate, type FilterFrame } from '../filter/evaluate.js';
import { findColumns, toPredicate, type PredicateColumn } from '../filter/predicate.js';
import type { Recording, RecordingStep } from '../replay/recording.js';
import { readFilter, type FilterInput } from '../store/filter.js';

/** Columns that a step of a recording lacks, in the words of the language. */
const MISSING: Partial<Record<PredicateColumn, string>> = {
  id: 'id',
  atUs: 'since and until',
  capture: 'capture',
  connection: 'connection',
  service: 'service',
  session: 'session',
  wireBytes: 'wire',
};

/** What every step has in the place of what a recording does not say. */
const PLACE = {
  id: 0,
  atUs: 0,
  captureId: 0,
  connectionId: 0,
  service: 'gateway',
  sessionId: null,
  wireBytes: 0,
} as const;

/** Test of a recording's steps. Throws a FilterError for an invalid filter, a UsageError for a condition on data that steps lack. */
export function compileStepFilter(
  filter: FilterInput | undefined,
  { shard }: Pick<Recording, 'shard'>,
): (step: RecordingStep) => boolean {
  const predicate = toPredicate(readFilter(filter), { nowUs: 0, findLatest: () => null });
  for (const column of findColumns(predicate)) {
    const name = MISSING[column];
    if (name !== undefined) {
      throw new UsageError(
        `the payloads of a recording cannot be chosen by ${name}`,
        'choose by op, event, sender, size, fields or text',
      );
    }
  }
  const test = compilePredicate(predicate);
  return (step) => test({ ...PLACE, shardId: shard?.[0] ?? null, sender: step.sender, ...readContent(step) });
}

/** The recording with the steps that a filter lets through. */
export function filterSteps(recording: Recording, filter: FilterInput | undefined): Recording {
  if (filter === undefined) return recording;
  return { ...recording, steps: recording.steps.filter(compileStepFilter(filter, recording)) };
}

function readContent(
  step: RecordingStep,
): Pick<
  FilterFrame,
  'kind' | 'status' | 'op' | 'event' | 'seq' | 'payloadBytes' | 'closeCode' | 'payloadText'
> {
  if (step.type === 'close') {
    const none = { op: null, event: null, seq: null, payloadBytes: null, payloadText: null };
    return { ...none, kind: 'close', status: 'control', closeCode: step.code };
  }
  const { payload, text } = step;
  return {
    kind: 'text',
    status: 'ok',
    op: payload.op,
    event: payload.t,
    seq: payload.s,
    payloadBytes: Buffer.byteLength(text),
    closeCode: null,
    payloadText: text,
  };
}
