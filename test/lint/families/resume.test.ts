/** Rules about RESUME: what breaks them, and what comes close. */
import { describe } from 'vitest';
import { RESUME_RULES } from '../../../src/lint/families/resume.js';
import { READY_LINES, testRules, type RuleCase } from '../../support/lint-playbook.js';

const LED = '{"path":"/r/gateway-us-east1-b.discord.gg?v=10"}';
/** A session that ends at 20 s at number 2. */
const ENDED_LINES = [...READY_LINES, '5 < message_create 2', '5.1 > beat 2', '5.2 < ack', '20 end gateway -'];
const start = (atSeconds: number, what: string, open = LED): readonly string[] => [
  `${atSeconds} #2 open ${open}`,
  `${atSeconds}.1 #2 < hello`,
  `${atSeconds}.2 #2 ${what}`,
];
const resume = (atSeconds = 21, fields = '{"seq":2}', open = LED): readonly string[] =>
  start(atSeconds, `> resume ${fields}`, open);
const other = (transport: object): string =>
  JSON.stringify({ transport: { version: 10, encoding: 'json', compress: 'none', ...transport } });
const fatal = (code: number): readonly string[] => [
  ...READY_LINES,
  `5 < close ${code}`,
  `5.1 > close ${code}`,
  `5.2 end gateway ${code}`,
  ...resume(6, '{"seq":1}'),
];
const tries = (count: number, answer: string): readonly string[] =>
  Array.from({ length: count }, (_, index) => [
    `${21 + 40 * index} #${index + 2} open ${LED}`,
    `${21 + 40 * index}.1 #${index + 2} < hello`,
    `${21 + 40 * index}.2 #${index + 2} > resume {"seq":2}`,
    `${22 + 40 * index} #${index + 2} ${answer}`,
    `${52 + 40 * index} #${index + 2} > beat 2`,
    `${53 + 40 * index} #${index + 2} end gateway -`,
  ]).flat();

const CASES: readonly RuleCase[] = [
  ['rs-seq-high', 'error', [...ENDED_LINES, ...resume(21, '{"seq":3}')], [...ENDED_LINES, ...resume()]],
  [
    'rs-seq-low',
    'warning',
    [...ENDED_LINES, ...resume(21, '{"seq":1}')],
    // Dispatches of the last seconds may not have been handled.
    [...READY_LINES, '2 < message_create 2', '3 end gateway -', ...resume(4, '{"seq":1}')],
  ],
  ['rs-unknown-session', 'info', resume(21, '{"session_id":"other"}'), [...ENDED_LINES, ...resume()]],
  [
    'rs-wrong-url',
    'warning',
    [
      ...READY_LINES.slice(0, 3),
      '0.5 < ready {"resume_gateway_url":"redacted:abc"}',
      '20 end gateway -',
      ...resume(21, '{"seq":1}', '{}'),
    ],
    [
      ...READY_LINES.slice(0, 3),
      '0.5 < ready {"resume_gateway_url":"redacted:abc"}',
      '20 end gateway -',
      ...resume(21, '{"seq":1}'),
    ],
  ],
  [
    'rs-wrong-url',
    'warning',
    [
      ...READY_LINES.slice(0, 3),
      '0.5 < ready {"resume_gateway_url":"wss://a.discord.gg"}',
      '20 end gateway -',
      ...resume(21, '{"seq":1}'),
    ],
    [
      ...READY_LINES.slice(0, 3),
      '0.5 < ready {"resume_gateway_url":"wss://a.discord.gg"}',
      '20 end gateway -',
      ...resume(21, '{"seq":1}', '{"upstreamUrl":"wss://a.discord.gg/?v=10"}'),
    ],
  ],
  [
    'rs-params-changed',
    'error',
    [...ENDED_LINES, ...resume(21, '{"seq":2}', other({ version: 9 }))],
    [...ENDED_LINES, ...resume(21, '{"seq":2}', other({}))],
  ],
  [
    'rs-params-changed',
    'info',
    [...ENDED_LINES, ...resume(21, '{"seq":2}', other({ compress: 'unknown' }))],
    [...ENDED_LINES, ...resume(21, '{"seq":2}', other({}))],
  ],
  ['rs-after-fatal', 'error', fatal(4004), fatal(4000)],
  ['rs-after-fatal', 'warning', fatal(4009), fatal(4000)],
  [
    'rs-after-op9-false',
    'error',
    [...READY_LINES, '5 < invalid false', '6 > resume'],
    [...READY_LINES, '5 < invalid true', '6 > resume'],
  ],
  ['rs-slow', 'error', [...ENDED_LINES, ...resume(210)], [...ENDED_LINES, ...resume(190)]],
  ['rs-slow', 'warning', [...ENDED_LINES, ...resume(90)], [...ENDED_LINES, ...resume(75)]],
  [
    'rs-loop',
    'error',
    [...ENDED_LINES, ...tries(4, '> beat 2')],
    [...ENDED_LINES, ...tries(2, '> beat 2'), ...tries(2, '< resumed 2')].slice(0, 14),
  ],
  [
    'rs-hung',
    'warning',
    [...ENDED_LINES, ...resume(), '25 #2 > beat 2', '25.1 #2 < ack', '60 #2 > beat 2', '60.1 #2 < ack'],
    [
      ...ENDED_LINES,
      ...resume(),
      '25 #2 > beat 2',
      '25.1 #2 < ack',
      '40 #2 < resumed 3',
      '60 #2 > beat 3',
      '60.1 #2 < ack',
    ],
  ],
  [
    'rs-replay-gap',
    'error',
    [...ENDED_LINES, ...resume(), '22 #2 < message_create 4'],
    [
      ...ENDED_LINES,
      ...resume(),
      '22 #2 < message_create 3',
      '22 #2 < resumed 4',
      '22.1 #2 < message_create 5',
    ],
  ],
];

describe('RESUME', () => testRules(RESUME_RULES, CASES));
