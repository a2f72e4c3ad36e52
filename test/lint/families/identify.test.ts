/** Rules about IDENTIFY: what breaks them, and what comes close. */
import { describe } from 'vitest';
import { IDENTIFY_RULES } from '../../../src/lint/families/identify.js';
import { READY_LINES, testRules, type RuleCase } from '../../support/lint-playbook.js';

const HELLO_LINES = READY_LINES.slice(0, 2);
const SLOW_LINES = HELLO_LINES.map((line) => line.replace('41250', '120000'));
const again = (atSeconds: number, identify = '> identify'): readonly string[] => [
  `${atSeconds} #2 open`,
  `${atSeconds}.1 #2 < hello`,
  `${atSeconds}.2 #2 ${identify}`,
  `${atSeconds}.5 #2 < ready {"session_id":"session-2"}`,
];
const limits = (changes: object): string =>
  `0 call GET /v10/gateway/bot 200 {} ${JSON.stringify({ shards: 4, session_start_limit: { total: 1000, remaining: 900, reset_after: 9e7, max_concurrency: 1, ...changes } })}`;
const guilds = (count: number): string =>
  JSON.stringify({ guilds: Array.from({ length: count }, (_, id) => ({ id: String(id) })) });
const identifies = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => [
    `${6 * index + 1} > identify`,
    `${6 * index + 3} < invalid false`,
  ]).flat();

const CASES: readonly RuleCase[] = [
  ['id-before-hello', 'info', ['0 open', '0.1 > identify', '0.2 < hello'], READY_LINES],
  [
    'id-none',
    'warning',
    [...HELLO_LINES, '5 > beat', '31 < ack'],
    [...HELLO_LINES, '5 > beat', '29 > identify', '31 < ready'],
  ],
  [
    'id-twice',
    'error',
    [...READY_LINES, '7 > identify'],
    [...READY_LINES, '5 < invalid false', '7 > identify'],
  ],
  [
    'id-needless',
    'warning',
    [...READY_LINES, '20 end gateway -', ...again(22)],
    // The client's own 1000 ends the session.
    [...READY_LINES, '20 > close 1000', '20 end client 1000', ...again(22)],
  ],
  [
    'id-needless',
    'warning',
    [...READY_LINES, '20 < close 4000', '20.1 > close 4000', '20.2 end gateway 4000', ...again(22)],
    [...READY_LINES, '20 < close 4009', '20.2 end gateway 4009', ...again(22)],
  ],
  [
    'id-after-op9-early',
    'info',
    [...READY_LINES, '20 < invalid false', '20.3 > identify'],
    [...READY_LINES, '20 < invalid false', '22 > identify'],
  ],
  [
    'id-concurrency',
    'error',
    [
      limits({}),
      '1 open',
      '1.1 < hello',
      '1.2 > identify {"shard":[0,4]}',
      ...again(3, '> identify {"shard":[1,4]}'),
    ],
    [
      limits({}),
      '1 open',
      '1.1 < hello',
      '1.2 > identify {"shard":[0,4]}',
      ...again(6, '> identify {"shard":[1,4]}'),
    ],
  ],
  [
    'id-concurrency',
    'warning',
    ['1 open', '1.1 < hello', '1.2 > identify {"shard":[0,4]}', ...again(3, '> identify {"shard":[1,4]}')],
    [
      limits({ max_concurrency: 2 }),
      ...['1 open', '1.1 < hello', '1.2 > identify {"shard":[0,4]}'],
      ...again(3, '> identify {"shard":[1,4]}'),
    ],
  ],
  [
    'id-budget',
    'error',
    [limits({ remaining: 1 }), ...HELLO_LINES, ...identifies(2)],
    [limits({ remaining: 2 }), ...HELLO_LINES, ...identifies(2)],
  ],
  [
    'id-budget',
    'warning',
    [limits({ total: 10 }), ...SLOW_LINES, ...identifies(9)],
    [limits({ total: 10 }), ...SLOW_LINES, ...identifies(8)],
  ],
  [
    'id-shard-bad',
    'error',
    [...HELLO_LINES, '1 > identify {"shard":[4,4]}'],
    [...HELLO_LINES, '1 > identify {"shard":[3,4]}'],
  ],
  [
    'id-shard-bad',
    'error',
    [...HELLO_LINES, '1 > identify {"shard":["0","1"]}'],
    [...HELLO_LINES, '1 > identify {"shard":null}'],
  ],
  [
    'id-shards-too-few',
    'error',
    [...HELLO_LINES, '1 > identify', `2 < ready ${guilds(2501)}`],
    [...HELLO_LINES, '1 > identify', `2 < ready ${guilds(2500)}`],
  ],
  [
    'id-shards-too-few',
    'info',
    [limits({}), ...HELLO_LINES, '1 > identify {"shard":[0,2]}'],
    [limits({}), ...HELLO_LINES, '1 > identify {"shard":[0,4]}'],
  ],
];

describe('IDENTIFY', () => testRules(IDENTIFY_RULES, CASES));
