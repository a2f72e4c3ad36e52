/**
 * Comparison of two recordings: the payloads of each sender, one recording against the other.
 *
 * The senders are compared separately, because their interleaving depends on microseconds. Heartbeats and their
 * acknowledgements are left out, because their number depends on time. The mask removes HELLO's `_trace`.
 */
import type { Sender } from '../../wire/frame.js';
import { closeItem, type Diff, type DiffItem, diffPayloads, UNPLAYED_OPS } from './payload-diff.js';
import type { Mask } from './mask.js';
import type { Recording } from '../recording.js';

/** Fields of client payloads that differ from one run of a client to the next; added to those of every replay. */
export const CLIENT_RULES: readonly string[] = [
  'IDENTIFY:d.token',
  'RESUME:d.token',
  'RESUME:d.session_id',
  'REQUEST_GUILD_MEMBERS:d.nonce',
];

/** Compares two recordings sender by sender; every difference names its sender. */
export function compareRecordings(
  expected: Recording,
  actual: Recording,
  mask: Mask,
  senders: readonly Sender[],
): Diff {
  const parts = senders.map((sender) => ({
    sender,
    diff: diffPayloads(listItems(expected, sender), listItems(actual, sender), mask),
  }));
  const all = <Key extends 'missing' | 'unexpected' | 'reordered' | 'changed'>(key: Key): Diff[Key] =>
    parts.flatMap(({ sender, diff }) =>
      diff[key].map((item) => ({ ...item, sender })),
    ) as readonly object[] as Diff[Key];
  return {
    equal: parts.every(({ diff }) => diff.equal),
    matched: parts.reduce((sum, { diff }) => sum + diff.matched, 0),
    missing: all('missing'),
    unexpected: all('unexpected'),
    reordered: all('reordered'),
    changed: all('changed'),
  };
}

function listItems({ steps }: Recording, sender: Sender): readonly DiffItem[] {
  return steps.flatMap((step): DiffItem[] => {
    if (step.sender !== sender) return [];
    if (step.type === 'close') return [closeItem(step.code)];
    const { op, t: event, s: seq } = step.payload;
    return UNPLAYED_OPS.has(op) ? [] : [{ op, event, seq, text: step.text }];
  });
}
