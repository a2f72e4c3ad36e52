/** Traces: events as the Trace Event Format has them, and figures that agree with the recording. */
import Ajv from 'ajv';
import { describe, expect, it } from 'vitest';
import { traceCapture, type DrawOptions } from '../../src/library/flow.js';
import { openReader } from '../../src/store/reader.js';
import { HOSTILE_TEXTS } from '../support/flows.js';
import { LINT_EPOCH_US, READY_LINES, storePlaybook } from '../support/lint-playbook.js';

interface Event {
  readonly name: string;
  readonly ph: string;
  readonly ts: number;
  readonly dur?: number;
  readonly pid: number;
  readonly tid?: number;
  readonly id?: number;
  readonly cat?: string;
  readonly args?: Readonly<Record<string, unknown>>;
}

// "Trace Event Format", sections "Complete", "Instant", "Counter", "Async" and "Metadata Events".
const KINDS: Readonly<Record<string, object>> = {
  X: { required: ['name', 'cat', 'ts', 'dur', 'pid', 'tid'] },
  i: { required: ['name', 'cat', 'ts', 'pid', 'tid', 's'], properties: { s: { enum: ['g', 'p', 't'] } } },
  C: {
    required: ['name', 'ts', 'pid', 'args'],
    properties: { args: { minProperties: 1, additionalProperties: { type: 'number' } } },
  },
  b: { required: ['name', 'cat', 'ts', 'pid', 'id'] },
  e: { required: ['name', 'cat', 'ts', 'pid', 'id'] },
  M: {
    required: ['name', 'pid', 'args'],
    properties: { name: { enum: ['process_name', 'thread_name'] }, args: { required: ['name'] } },
  },
};
const SCHEMA = {
  type: 'object',
  required: ['traceEvents'],
  properties: {
    displayTimeUnit: { enum: ['ms', 'ns'] },
    traceEvents: {
      type: 'array',
      items: {
        type: 'object',
        required: ['ph'],
        properties: {
          name: { type: 'string' },
          cat: { type: 'string' },
          ts: { type: 'number', minimum: 0 },
          dur: { type: 'number', minimum: 0 },
          pid: { type: 'integer', minimum: 1 },
          tid: { type: 'integer', minimum: 1 },
          args: { type: 'object' },
        },
        oneOf: Object.entries(KINDS).map(([ph, rest]) => {
          const { properties = {}, ...more } = rest as { properties?: object };
          return { ...more, properties: { ph: { const: ph }, ...properties } };
        }),
      },
    },
  },
};
const isTrace = new Ajv.Ajv({ strict: false }).compile(SCHEMA);

function read(
  lines: readonly string[],
  options: DrawOptions = {},
): { events: readonly Event[]; left: number } {
  using reader = openReader(storePlaybook(lines));
  const trace = traceCapture(reader, {}, options);
  const json = JSON.parse([...trace.lines].join('\n')) as { readonly traceEvents: readonly Event[] };
  isTrace(json);
  expect(isTrace.errors).toBeNull();
  return { events: json.traceEvents, left: trace.countLeftOut() };
}

const SESSION = [
  ...READY_LINES,
  '1 > beat 1',
  '1.25 < ack',
  '2 < message_create 2',
  '2 call POST /channels/1/messages 200 {} {}',
  '2.5 gap',
  '5 < invalid false',
  '6 end gateway 4009',
];

describe('a trace', () => {
  it('has slices for the phases of a connection, one behind the other', () => {
    const slices = read(SESSION).events.filter(({ ph }) => ph === 'X');
    expect(slices.map(({ name, ts, dur }) => [name, (ts - LINT_EPOCH_US) / 1e6, (dur ?? 0) / 1e6])).toEqual([
      ['connecting', 0, 0.2],
      ['identifying', 0.2, 0.3],
      ['live', 0.5, 4.5],
      ['invalid', 5, 1],
    ]);
  });

  it('has an instant for each payload and end, counters, calls and gaps', () => {
    const { events } = read(SESSION);
    expect(events.filter(({ ph }) => ph === 'i').map(({ name }) => name)).toEqual([
      'HELLO: heartbeat every 41.3 s',
      'IDENTIFY: test, GUILDS',
      'READY: session 1, 0 guilds',
      'HEARTBEAT',
      'HEARTBEAT_ACK',
      'MESSAGE_CREATE',
      'INVALID_SESSION: the session is over',
      'closes with 4009 SESSION_TIMED_OUT: The session timed out',
    ]);
    const trips = events.filter(({ name }) => name === 'heartbeat round trip');
    expect(trips.map(({ args }) => args)).toEqual([{ ms: 250 }]);
    const spans = events.filter(({ ph }) => ph === 'b' || ph === 'e');
    expect(spans.map(({ ph, cat }) => `${ph} ${cat ?? ''}`)).toEqual([
      'b REST',
      'e REST',
      'b gaps',
      'e gaps',
    ]);
    const named = events.filter(({ ph }) => ph === 'M').map(({ args }) => args?.['name']);
    expect(named).toEqual(['capture 1', 'connection 1 connects: v10, json, session 1']);
  });

  it('counts the bytes of each second, and 0 in a silence', () => {
    const counts = read(SESSION).events.filter(({ name }) => name === 'bytes/s');
    expect(counts.map(({ ts }) => (ts - LINT_EPOCH_US) / 1e6)).toEqual([0, 1, 2, 3, 5]);
    expect(counts[3]?.args).toEqual({ client: 0, gateway: 0 });
    using reader = openReader(storePlaybook(SESSION));
    const bytes = [...reader.frames()].reduce((sum, { wireBytes }) => sum + wireBytes, 0);
    const counted = counts.flatMap(({ args }) => Object.values(args ?? {}) as number[]);
    expect(counted.reduce((sum, count) => sum + count, 0)).toBe(bytes);
  });

  it('leaves out payloads above the limit, and says so, but counts their bytes', () => {
    const { events, left } = read(SESSION, { steps: 2 });
    expect(left).toBe(6);
    expect(events.filter(({ ph }) => ph === 'i')).toHaveLength(3);
    expect(events.filter(({ name }) => name === 'bytes/s')).toHaveLength(5);
  });

  it('is JSON without a recording, and with any text', () => {
    expect(read([]).events).toEqual([]);
    // A playbook has an event a line, and U+2028 ends one, too.
    const spell = (text: string): string =>
      JSON.stringify({ properties: { browser: text } }).replaceAll('\u2028', '\\u2028');
    const lines = HOSTILE_TEXTS.map((text, index) => `${index + 1} > op 2 ${spell(text)}`);
    const { events } = read(['0 open', ...lines]);
    expect(events.filter(({ ph }) => ph === 'i')).toHaveLength(HOSTILE_TEXTS.length);
    expect(JSON.stringify(events)).not.toMatch(/\\u(?:d[89a-f]|00[01])/i);
  });
});
