/**
 * Comparison of a client with the recorded one: what each sent, in order, but for what no two runs share.
 */
import { diffPayloads, type Diff, type DiffItem } from '../replay/compare/diff.js';
import { Mask } from '../replay/compare/mask.js';
import { UNPLAYED_OPS } from '../replay/player/program.js';
import type { ReceivedPayload } from '../mock/gateway.js';

/** What a client makes up, is given anew, or says of the machine it runs on. */
const CLIENT_RULES: readonly string[] = [
  'IDENTIFY:d.token',
  'IDENTIFY:d.properties',
  'IDENTIFY:d.compress',
  'RESUME:d.token',
  'RESUME:d.session_id',
  'RESUME:d.seq',
  'PRESENCE_UPDATE:d.since',
  '*:d.nonce',
];

/** Differences between what was recorded of a client and what was received; `ignore` names further fields. */
export function compareWithRecorded(
  recorded: readonly ReceivedPayload[],
  received: readonly ReceivedPayload[],
  ignore: readonly string[],
): Diff {
  return diffPayloads(
    listReceivedItems(recorded),
    listReceivedItems(received),
    new Mask([...CLIENT_RULES, ...ignore]),
  );
}

function listReceivedItems(payloads: readonly ReceivedPayload[]): readonly DiffItem[] {
  return payloads
    .filter(({ payload }) => !UNPLAYED_OPS.has(payload.op))
    .map(({ payload: { op, d } }) => ({ op, event: null, seq: null, text: JSON.stringify({ op, d }) }));
}
