/** Rules about the ends of connections: what breaks them, and what comes close. */
import { describe } from 'vitest';
import { CLOSE_RULES } from '../../../src/lint/families/closes.js';
import { READY_LINES, testRules, type RuleCase } from '../../support/lint-playbook.js';

const closed = (side: '>' | '<', code: number, atSeconds = 20): readonly string[] => [
  `${atSeconds} ${side} close ${code}`,
  `${atSeconds}.1 ${side === '>' ? '<' : '>'} close ${code}`,
  `${atSeconds}.2 end ${side === '>' ? 'client' : 'gateway'} ${code}`,
];
const start = (atSeconds: number, what: string, open = ''): readonly string[] => [
  `${atSeconds} #2 open ${open}`.trim(),
  `${atSeconds}.1 #2 < hello`,
  `${atSeconds}.2 #2 ${what}`,
];
const fatal = (code: number, identify: string, open = ''): readonly string[] => [
  ...READY_LINES.slice(0, 3),
  ...closed('<', code, 1),
  ...start(9, `> identify ${identify}`.trim(), open),
];
const brief = (count: number, step: number, ...more: readonly string[]): readonly string[] =>
  Array.from({ length: count }, (_, index) => [
    `${step * index} #${index + 1} open`,
    `${step * index}.1 #${index + 1} < hello`,
    `${step * index}.2 #${index + 1} > identify`,
    ...more.map((line) => `${step * index + 1} #${index + 1} ${line}`),
    `${step * index + 3} #${index + 1} end gateway -`,
  ]).flat();

const CASES: readonly RuleCase[] = [
  [
    'cl-kills-session',
    'error',
    [...READY_LINES, ...closed('>', 1000), ...start(22, '> resume')],
    [...READY_LINES, ...closed('>', 4000), ...start(22, '> resume')],
  ],
  [
    'cl-kills-session',
    'error',
    [...READY_LINES, ...closed('>', 1001), ...start(22, '> resume')],
    [...READY_LINES, ...closed('<', 1001), ...start(22, '> resume')],
  ],
  [
    'cl-1000-on-zombie',
    'error',
    [...READY_LINES, '18 < reconnect', ...closed('>', 1000), ...start(22, '> identify')],
    [...READY_LINES, ...closed('>', 1000), ...start(22, '> identify')],
  ],
  [
    'cl-1000-on-zombie',
    'error',
    [...READY_LINES, '5 > beat 1', ...closed('>', 1000), ...start(22, '> identify')],
    [...READY_LINES, '5 > beat 1', '5.1 < ack', ...closed('>', 1000), ...start(22, '> identify')],
  ],
  ['cl-fatal-retry', 'error', fatal(4011, ''), fatal(4011, '{"shard":[0,2]}')],
  ['cl-fatal-retry', 'error', fatal(4004, ''), fatal(4000, '')],
  ['cl-fatal-retry', 'error', fatal(4010, ''), fatal(4010, '{"shard":[0,2]}')],
  [
    'cl-fatal-retry',
    'error',
    fatal(4012, ''),
    fatal(4012, '', '{"transport":{"version":9,"encoding":"json","compress":"none"}}'),
  ],
  ['cl-code-illegal', 'error', [...READY_LINES, '5 > close 1006'], [...READY_LINES, '5 > close 3999']],
  ['cl-code-illegal', 'error', [...READY_LINES, '5 > close -'], [...READY_LINES, '5 > close']],
  [
    'cl-code-illegal',
    'error',
    [...READY_LINES, '5 < close 4000 126'],
    [...READY_LINES, '5 < close 4000 125'],
  ],
  [
    'cl-unanswered',
    'info',
    [...READY_LINES, '5 > close 4000', '16 end client 4000'],
    [...READY_LINES, '5 > close 4000', '14 end client 4000'],
  ],
  [
    'cl-data-after',
    'error',
    [...READY_LINES, '5 > close 4000', '5.1 > beat 1'],
    [...READY_LINES, '5 > close 4000', '5.1 < message_create 2', '5.2 < close 4000'],
  ],
  ['cl-no-frame', 'info', [...READY_LINES, '5 end client -'], [...READY_LINES, '5 end proxy -']],
  [
    'cl-server-blames',
    'error',
    [...READY_LINES, ...closed('<', 4008)],
    [...READY_LINES, ...closed('<', 4009)],
  ],
  [
    'cl-server-blames',
    'error',
    [...READY_LINES, '9 < close 4002'],
    [...READY_LINES, '9 > close 4002', '9.1 < close 4002'],
  ],
  ['cl-loop', 'error', brief(4, 6), brief(3, 6)],
  // Sessions that began: the gateway ends them, one after the other.
  ['cl-loop', 'warning', brief(4, 6, '> beat', '< ready'), brief(3, 6, '> beat', '< ready')],
  ['cl-loop', 'error', brief(4, 6), brief(4, 6, '> beat', '< ready')],
  ['cl-loop', 'error', brief(11, 31), brief(10, 31)],
];

describe('ends of connections', () => testRules(CLOSE_RULES, CASES));
