/** Rules about requests for members: what breaks them, and what comes close. */
import { describe } from 'vitest';
import { MEMBER_RULES } from '../../../src/lint/families/members.js';
import { READY_LINES, testRules, type RuleCase } from '../../support/lint-playbook.js';

const ask = (atSeconds: number, fields: object, guild = '1'): string =>
  `${atSeconds} > op 8 ${JSON.stringify({ guild_id: guild, ...fields })}`;
const ALL = { query: '', limit: 0 };
const [FEW, MANY] = [100, 101].map((length) => Array.from({ length }, (_, id) => String(id)));
const chunk = (atSeconds: number, seq: number, index: number, count = 2): string =>
  `${atSeconds} < guild_members_chunk ${seq} {"guild_id":"1","chunk_index":${index},"chunk_count":${count},"nonce":"a"}`;
const limited = (atSeconds: number): string =>
  `${atSeconds} < rate_limited 2 {"opcode":8,"retry_after":29.457,"meta":{"guild_id":"1"}}`;
const ready = (intents: number): readonly string[] => [
  ...READY_LINES.slice(0, 2),
  `0.2 > identify {"intents":${intents}}`,
  '0.5 < ready',
];
const MEMBERS = ready(3);

const CASES: readonly RuleCase[] = [
  [
    'tx-op8-all-30s',
    'error',
    [...MEMBERS, ask(1, ALL), ask(20, ALL)],
    [...MEMBERS, ask(1, ALL), ask(2, ALL, '2'), ask(32, ALL)],
  ],
  [
    'tx-op8-all-30s',
    'error',
    [...MEMBERS, ask(1, ALL), ask(20, ALL)],
    [...MEMBERS, ask(1, { query: 'a', limit: 1 }), ask(20, { query: 'b', limit: 1 })],
  ],
  [
    'tx-op8-retry-early',
    'error',
    [...MEMBERS, limited(2), ask(20, ALL)],
    [...MEMBERS, limited(2), ask(32, ALL)],
  ],
  [
    'tx-op8-shape',
    'error',
    [...MEMBERS, ask(1, { query: '', limit: 0, user_ids: ['1'] })],
    [...MEMBERS, ask(1, { query: '', limit: 0, user_ids: null })],
  ],
  [
    'tx-op8-shape',
    'error',
    [...MEMBERS, ask(1, { user_ids: MANY })],
    [...MEMBERS, ask(1, { user_ids: FEW })],
  ],
  [
    'tx-op8-shape',
    'error',
    [...MEMBERS, ask(1, { query: 'a', limit: 101 })],
    [...MEMBERS, ask(1, { query: 'a', limit: 100 })],
  ],
  [
    'tx-op8-shape',
    'error',
    [...MEMBERS, ask(1, { query: '' })],
    [...MEMBERS, ask(1, { query: '', limit: 0 })],
  ],
  ['tx-op8-shape', 'error', [...MEMBERS, ask(1, {})], [...MEMBERS, ask(1, { user_ids: '1' })]],
  [
    'tx-op8-nonce',
    'warning',
    [...MEMBERS, ask(1, { ...ALL, nonce: 'x'.repeat(33) })],
    [...MEMBERS, ask(1, { ...ALL, nonce: 'x'.repeat(32) })],
  ],
  [
    'tx-op8-nonce',
    'warning',
    [...MEMBERS, ask(1, { ...ALL, nonce: 1 })],
    [...MEMBERS, ask(1, { ...ALL, nonce: null })],
  ],
  [
    'tx-op8-nonce',
    'warning',
    [...MEMBERS, ask(1, { ...ALL, nonce: 'a' }), ask(2, { ...ALL, nonce: 'a' }, '2')],
    [...MEMBERS, ask(1, { ...ALL, nonce: 'a' }), chunk(1.5, 2, 0, 1), ask(2, { ...ALL, nonce: 'a' }, '2')],
  ],
  ['tx-op8-nonce', 'info', [...MEMBERS, ask(1, ALL), ask(2, ALL, '2')], [...MEMBERS, ask(1, ALL)]],
  ['tx-op8-intent', 'warning', [...ready(1), ask(1, ALL)], [...ready(3), ask(1, ALL)]],
  [
    'tx-op8-intent',
    'warning',
    [...ready(3), ask(1, { ...ALL, presences: true })],
    [...ready(259), ask(1, { ...ALL, presences: true })],
  ],
  [
    'ef-members-again',
    'info',
    [...MEMBERS, ask(1, { user_ids: '1' }), ask(30, { user_ids: '1' })],
    [...MEMBERS, ask(1, { user_ids: '1' }), ask(30, { user_ids: '2' })],
  ],
  [
    'gw-chunks-short',
    'warning',
    [...MEMBERS, ask(1, { ...ALL, nonce: 'a' }), chunk(2, 2, 0), '33 > beat 2'],
    [...MEMBERS, ask(1, { ...ALL, nonce: 'a' }), chunk(2, 2, 0), chunk(20, 3, 1), '33 > beat 3'],
  ],
];

describe('requests for members', () => testRules(MEMBER_RULES, CASES));
