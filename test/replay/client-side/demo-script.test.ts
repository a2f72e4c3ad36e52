import { beforeEach, describe, expect, it } from 'vitest';
import { toPayload, type JsonValue } from '../../../src/gateway/payload.js';
import { DemoClientScript, type DemoClientInput } from '../../../src/replay/client-side/demo-script.js';

const URL = 'ws://gateway';
const identify = { token: 't', intents: 1 };

let script: DemoClientScript;
let nowUs: number;
let wakeAtUs: number | null;

/** Takes an input and writes down what the client does, one short line an action. */
function input(given: DemoClientInput): string[] {
  const step = script.step(given, nowUs);
  wakeAtUs = step.wakeAtUs;
  return step.actions.map((action) => {
    switch (action.type) {
      case 'send':
        return `send ${JSON.stringify(action.payload)}`;
      case 'dispatch':
        return `dispatch ${action.payload.t}`;
      case 'connect':
        return `connect ${action.url}`;
      default:
        return `${action.type} ${action.code}`;
    }
  });
}

const payload = (value: JsonValue): string[] => input({ type: 'payload', payload: toPayload(value)! });
const closed = (code: number | null): string[] => input({ type: 'closed', code });
const hello = (): string[] => payload({ op: 10, d: { heartbeat_interval: 1000 } });
const ready = (seq = 1): string[] =>
  payload({ op: 0, t: 'READY', s: seq, d: { session_id: 'abc', resume_gateway_url: 'ws://resume' } });

function wake(): string[] {
  nowUs = wakeAtUs!;
  return input({ type: 'tick' });
}

beforeEach(() => {
  script = new DemoClientScript({ url: URL, identify, jitter: 0.5 });
  nowUs = 1_000_000;
  input({ type: 'start' });
});

const IDENTIFY = 'send {"op":2,"d":{"token":"t","intents":1}}';
const resume = (seq: number): string => `send {"op":6,"d":{"token":"t","session_id":"abc","seq":${seq}}}`;

describe('a client', () => {
  it('connects, identifies at HELLO, and hands on what is dispatched', () => {
    expect(
      new DemoClientScript({ url: URL, identify, jitter: 0 }).step({ type: 'start' }, 0).actions,
    ).toEqual([{ type: 'connect', url: URL }]);
    expect(hello()).toEqual([IDENTIFY]);
    expect(ready()).toEqual(['dispatch READY']);
    expect(payload({ op: 0, t: 'X', s: 2, d: {} })).toEqual(['dispatch X']);
  });

  it('beats first after a part of the interval, then every interval, with the last seq', () => {
    hello();
    expect(wakeAtUs).toBe(1_500_000);
    expect(wake()).toEqual(['send {"op":1,"d":null}']);
    payload({ op: 11, d: null });
    ready(7);
    expect(wakeAtUs).toBe(2_500_000);
    expect(wake()).toEqual(['send {"op":1,"d":7}']);
  });

  it('beats at once when it is asked to', () => {
    hello();
    ready(3);
    expect(payload({ op: 1, d: null })).toEqual(['send {"op":1,"d":3}']);
  });

  it('leaves and resumes when nobody answers its beats', () => {
    hello();
    ready();
    wake();
    expect(wake()).toEqual(['close 4000']);
    expect(closed(4000)).toEqual([]);
    expect(wake()).toEqual(['connect ws://resume']);
    expect(hello()).toEqual([resume(1)]);
  });

  it('resumes after RECONNECT', () => {
    hello();
    ready(5);
    expect(payload({ op: 7, d: null })).toEqual(['close 4000']);
    closed(4000);
    expect(wake()).toEqual(['connect ws://resume']);
    expect(hello()).toEqual([resume(5)]);
  });

  it.each([
    [true, resume(1)],
    [false, IDENTIFY],
  ])('answers INVALID_SESSION %s on the same connection, after a pause', (d, answer) => {
    payload({ op: 10, d: { heartbeat_interval: 41_250 } });
    ready();
    payload({ op: 9, d });
    expect(wake()).toEqual([answer]);
  });

  it.each(['nonsense', 'https://resume', 7, null])('resumes where it was when READY says %j', (url) => {
    hello();
    payload({ op: 0, t: 'READY', s: 1, d: { session_id: 'abc', resume_gateway_url: url } });
    closed(null);
    expect(wake()).toEqual([`connect ${URL}`]);
    expect(hello()).toEqual([resume(1)]);
  });

  it.each([4000, 4001, 4002, 1001, null])('resumes after a close with %s', (code) => {
    hello();
    ready();
    closed(code);
    expect(wake()).toEqual(['connect ws://resume']);
    expect(hello()).toEqual([resume(1)]);
  });

  it.each([4003, 4007, 4009])('identifies anew after a close with %i', (code) => {
    hello();
    ready();
    closed(code);
    expect(wake()).toEqual([`connect ${URL}`]);
    expect(hello()).toEqual([IDENTIFY]);
  });

  it.each([4004, 4010, 4011, 4012, 4013, 4014])('gives up after a close with %i', (code) => {
    hello();
    expect(closed(code)).toEqual([`fail ${code}`]);
    expect(wakeAtUs).toBeNull();
  });

  it('waits longer each time it cannot connect, and falls back to the first URL', () => {
    hello();
    ready();
    const waits: number[] = [];
    const urls: string[] = [];
    for (let tries = 0; tries < 9; tries += 1) {
      closed(null);
      waits.push((wakeAtUs! - nowUs) / 1000);
      urls.push(...wake());
    }
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    expect(urls.slice(0, 2)).toEqual(['connect ws://resume', `connect ${URL}`]);
    expect(hello()).toEqual([resume(1)]);
  });

  it('stops for good', () => {
    hello();
    expect(input({ type: 'stop' })).toEqual(['close 1000']);
    expect(payload({ op: 1, d: null })).toEqual([]);
    expect(closed(1000)).toEqual([]);
    expect(wakeAtUs).toBeNull();
  });
});
