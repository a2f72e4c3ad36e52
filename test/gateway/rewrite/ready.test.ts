import { describe, expect, it } from 'vitest';
import { encodeEtf } from '../../../src/wire/etf/encode.js';
import type { JsonValue } from '../../../src/wire/json/value.js';
import { readReady } from '../../../src/gateway/rewrite/ready.js';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

describe('READY in JSON', () => {
  it('finds the URL of READY and replaces nothing else', () => {
    const ready =
      '{ "t":"READY" ,"s":1,"op":0,"d":{"n":1.0,"big":175928847299117063,"u":"\\u00e9","resume_gateway_url" : ' +
      '"wss:\\/\\/gw.example\\u002fx", "user":{"resume_gateway_url":"not this"}} }\n';
    const sighting = readReady(utf8(ready), 'json');
    if (sighting.type !== 'ready') throw new Error(sighting.type);
    expect(sighting.url).toBe('wss://gw.example/x');
    const rewritten = text(sighting.withUrl('ws://127.0.0.1:7331/r/gw.example'));
    expect(rewritten).toBe(
      ready.replace('"wss:\\/\\/gw.example\\u002fx"', '"ws://127.0.0.1:7331/r/gw.example"'),
    );
    expect(ready.slice(-sighting.bytesBehind)).toBe(', "user":{"resume_gateway_url":"not this"}} }\n');
  });

  it.each([
    ['{"op":0,"t":"READY","s":1,"d":{"session_id":"x"}}', { type: 'ready', url: null }],
    ['{"op":0,"t":"READY","s":1,"d":{"resume_gateway_url":null}}', { type: 'ready', url: null }],
    ['{"op":0,"t":"READY","s":1,"d":[]}', { type: 'ready', url: null }],
    ['{"op":0,"t":"READY","s":1}', { type: 'ready', url: null }],
    ['{"op":0,"t":"RESUMED","s":9,"d":{}}', { type: 'resumed' }],
    ['{"op":0,"t":"MESSAGE_CREATE","s":2,"d":{"resume_gateway_url":"wss://x"}}', { type: 'other' }],
    ['{"op":1,"t":"READY","d":{"resume_gateway_url":"wss://x"}}', { type: 'other' }],
    ['{"op":10,"d":{"heartbeat_interval":41250},"s":null,"t":null}', { type: 'other' }],
    ['', { type: 'other' }],
    ['{"op":0,"t":"READY"', { type: 'unreadable' }],
    ['READY', { type: 'unreadable' }],
  ])('%s', (payload, expected) => {
    const seen = readReady(utf8(payload), 'json');
    expect(seen).toMatchObject(expected);
    if (seen.type === 'ready') expect(text(seen.withUrl('ws://x'))).toBe(payload);
  });
});

describe('READY in ETF', () => {
  const binary = (value: string): Buffer => {
    const header = Buffer.from([109, 0, 0, 0, 0]);
    header.writeUInt32BE(Buffer.byteLength(value), 1);
    return Buffer.concat([header, Buffer.from(value)]);
  };
  const atom = (value: string): Buffer =>
    Buffer.concat([Buffer.from([115, value.length]), Buffer.from(value)]);
  const map = (...terms: Buffer[]): Buffer =>
    Buffer.concat([Buffer.from([116, 0, 0, 0, terms.length / 2]), ...terms]);
  const document = (term: Buffer): Buffer => Buffer.concat([Buffer.of(131), term]);
  const url = 'wss://gateway-us-east1-b.discord.gg';
  const small = (value: number): Buffer => Buffer.of(97, value);
  const big = Buffer.from('6e0800070002c15a067102', 'hex');

  it.each([
    ['binary', binary],
    ['atom', atom],
  ])('finds the URL of READY under %s keys and replaces nothing else', (_, key) => {
    const ready = (value: string): Buffer =>
      document(
        map(
          ...[key('op'), small(0), key('t'), key('READY'), key('s'), small(1)],
          ...[
            key('d'),
            map(
              key('id'),
              big,
              key('u'),
              map(key('resume_gateway_url'), binary('no')),
              key('resume_gateway_url'),
              binary(value),
              key('v'),
              small(10),
            ),
          ],
        ),
      );
    const sighting = readReady(ready(url), 'etf');
    if (sighting.type !== 'ready') throw new Error(sighting.type);
    expect(sighting.url).toBe(url);
    expect(Buffer.from(sighting.withUrl('ws://é:1/r/x')).equals(ready('ws://é:1/r/x'))).toBe(true);
    expect(sighting.bytesBehind).toBe(key('v').length + 2);
  });

  it.each([
    ['RESUMED', document(map(atom('op'), small(0), atom('t'), atom('RESUMED'))), 'resumed'],
    ['another event', document(map(atom('op'), small(0), atom('t'), atom('X'))), 'other'],
    ['another opcode', document(map(atom('op'), small(10), atom('t'), atom('nil'))), 'other'],
    ['a READY without data', document(map(atom('op'), small(0), atom('t'), atom('READY'))), 'ready'],
    ['no map', document(small(1)), 'unreadable'],
    ['two documents', Buffer.concat([document(map()), document(map())]), 'unreadable'],
    ['JSON', Buffer.from('{"op":0}'), 'unreadable'],
  ])('%s', (_, payload, type) => {
    expect(readReady(payload, 'etf')).toMatchObject({ type });
  });
});

it('an undocumented encoding cannot be read', () => {
  expect(readReady(utf8('{"op":0}'), 'unknown')).toEqual({ type: 'unreadable' });
});

it('READY in ETF without a part of it', () => {
  const seen = (value: JsonValue): unknown => readReady(encodeEtf(value), 'etf');
  expect(seen({ t: 'READY' })).toEqual({ type: 'other' });
  expect(seen({ op: 0, d: {} })).toEqual({ type: 'other' });
  for (const value of [
    { op: 0, t: 'READY' },
    { op: 0, t: 'READY', d: { resume_gateway: 'wss://x' } },
  ]) {
    const etf = encodeEtf(value);
    const ready = readReady(etf, 'etf');
    expect(ready).toMatchObject({ type: 'ready', url: null, bytesBehind: etf.length });
    expect(ready.type === 'ready' && ready.withUrl('ws://y')).toBe(etf);
  }
});
