/**
 * Comparison of two sessions, by payloads (`gatetape diff`) and by shapes of payloads (`gatetape drift`).
 */
import { opcodeName } from '../gateway/opcodes.js';
import type { Drift } from '../library/drift.js';
import type { ChangedField, Diff, LoneItem } from '../replay/compare/payload-diff.js';
import { cutCell } from '../wire/bounds.js';
import type { CompareAnswer, LonePayload, SessionLane } from './answers.js';
import { PAGE_BOUNDS } from './bounds.js';
import type { PageContext } from './context.js';
import { NotThere } from './not-there.js';
import { readWhole, type PageRequest } from './request.js';
import { readPageSelection } from './selection.js';
import { toLane } from './session-lanes.js';

/** Answers `/compare`. Rejects with NotThere for an unknown session. */
export async function answerComparison(context: PageContext, request: PageRequest): Promise<CompareAnswer> {
  const { query } = request;
  const selection = readPageSelection(query);
  const head = context.file.head(selection);
  const lanes = context.file.queries().reader.sessions().map(toLane).reverse();
  const [left, right] = [
    findLane(lanes, readWhole(query, 'left')),
    findLane(lanes, readWhole(query, 'right')),
  ];
  const sessions = lanes.slice(0, PAGE_BOUNDS.lanes);
  if (left === null || right === null) {
    const progress = { isComplete: true, done: 0, total: 0 };
    return { ...head, sessions, left, right, progress, diff: null, drift: null };
  }
  const given = { left: left.id, right: right.id, text: selection.text, ignore: query.getAll('ignore') };
  const { result, progress } = await context.desk.ask(
    'compare',
    given,
    head.source.lastId,
    context.file.generation,
  );
  return {
    ...{ ...head, sessions, left, right, progress },
    diff: result === null ? null : toDiffAnswer(result.diff),
    drift: result === null ? null : toDriftAnswer(result.drift),
  };
}

function findLane(lanes: readonly SessionLane[], id: number | undefined): SessionLane | null {
  if (id === undefined) return null;
  const lane = lanes.find((one) => one.id === id);
  if (lane === undefined) throw new NotThere(`there is no session ${id}`, 'see the list of sessions');
  return lane;
}

function toDiffAnswer({ equal, matched, ...lists }: Diff): NonNullable<CompareAnswer['diff']> {
  const most = PAGE_BOUNDS.differences;
  const lengths = [lists.missing, lists.unexpected, lists.reordered, lists.changed].map(
    ({ length }) => length,
  );
  return {
    equal,
    matched,
    missing: lists.missing.slice(0, most).map(toLonePayload),
    unexpected: lists.unexpected.slice(0, most).map(toLonePayload),
    reordered: lists.reordered
      .slice(0, most)
      .map((item) => ({ ...toLonePayload(item), actualIndex: item.actualIndex })),
    changed: lists.changed.slice(0, most).map((field) => ({
      ...{ index: field.index, op: field.op, opName: nameOpcode(field.op), event: field.event },
      sender: field.sender ?? null,
      path: field.path,
      expected: toShownValue(field.expected),
      actual: toShownValue(field.actual),
    })),
    leftOut: lengths.reduce((sum, length) => sum + Math.max(0, length - most), 0),
  };
}

function toDriftAnswer({ payloadsBefore, payloadsAfter, changes }: Drift): CompareAnswer['drift'] {
  const shown = changes.slice(0, PAGE_BOUNDS.differences);
  return {
    payloadsBefore,
    payloadsAfter,
    changes: shown.map((change) => ({ ...change, opName: nameOpcode(change.op) })),
    leftOut: changes.length - shown.length,
  };
}

function toLonePayload({ index, op, event, seq, sender }: LoneItem): LonePayload {
  return { index, op, opName: nameOpcode(op), event, seq, sender: sender ?? null };
}

function nameOpcode(op: number | null): string | null {
  return op === null ? null : opcodeName(op);
}

function toShownValue(value: ChangedField['expected']): string | null {
  return value === undefined ? null : cutCell(JSON.stringify(value), PAGE_BOUNDS.valueChars);
}
