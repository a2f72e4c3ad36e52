/** Rules about gateways and the rewrite: what breaks them, and what comes close. */
import { describe } from 'vitest';
import { GATEWAY_RULES } from '../../../src/lint/families/gateway.js';
import { READY_LINES, testRules, type RuleCase } from '../../support/lint-playbook.js';

const GUILDS = '{"guilds":[{"id":"5","unavailable":true}]}';
const waiting = (...lines: readonly string[]): readonly string[] => [
  ...READY_LINES.slice(0, 3),
  `0.5 < ready ${GUILDS}`,
  ...lines,
  '40 > beat 1',
  '62 < typing_start 3',
];
const channels = (...given: readonly object[]): string =>
  `1 < guild_create 2 ${JSON.stringify({ id: '5', channels: given })}`;
const HIDDEN = { id: '6', name: '___hidden___', flags: 131_072 };

const CASES: readonly RuleCase[] = [
  [
    'gw-dispatch-before-ready',
    'warning',
    [...READY_LINES.slice(0, 3), '0.3 < guild_create 1', '0.5 < ready'],
    [...READY_LINES.slice(0, 3), '0.3 < initial_guild 1', '0.5 < ready'],
  ],
  [
    'gw-no-ready',
    'warning',
    [...READY_LINES.slice(0, 3), '20 > beat', '31 < ack'],
    [...READY_LINES.slice(0, 3), '20 > beat', '29 < ready', '31 < ack'],
  ],
  ['gw-hello-late', 'warning', ['0 open', '6 < hello'], ['0 open', '5 < hello']],
  ['gw-hello-late', 'warning', ['0 open', '1 < ready'], ['0 open', '1 < reconnect', '2 end client -']],
  ['gw-hello-twice', 'error', [...READY_LINES, '5 < hello'], [...READY_LINES, '5 #2 open', '6 #2 < hello']],
  ['gw-hello-interval', 'warning', ['0 open', '1 < hello "41250"'], ['0 open', '1 < hello 120000']],
  ['gw-hello-interval', 'warning', ['0 open', '1 < hello 0'], ['0 open', '1 < hello 1000']],
  ['gw-op9-type', 'error', [...READY_LINES, '5 < invalid null'], [...READY_LINES, '5 < invalid true']],
  ['gw-unknown-op', 'warning', [...READY_LINES, '5 < op 99'], [...READY_LINES, '5 < beat']],
  ['gw-unknown-op', 'warning', [...READY_LINES, '5 < op 3'], [...READY_LINES, '5 < reconnect']],
  [
    'gw-unknown-event',
    'info',
    [...READY_LINES, '5 < brand_new 2'],
    [...READY_LINES, '5 < guild_member_list_update 2'],
  ],
  ['gw-unavailable-stays', 'info', waiting('1 < message_create 2'), waiting('1 < guild_create 2 {"id":"5"}')],
  [
    'gw-obfuscated',
    'warning',
    [...READY_LINES, channels({ ...HIDDEN, flags: 0 })],
    [...READY_LINES, channels({ ...HIDDEN, name: 'hidden', flags: 0 })],
  ],
  [
    'gw-obfuscated',
    'info',
    [...READY_LINES, channels(HIDDEN)],
    [...READY_LINES, channels({ ...HIDDEN, name: 'x', flags: 1 })],
  ],
  [
    'gw-obfuscated',
    'warning',
    [...READY_LINES, channels({ ...HIDDEN, name: 'x', flags: (1 << 17) | (1 << 18) })],
    [...READY_LINES, channels({ ...HIDDEN, name: 'x', flags: 1 << 18 })],
  ],
  [
    'px-url-not-rewritten',
    'error',
    [...READY_LINES, '1 remark rewrite_given_up'],
    [...READY_LINES, '1 remark seq_gap'],
  ],
];

describe('gateways', () => testRules(GATEWAY_RULES, CASES));
