/** Rules about heartbeats: what breaks them, and what comes close. */
import { describe } from 'vitest';
import { HEARTBEAT_RULES } from '../../../src/lint/families/heartbeat.js';
import { READY_LINES, testRules, type RuleCase } from '../../support/lint-playbook.js';

const SECOND_LINES = READY_LINES.map((line) => line.replace('41250', '1000'));
const many = (count: number, line: (index: number) => readonly string[]): readonly string[] =>
  Array.from({ length: count }, (_, index) => line(index)).flat();
/** Connections that beat at once, a second apart. */
const hasty = (count: number, afterSeconds: number): readonly string[] =>
  many(count, (index) => [
    `${index} #${index + 1} open`,
    `${index}.1 #${index + 1} < hello`,
    `${index + 0.1 + afterSeconds} #${index + 1} > beat`,
  ]);
const beats = (from: number, step: number, count: number): readonly string[] =>
  many(count, (index) => [`${from + step * index} > beat 1`, `${from + step * index + 0.1} < ack`]);

const CASES: readonly RuleCase[] = [
  ['hb-first-no-jitter', 'info', hasty(1, 0.05), hasty(1, 0.2)],
  ['hb-first-no-jitter', 'warning', hasty(3, 0.05), hasty(2, 0.05)],
  [
    'hb-first-late',
    'error',
    [...READY_LINES, '43 < message_create 2'],
    [...READY_LINES, '41 > beat 1', '43 < ack'],
  ],
  [
    'hb-first-late',
    'error',
    [...READY_LINES, '60 < message_create 2'],
    // No heartbeat between RESUME and RESUMED, as eris does it.
    ['0 open', '0.1 < hello', '0.2 > resume', '43 < message_create 2'],
  ],
  [
    'hb-late',
    'error',
    [...READY_LINES, '20 > beat 1', '20.1 < ack', '83 < message_create 2'],
    [...READY_LINES, '20 > beat 1', '20.1 < ack', '80 > beat 1'],
  ],
  [
    'hb-late',
    'warning',
    [...READY_LINES, '20 > beat 1', '20.1 < ack', '70 > beat 1'],
    [...READY_LINES, '20 > beat 1', '20.1 < ack', '66 > beat 1'],
  ],
  ['hb-too-often', 'info', [...READY_LINES, ...beats(10, 10, 8)], [...READY_LINES, ...beats(10, 25, 8)]],
  [
    'hb-request-ignored',
    'warning',
    [...READY_LINES, '5 < beat', '11 < message_create 2'],
    [...READY_LINES, '5 < beat', '9 > beat 1', '9.1 < ack', '11 < message_create 2'],
  ],
  [
    'hb-seq-ahead',
    'error',
    [...READY_LINES, '5 > beat 2'],
    // The number of the session before, until the next READY.
    [...READY_LINES, '1 < message_create 2', '2 < invalid false', '3 > beat 2', '4 > identify', '5 > beat 2'],
  ],
  [
    'hb-seq-stale',
    'warning',
    [...READY_LINES, '2 < message_create 2', '9 < message_create 3', '12 > beat 1'],
    [...READY_LINES, '2 < message_create 2', '9 < message_create 3', '10.9 > beat 2'],
  ],
  ['hb-seq-stale', 'warning', [...READY_LINES, '5 > beat'], [...READY_LINES, '2 > beat']],
  ['hb-seq-type', 'error', [...READY_LINES, '5 > beat "1"'], [...READY_LINES, '5 > op 40 {"seq":1}']],
  ['hb-seq-type', 'error', [...READY_LINES, '5 > op 40 {}'], [...READY_LINES, '1 > op 40 {"seq":null}']],
  [
    'hb-before-hello',
    'info',
    ['0 open', '0.1 > beat', '0.2 < hello'],
    ['0 open', '0.1 < hello', '0.3 > beat'],
  ],
  [
    'hb-zombie-kept',
    'warning',
    [...SECOND_LINES, '1 > beat 1', '2 > beat 1', '3 > beat 1', '3.5 > beat 1'],
    [...SECOND_LINES, '1 > beat 1', '2 > beat 1', '2.9 > close 4000', '5 end client 4000'],
  ],
  [
    'hb-zombie-kept',
    'info',
    [...SECOND_LINES, '1 > beat 1', '1.5 < message_create 2', '2 > beat 1', '3 > beat 2', '3.5 > beat 2'],
    [...SECOND_LINES, '1 > beat 1', '2 > beat 1', '2.1 < ack', '3 > beat 1', '3.1 < ack'],
  ],
  [
    'hb-ack-missing',
    'warning',
    [...READY_LINES, '5 > beat 1', '8 < message_create 2', '16 < message_create 3'],
    // Nothing at all comes: the link is dead, and no side can be blamed.
    [...READY_LINES, '5 > beat 1', '16 > op 3 {"since":null,"activities":[],"status":"online","afk":false}'],
  ],
  [
    'hb-ack-extra',
    'info',
    [...READY_LINES, '5 > beat 1', '5.1 < ack', '6 < ack'],
    [...READY_LINES, '5 > beat 1', '5.1 < ack'],
  ],
  ['hb-rtt-growing', 'warning', [...READY_LINES, ...grown(0.7)], [...READY_LINES, ...grown(0.4)]],
];

function grown(afterSeconds: number): readonly string[] {
  return many(45, (index) => [
    `${10 + 41 * index} > beat 1`,
    `${10 + 41 * index + (index < 20 ? 0.1 : afterSeconds)} < ack`,
  ]);
}

describe('heartbeats', () => testRules(HEARTBEAT_RULES, CASES));
