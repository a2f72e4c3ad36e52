import { describe, expect, it } from 'vitest';
import { ReadyScan, RewriteShare } from '../../../src/gateway/rewrite/ready-scan.js';
import { wsFrame } from '../../support/ws-internals.js';

const text = (data: string): Buffer => wsFrame(Buffer.from(data), { opcode: 1 });
const HELLO = text('{"op":10,"d":{}}');
const READY = text('{"op":0,"t":"READY","s":1,"d":{"resume_gateway_url":"wss://a"}}');

function scan(compress: 'none' | 'unknown', frames = 0): ReadyScan {
  const transport = { version: 10, encoding: 'json', compress } as const;
  return new ReadyScan(
    { share: new RewriteShare(), transport, extensions: null, rewriteUrl: () => 'ws://b' },
    frames,
  );
}

describe('ReadyScan', () => {
  it('is settled behind READY, counts frames on, and gives back what it did not scan', () => {
    const one = scan('none', 10);
    const out = [one.push(HELLO)];
    expect(one).toMatchObject({ state: 'scanning', isChanged: false, frames: 11 });
    out.push(one.push(Buffer.concat([READY, HELLO])));
    expect(one).toMatchObject({ state: 'settled', isChanged: true, frames: 12 });
    expect(Buffer.concat(out).toString('latin1')).toContain('"resume_gateway_url":"ws://b"');
    expect(Buffer.from(one.releaseAll()).equals(HELLO)).toBe(true);
  });

  it('fails on unreadable input, and still returns every byte', () => {
    const one = scan('none');
    const broken = Buffer.concat([text('no JSON'), READY]);
    const out = one.push(broken);
    expect(one).toMatchObject({ state: 'lost', isChanged: false });
    expect(Buffer.concat([out, one.releaseAll()]).equals(broken)).toBe(true);
  });

  it('fails from the start in an undocumented transport', () => {
    expect(scan('unknown').state).toBe('lost');
  });
});
