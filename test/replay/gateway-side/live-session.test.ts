import { describe, expect, it } from 'vitest';
import {
  adaptReady,
  makeHello,
  makeReady,
  makeResumed,
  readySessionId,
  scaledIntervalMs,
} from '../../../src/replay/gateway-side/live-session.js';

const facts = { sessionId: 'live', resumeUrl: 'ws://mock', shard: [2, 4] as const };

describe('READY', () => {
  it('gets the live facts, every other byte kept', () => {
    const text =
      '{"t":"READY","s":1,"op":0,"d":{"v":10.0,"session_id":"recorded","shard":[0,1],"x":{"session_id":"kept"},"resume_gateway_url":"wss://far"}}';
    expect(adaptReady(text, facts)).toBe(
      '{"t":"READY","s":1,"op":0,"d":{"v":10.0,"session_id":"live","shard":[2,4],"x":{"session_id":"kept"},"resume_gateway_url":"ws://mock"}}',
    );
  });

  it('keeps its shard where the client names none', () => {
    const text = '{"op":0,"d":{"session_id":"a","resume_gateway_url":"b","shard":[0,1]}}';
    expect(adaptReady(text, { ...facts, shard: null })).toContain('"shard":[0,1]');
  });

  it('of our own making has what clients need', () => {
    const ready = JSON.parse(adaptReady(makeReady(7), facts)) as Record<string, unknown>;
    expect(ready).toMatchObject({
      t: 'READY',
      s: 7,
      op: 0,
      d: {
        v: 10,
        user: { bot: true },
        guilds: [],
        session_id: 'live',
        resume_gateway_url: 'ws://mock',
        shard: [2, 4],
      },
    });
  });

  it.each([
    ['{"op":0,"d":{"session_id":"a"}}', 'a'],
    ['{"op":0,"d":{"session_id":""}}', null],
    ['{"op":0,"d":{"session_id":5}}', null],
    ['{"op":0,"d":null}', null],
  ])('of %s names session %s', (text, id) => {
    expect(readySessionId(text)).toBe(id);
  });
});

it('HELLO and RESUMED have all four keys, in the order that was captured', () => {
  const trace = String.raw`["[\"gatetape-mock\",{\"micros\":0.0}]"]`;
  expect(makeHello(41_250)).toBe(
    `{"t":null,"s":null,"op":10,"d":{"heartbeat_interval":41250,"_trace":${trace}}}`,
  );
  expect(makeResumed(9)).toBe(`{"t":"RESUMED","s":9,"op":0,"d":{"_trace":${trace}}}`);
});

it.each([
  [41_250, 1, 41_250],
  [41_250, 10, 4_125],
  [41_250, 1_000, 1_000], // no library beats much faster
  [41_250, 0.1, 120_000],
  [500, 10, 500], // recorded like that
  [41_250, 'max', 41_250],
  [41_250, 'step', 41_250],
] as const)('an interval of %i ms at speed %s is %i ms', (recordedMs, speed, scaledMs) => {
  expect(scaledIntervalMs(recordedMs, speed)).toBe(scaledMs);
});
