/** Rules about sequence numbers: what breaks them, and what comes close. */
import { describe } from 'vitest';
import { SEQUENCE_RULES } from '../../../src/lint/families/sequence.js';
import { READY_LINES, testRules, type RuleCase } from '../../support/lint-playbook.js';

const dispatches = (...seqs: readonly (number | string)[]): readonly string[] =>
  seqs.map((seq, index) => `${index + 1} < message_create ${seq}`);

const CASES: readonly RuleCase[] = [
  [
    'gw-seq-gap',
    'error',
    [...READY_LINES, ...dispatches(2, 4)],
    [...READY_LINES, '1 gap', ...dispatches(2, 4)],
  ],
  [
    'gw-seq-gap',
    'error',
    [...READY_LINES, ...dispatches(2, 5, 6, 7, 8, 9, 10, 11, 12)],
    // A second session on the connection counts from the number of its READY.
    [...READY_LINES, '1 < invalid false', '3 > identify', '4 < ready', '5 < message_create 2'],
  ],
  [
    'gw-seq-duplicate',
    'error',
    [...READY_LINES, '1 < message_create 2 {"id":"1"}', '2 < message_create 2 {"id":"2"}'],
    [...READY_LINES, ...dispatches(2, 2)],
  ],
  ['gw-seq-duplicate', 'info', [...READY_LINES, ...dispatches(2, 2)], [...READY_LINES, ...dispatches(2, 3)]],
  [
    'gw-seq-duplicate',
    'info',
    [...READY_LINES, ...dispatches(2, 2)],
    // RESUMED may repeat the last number, and a replay repeats what an earlier connection got.
    [
      ...READY_LINES,
      ...dispatches(2, 3),
      '5 end client -',
      ...[
        '6 #2 open',
        '6.1 #2 < hello',
        '6.2 #2 > resume {"seq":2}',
        '6.3 #2 < message_create 3',
        '6.4 #2 < resumed 3',
      ],
    ],
  ],
  [
    'gw-seq-back',
    'error',
    [...READY_LINES, ...dispatches(3, 2, 4)],
    [...READY_LINES, ...dispatches(2, 3, 4)],
  ],
  [
    'gw-seq-form',
    'warning',
    [...READY_LINES, '1 < message_create'],
    [...READY_LINES, '1 < message_create 2'],
  ],
  [
    'gw-seq-form',
    'warning',
    [...READY_LINES, '1 > beat 1', '1.1 < op 11 {"s":5}'],
    [...READY_LINES, '1 > beat 1', '1.1 < op 11 {"d":{"s":5}}'],
  ],
];

describe('sequence numbers', () => testRules(SEQUENCE_RULES, CASES));
