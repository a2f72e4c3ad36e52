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

describe('a scan ends, and every byte goes out as it came,', () => {
  const data = (text: string, opcode: number, fin = true): Buffer =>
    wsFrame(Buffer.from(text), { opcode, fin });
  const frameHead = (bytes: number): Buffer => {
    const head = Buffer.from([0x82, 127, 0, 0, 0, 0, 0, 0, 0, 0]);
    head.writeBigUInt64BE(BigInt(bytes), 2);
    return head;
  };

  it.each([
    ['at a close frame', [HELLO, data('', 8)], null],
    ['at a message that begins no payload', [data('no', 1, false)], 'not_a_payload'],
    ['at a frame that is too large', [frameHead(2 ** 25)], 'too_large'],
    ['at a continuation of nothing', [data('{', 0)], 'protocol_error'],
    [
      'at too many fragments',
      [data('{', 1, false), ...Array.from({ length: 1024 }, () => data(' ', 0, false))],
      'too_large',
    ],
    [
      'where a part of READY that has the URL went out already',
      [
        data('{"op":0,"t":"READY","s":1,"d":{"\\u0072esume_gateway_url":"wss://a",', 1, false),
        data('"v":1}}', 0),
      ],
      'cut_apart',
    ],
  ])('%s', (_, frames, fault) => {
    const one = scan('none');
    const sent = Buffer.concat(frames);
    const out = Buffer.concat([...frames.map((frame) => one.push(frame)), one.releaseAll()]);
    expect(one).toMatchObject({ state: 'lost', fault, isChanged: false });
    expect(out.equals(sent)).toBe(true);
  });

  it('where all connections together hold too much', () => {
    const share = new RewriteShare();
    share.held.take(256 * 1024 * 1024 - 10);
    const transport = { version: 10, encoding: 'json', compress: 'none' } as const;
    const one = new ReadyScan({ share, transport, extensions: null, rewriteUrl: () => 'ws://b' });
    const out = one.push(READY.subarray(0, 20));
    expect(one).toMatchObject({ state: 'lost', fault: 'too_large' });
    expect(Buffer.concat([out, one.releaseAll()]).equals(READY.subarray(0, 20))).toBe(true);
  });
});
