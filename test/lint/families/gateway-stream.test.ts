/** Rules about streams: what breaks them, and what comes close. */
import { describe } from 'vitest';
import { STREAM_RULES } from '../../../src/lint/families/gateway-stream.js';
import { READY_LINES, testRules, type RuleCase } from '../../support/lint-playbook.js';

const STREAM = '0 open {"transport":{"version":10,"encoding":"json","compress":"zlib-stream"}}';
const STREAM_LINES = [STREAM, '0.1 < binary hello', '0.2 > identify', '0.5 < binary ready'];

const CASES: readonly RuleCase[] = [
  [
    'gw-plain-on-stream',
    'error',
    [...STREAM_LINES, '5 < message_create 2'],
    [...STREAM_LINES, '5 < binary message_create 2'],
  ],
  [
    'gw-stream-broken',
    'error',
    [...STREAM_LINES, '5 < broken inflate_failed'],
    [...STREAM_LINES, '4 gap', '5 < broken context_lost'],
  ],
  [
    'gw-stream-broken',
    'error',
    [...STREAM_LINES, '5 < partial', '16 > beat 1'],
    [...STREAM_LINES, '5 < partial', '6 < binary message_create 2', '16 > beat 1'],
  ],
  [
    'gw-stream-broken',
    'error',
    [...STREAM_LINES, '5 < partial', '6 < binary message_create 2', '6 < again binary message_create 3'],
    [...STREAM_LINES, '5 < partial', '6 < binary message_create 2', '7 < binary message_create 3'],
  ],
  [
    'gw-many-payloads',
    'error',
    [...READY_LINES, '5 < message_create 2', '5 < again message_create 3'],
    [...READY_LINES, '5 < message_create 2', '5 < message_create 3'],
  ],
  [
    'gw-masking',
    'error',
    [...READY_LINES, '5 < broken protocol_error'],
    [...READY_LINES, '5 < broken truncated'],
  ],
];

describe('streams', () => testRules(STREAM_RULES, CASES));
