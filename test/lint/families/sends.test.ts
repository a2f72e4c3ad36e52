/** Rules about what a client sends: what breaks them, and what comes close. */
import { describe } from 'vitest';
import { SEND_RULES } from '../../../src/lint/families/sends.js';
import { READY_LINES, testRules, type RuleCase } from '../../support/lint-playbook.js';

const PRESENCE = '> op 3 {"since":null,"activities":[],"status":"online","afk":false}';
const VOICE = '> op 4 {"guild_id":"1","channel_id":"2","self_mute":false,"self_deaf":false}';
const LEAVE = VOICE.replace('"2"', 'null');
const repeat = (count: number, step: number, line: string): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${(1 + index * step).toFixed(3)} ${line}`);
const bytes = (length: number): string => `1 > op 4 {"x":"${'x'.repeat(length - 39)}"}`;
const USER_LINES = [
  ...READY_LINES.slice(0, 2),
  '0.2 > op 2 {"token":"x","properties":{"os":"a","browser":"b","device":"c"}}',
  '0.5 < ready {"user":{"id":"1"}}',
];

const CASES: readonly RuleCase[] = [
  [
    'tx-rate',
    'error',
    [...READY_LINES, ...repeat(121, 0.2, LEAVE)],
    [...READY_LINES, ...repeat(119, 0.2, LEAVE)],
  ],
  [
    'tx-rate',
    'warning',
    [...READY_LINES, ...repeat(111, 0.3, LEAVE)],
    [...READY_LINES, ...repeat(70, 0.56, LEAVE)],
  ],
  ['tx-size', 'error', [...READY_LINES, bytes(4097)], [...READY_LINES, bytes(4096)]],
  ['tx-size', 'error', [...USER_LINES, bytes(15_361)], [...USER_LINES, bytes(15_360)]],
  ['tx-size', 'info', [...USER_LINES, bytes(4097)], [...USER_LINES, bytes(4096)]],
  [
    'tx-presence-rate',
    'warning',
    [...READY_LINES, ...repeat(6, 3, PRESENCE)],
    [...READY_LINES, ...repeat(6, 4, PRESENCE)],
  ],
  [
    'tx-before-identify',
    'error',
    [...READY_LINES.slice(0, 2), `0.2 ${PRESENCE}`],
    [...READY_LINES.slice(0, 2), '0.2 > op 41 {}', '0.3 > op 40 {"seq":null}', '0.4 > beat'],
  ],
  [
    'tx-before-ready',
    'warning',
    [...READY_LINES.slice(0, 3), `0.3 ${PRESENCE}`],
    [...READY_LINES, `0.6 ${PRESENCE}`],
  ],
  ['tx-receive-only', 'error', [...READY_LINES, '1 > op 11'], [...READY_LINES, '1 > beat 1']],
  [
    'tx-unknown-op',
    'error',
    [...READY_LINES, '1 > op 99', '1.1 < close 4001', '1.2 end gateway 4001'].filter(
      (line) => !line.includes('< close'),
    ),
    [...READY_LINES, '1 > op 99', '1.1 end gateway -'],
  ],
  ['tx-unknown-op', 'warning', [...READY_LINES, '1 > op 99'], [...READY_LINES, '1 > op 43 {}']],
  [
    'tx-user-op',
    'warning',
    [...READY_LINES, '1 > op 14 {}'],
    [...READY_LINES, '1 > op 31 {}', '2 > op 43 {}'],
  ],
  ['tx-user-op', 'warning', [...READY_LINES, '1 > op 37 {}'], [...USER_LINES, '1 > op 37 {}']],
  [
    'tx-compressed',
    'error',
    [...READY_LINES, '1 > broken not_json binary'],
    [...READY_LINES, '0.9 gap', '1 > broken not_json binary'],
  ],
  [
    'tx-not-parseable',
    'error',
    [...READY_LINES, '1 > broken not_json text'],
    [...READY_LINES, '1 > broken too_large text'],
  ],
  [
    'tx-op4-loop',
    'warning',
    [...READY_LINES, ...repeat(4, 10, VOICE)],
    [...READY_LINES, ...repeat(2, 25, VOICE), '40 > beat 1', '40.1 < ack', ...repeat(4, 25, VOICE).slice(2)],
  ],
];

describe('what clients send', () => testRules(SEND_RULES, CASES));
