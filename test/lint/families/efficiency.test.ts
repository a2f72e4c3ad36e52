/** Rules about cost: what breaks them, and what comes close. */
import { describe } from 'vitest';
import { EFFICIENCY_RULES } from '../../../src/lint/families/efficiency.js';
import { READY_LINES, testRules, type RuleCase } from '../../support/lint-playbook.js';

// MESSAGE_CREATE and TYPING_START of guilds.
const INTENTS = '{"intents":2560}';
const ready = (...lines: readonly string[]): readonly string[] => [
  ...READY_LINES.slice(0, 2),
  `0.2 > identify ${INTENTS}`,
  '0.5 < ready',
  ...lines,
];
const beats = (minutes: number): readonly string[] =>
  Array.from({ length: minutes * 2 }, (_, index) => [
    `${2 + index * 30} > beat 1`,
    `${2.1 + index * 30} < ack`,
  ]).flat();
const kilobytes = (count: number): string => `{"x":"${'x'.repeat(1024 * count)}"}`;

const CASES: readonly RuleCase[] = [
  [
    'ef-intent-unused',
    'info',
    [...ready(), ...beats(31), '1862 end gateway -'],
    [...ready('1 < message_create 2', '1.1 < typing_start 3'), ...beats(31), '1862 end gateway -'],
  ],
  [
    'ef-intent-cost',
    'info',
    ready(`1 < message_create 2 ${kilobytes(1100)}`, '5 end gateway -'),
    ready(
      `1 < message_create 2 ${kilobytes(600)}`,
      `1.1 < guild_create 3 ${kilobytes(600)}`,
      '5 end gateway -',
    ),
  ],
  [
    'ef-no-compression',
    'info',
    ready(`1 < message_create 2 ${kilobytes(600)}`, `2 < message_create 3 ${kilobytes(600)}`),
    ready(
      `1 < message_create 2 ${kilobytes(600)}`,
      '35 > beat 2',
      '35.1 < ack',
      `62 < message_create 3 ${kilobytes(600)}`,
    ),
  ],
  [
    'ef-slow-start',
    'info',
    [...READY_LINES.slice(0, 3), '11 < ready'],
    [...READY_LINES.slice(0, 3), '9 < ready'],
  ],
];

describe('cost', () => testRules(EFFICIENCY_RULES, CASES));
