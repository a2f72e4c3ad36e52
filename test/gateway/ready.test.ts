import { describe, expect, it } from 'vitest';
import { sightJson } from '../../src/gateway/ready.js';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

describe('sightJson', () => {
  it('finds the URL of READY and replaces nothing else', () => {
    const ready =
      '{ "t":"READY" ,"s":1,"op":0,"d":{"n":1.0,"big":175928847299117063,"u":"\\u00e9","resume_gateway_url" : ' +
      '"wss:\\/\\/gw.example\\u002fx", "user":{"resume_gateway_url":"not this"}} }\n';
    const sighting = sightJson(utf8(ready));
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
    expect(sightJson(utf8(payload))).toMatchObject(expected);
  });
});
