/** Rules about the fields of IDENTIFY: what breaks them, and what comes close. */
import { describe } from 'vitest';
import { IDENTIFY_FIELD_RULES } from '../../../src/lint/families/identify-fields.js';
import { READY_LINES, testRules, type RuleCase } from '../../support/lint-playbook.js';

const HELLO_LINES = READY_LINES.slice(0, 2);
const identify = (fields: object, ...more: readonly string[]): readonly string[] => [
  ...HELLO_LINES,
  `1 > identify ${JSON.stringify(fields)}`,
  ...more,
];
const version = (given: number | null): readonly string[] => [
  `0 open {"transport":{"version":${given},"encoding":"json","compress":"none"}}`,
];
const properties = { os: 'linux', browser: 'test', device: 'test' };
/** Ids of guilds of shard 0 and 1 of two. */
const [GUILD_0, GUILD_1] = [String(2n << 22n), String(3n << 22n)];
const shard = (guild: string): readonly string[] =>
  identify({ shard: [0, 2] }, '2 < ready {"shard":[0,2]}', `3 < message_create 2 {"guild_id":"${guild}"}`);
const refused = (code: number, intents: number): readonly string[] =>
  identify({ intents }, `2 < close ${code}`, `2.1 > close ${code}`, `2.2 end gateway ${code}`);

const CASES: readonly RuleCase[] = [
  ['id-shard-mixed', 'warning', shard(GUILD_1), shard(GUILD_0)],
  [
    'id-shard-mixed',
    'warning',
    identify({ shard: [0, 2] }, '2 < ready {"shard":[1,2]}'),
    // A message that refers to one of another guild.
    [
      ...identify({ shard: [0, 2] }, '2 < ready {"shard":[0,2]}'),
      `3 < message_create 2 {"message_reference":{"guild_id":"${GUILD_1}"},"guild_id":"${GUILD_0}"}`,
    ],
  ],
  [
    'id-intents-missing',
    'error',
    [...HELLO_LINES, `1 > op 2 ${JSON.stringify({ token: 'x', properties })}`, '2 < ready'],
    [
      ...HELLO_LINES,
      `1 > op 2 ${JSON.stringify({ token: 'x', properties })}`,
      '2 < ready {"user":{"id":"1"}}',
    ],
  ],
  ['id-intents-unknown', 'error', refused(4013, 2 ** 18), refused(4010, 2 ** 18)],
  ['id-intents-unknown', 'warning', identify({ intents: 2 ** 29 }), identify({ intents: 53_608_447 })],
  [
    'id-intents-unknown',
    'warning',
    identify({ intents: 2 ** 18 }, '2 < ready'),
    identify({ intents: 2 ** 18 }, '2 < ready {"user":{"id":"1"}}'),
  ],
  ['id-intents-privileged', 'error', refused(4014, 2 ** 15), refused(4013, 2 ** 15).slice(0, 4)],
  ['id-intents-privileged', 'info', identify({ intents: 2 ** 15 }), identify({ intents: 2 ** 14 })],
  [
    'id-props-dollar',
    'warning',
    identify({ properties: { $os: 'a', $browser: 'b', $device: 'c' } }),
    identify({ properties }),
  ],
  [
    'id-props-missing',
    'warning',
    identify({ properties: { os: 'linux', browser: 'x' } }),
    identify({ properties: { $os: 'a', $browser: 'b', $device: 'c' } }),
  ],
  ['id-token-shape', 'error', identify({ token: '' }), identify({ token: 'Bot redacted:0123456789abcdef' })],
  ['id-token-shape', 'error', identify({ token: 'abc\n' }), identify({ token: 'abc' })],
  ['id-token-shape', 'info', identify({ token: 'Bot abc' }), identify({ token: 'abc' })],
  [
    'id-compress-twice',
    'info',
    [
      '0 open {"transport":{"version":10,"encoding":"json","compress":"zlib-stream"}}',
      '1 > identify {"compress":true}',
    ],
    identify({ compress: true }),
  ],
  ['id-compress-type', 'warning', identify({ compress: 'zlib-stream' }), identify({ compress: true })],
  ['id-large-threshold', 'warning', identify({ large_threshold: 251 }), identify({ large_threshold: 250 })],
  ['id-large-threshold', 'info', identify({ large_threshold: 25 }), identify({ large_threshold: 50 })],
  ['id-version', 'error', version(5), version(6)],
  ['id-version', 'error', version(11), version(10)],
  ['id-version', 'warning', version(null), version(9)],
  [
    'id-presence-legacy',
    'warning',
    [...READY_LINES, '2 > op 3 {"status":"online"}'],
    [...READY_LINES, '2 > op 3 {"since":null,"activities":[],"status":"online","afk":false}'],
  ],
  [
    'id-presence-legacy',
    'info',
    identify({ presence: { game: { name: 'chess' } } }),
    identify({ presence: { since: null, activities: [], status: 'online', afk: false } }),
  ],
  ['id-capability-dead', 'info', identify({ capabilities: 32_768 }), identify({ capabilities: 0 })],
];

describe('fields of IDENTIFY', () => testRules(IDENTIFY_FIELD_RULES, CASES));
