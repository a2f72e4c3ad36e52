/** Rules about tokens and sessions: what breaks them, and what comes close. */
import { describe } from 'vitest';
import { SECURITY_RULES } from '../../../src/lint/families/security.js';
import { LINT_TOKEN, READY_LINES, testRules, type RuleCase } from '../../support/lint-playbook.js';

const upstream = (host: string): readonly string[] => [
  `0 open {"upstreamUrl":"ws://${host}/?v=10"}`,
  '0.1 < hello',
  '0.2 > identify',
];
const second = (atSeconds: number, identify: string): readonly string[] => [
  `${atSeconds} #2 open`,
  `${atSeconds}.1 #2 < hello`,
  `${atSeconds}.2 #2 > identify ${identify}`,
  `${atSeconds}.5 #2 < ready {"session_id":"session-2"}`,
];
const beats = (untilSeconds: number): readonly string[] =>
  Array.from({ length: Math.floor(untilSeconds / 30) }, (_, index) => [
    `${40 + index * 30} > beat 1`,
    `${40.1 + index * 30} < ack`,
    `${41 + index * 30} #2 > beat 1`,
    `${41.1 + index * 30} #2 < ack`,
  ]).flat();

const CASES: readonly RuleCase[] = [
  [
    'sec-token-place',
    'error',
    [...READY_LINES, `5 < message_create 2 {"content":"${LINT_TOKEN}"}`],
    [...READY_LINES, '5 < message_create 2 {"content":"redacted:fedcba9876543210"}'],
  ],
  [
    'sec-token-place',
    'error',
    [...READY_LINES, `5 end gateway 4004 no ${LINT_TOKEN}`],
    [...READY_LINES, '5 end gateway 4000 no token'],
  ],
  [
    'sec-token-place',
    'error',
    [...READY_LINES, `5 call GET /x/${LINT_TOKEN} 200`],
    [...READY_LINES, '5 call GET /x 200'],
  ],
  ['sec-plain-public', 'error', upstream('gateway.example.org'), upstream('10.0.0.1')],
  ['sec-plain-public', 'error', upstream('8.8.8.8'), upstream('[::1]:7331')],
  [
    'sec-session-shared',
    'error',
    [...READY_LINES, '5 #2 open', '5.1 #2 < hello', '5.2 #2 > resume {"token":"redacted:fedcba9876543210"}'],
    [...READY_LINES, '5 #2 open', '5.1 #2 < hello', '5.2 #2 > resume'],
  ],
  [
    'sec-token-shared',
    'info',
    [...READY_LINES, ...second(20, ''), ...beats(360)],
    [...READY_LINES, ...second(20, '{"shard":[1,2]}'), ...beats(360)],
  ],
];

describe('tokens and sessions', () => testRules(SECURITY_RULES, CASES));
