/** Rules about REST calls: what breaks them, and what comes close. */
import { describe } from 'vitest';
import { REST_RULES } from '../../../src/lint/families/rest-calls.js';
import { testRules, type RuleCase } from '../../support/lint-playbook.js';

const limited = (atSeconds: number, body: object): string =>
  `${atSeconds} call POST /v10/channels/1/messages 429 {"retry-after":"1"} ${JSON.stringify(body)}`;
const repeat = (count: number, step: number, line: string): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${(1 + index * step).toFixed(3)} ${line}`);

const later = (line: string): string => line.replace(/^\d+/, (seconds) => String(Number(seconds) + 10));

const CASES: readonly RuleCase[] = [
  [
    'rest-retry-early',
    'error',
    [limited(1, { retry_after: 2.5 }), '2 call POST /v10/channels/1/messages 200'],
    [
      limited(1, { retry_after: 2.5 }),
      '2 call POST /v10/channels/2/messages 200',
      '3.6 call POST /v10/channels/1/messages 200',
    ],
  ],
  [
    'rest-retry-early',
    'error',
    [limited(1, { retry_after: 2.5, global: true }), '2 call GET /v10/channels/2 200'],
    [limited(1, { retry_after: 2.5, global: true }), '2 call POST /v10/webhooks/1/x 200'],
  ],
  [
    'rest-retry-early',
    'error',
    // Both were under way when the first was refused; the second comes again too early.
    [
      '1 call +2 POST /v10/channels/1/messages 429 {} {"retry_after":5}',
      '4 call POST /v10/channels/1/messages 200',
    ],
    [
      '1 call +2 POST /v10/channels/1/messages 429 {} {"retry_after":5}',
      '2 call POST /v10/channels/1/messages 200',
    ],
  ],
  [
    'rest-invalid-calls',
    'error',
    repeat(10_000, 0.01, 'call GET /v10/channels/1 403').map(varied),
    repeat(900, 0.01, 'call GET /v10/channels/1 403').map(varied),
  ],
  [
    'rest-invalid-calls',
    'warning',
    repeat(1000, 0.5, 'call GET /v10/channels/1 403').map(varied),
    repeat(1100, 0.7, 'call GET /v10/channels/1 403').map(varied),
  ],
  [
    'rest-after-401',
    'error',
    repeat(4, 5, 'call GET /v10/users/@me 401'),
    repeat(3, 5, 'call GET /v10/users/@me 401'),
  ],
  [
    'rest-after-401',
    'error',
    [
      ...repeat(9, 0.1, 'call +2 GET /v10/users/@me 401'),
      ...repeat(3, 5, 'call GET /v10/gateway 401').map(later),
    ],
    repeat(9, 0.1, 'call +2 GET /v10/users/@me 401'),
  ],
  [
    'rest-loop',
    'warning',
    repeat(60, 0.5, 'call GET /v10/users/@me 200'),
    repeat(60, 1.1, 'call GET /v10/users/@me 200'),
  ],
];

/** Another path each time, so that no other rule sees a loop. */
function varied(line: string, index: number): string {
  return line.replace('channels/1', `channels/${index + 1}`);
}

describe('REST', () => testRules(REST_RULES, CASES));
