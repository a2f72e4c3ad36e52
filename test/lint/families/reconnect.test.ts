/** Rules about coming back: what breaks them, and what comes close. */
import { describe } from 'vitest';
import { RECONNECT_RULES } from '../../../src/lint/families/reconnect.js';
import { READY_LINES, testRules, type RuleCase } from '../../support/lint-playbook.js';

const start = (atSeconds: number, what: string): readonly string[] => [
  `${atSeconds} #2 open`,
  `${atSeconds}.1 #2 < hello`,
  `${atSeconds}.2 #2 ${what}`,
];
const resume = (atSeconds: number, fields: string): readonly string[] =>
  start(atSeconds, `> resume ${fields}`);
/** A session that ends at 20 s. */
const ENDED_LINES = [...READY_LINES, '5 < message_create 2', '5.1 > beat 2', '5.2 < ack', '20 end gateway -'];

const CASES: readonly RuleCase[] = [
  [
    'rs-op9-true-identify',
    'warning',
    [...READY_LINES, '5 < invalid true', '7 > identify'],
    [...READY_LINES, '5 < invalid false', '7 > identify'],
  ],
  [
    'rs-op7-ignored',
    'error',
    [...READY_LINES, '5 < reconnect', '16 > beat 1'],
    [...READY_LINES, '5 < reconnect', '7 > close 4000', '16 end client 4000', '17 #2 open'],
  ],
  [
    'rs-op7-ignored',
    'error',
    [...READY_LINES, '5 < reconnect', '16 < message_create 2'],
    // A new connection first, and the old one is left later.
    [...READY_LINES, '5 < reconnect', ...resume(7, '{"seq":1}'), '16 #2 < resumed 1'],
  ],
  [
    'rs-op7-identify',
    'warning',
    [...READY_LINES, '5 < reconnect', '6 end client -', ...start(7, '> identify')],
    [...READY_LINES, '5 < reconnect', '6 end client -', ...resume(7, '{"seq":1}')],
  ],
  [
    'rs-missing',
    'warning',
    [...ENDED_LINES, '90 call GET /x 200'],
    [...READY_LINES, '20 > close 1000', '20 end client 1000', '90 call GET /x 200'],
  ],
  ['rs-missing', 'info', [...ENDED_LINES, '300 call GET /x 200'], [...ENDED_LINES, '199 call GET /x 200']],
];

describe('coming back', () => testRules(RECONNECT_RULES, CASES));
