import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ReadyScan, RewriteShare } from '../../../src/gateway/rewrite/ready-scan.js';
import { streamMessage, streamOpening } from '../../../src/wire/deflate.js';
import { BOUNDS } from '../../../src/wire/bounds.js';
import type { Transport } from '../../../src/wire/transport.js';
import { wsFrame } from '../../support/ws-internals.js';

const text = (data: string): Buffer => wsFrame(Buffer.from(data), { opcode: 1 });
const HELLO = text('{"op":10,"d":{}}');
const READY_TEXT = '{"op":0,"t":"READY","s":1,"d":{"resume_gateway_url":"wss://a"}}';
const READY = text(READY_TEXT);

function scan(
  compress: Transport['compress'],
  frames?: number,
  encoding: Transport['encoding'] = 'json',
  share = new RewriteShare(),
): ReadyScan {
  const transport = { version: 10, encoding, compress };
  return new ReadyScan({ share, transport, extensions: null, rewriteUrl: () => 'ws://b' }, frames);
}

describe('ReadyScan', () => {
  it('is settled behind READY, counts frames on, and gives back what it did not scan', () => {
    const one = scan('none', 10);
    const out = [one.push(HELLO)];
    expect(one).toMatchObject({ state: 'scanning', isChanged: false, frames: 11 });
    out.push(one.push(Buffer.concat([READY, HELLO])));
    expect(one).toMatchObject({ state: 'settled', isChanged: true, frames: 12 });
    const changed = text(READY_TEXT.replace('wss://a', 'ws://b'));
    expect(Buffer.concat(out)).toEqual(Buffer.concat([HELLO, changed]));
    expect(Buffer.from(one.releaseAll()).equals(HELLO)).toBe(true);
  });

  it('fails on unreadable input, and still returns every byte', () => {
    const one = scan('none');
    const broken = Buffer.concat([text('no JSON'), READY]);
    const out = one.push(broken);
    expect(one).toMatchObject({ state: 'lost', isChanged: false });
    expect(Buffer.concat([out, one.releaseAll()]).equals(broken)).toBe(true);
  });

  it('counts frames from the start of the connection by default', () => {
    const one = scan('none');
    one.push(HELLO);
    expect(one.frames).toBe(1);
  });

  it('reads a zlib-stream, whose first message begins with a zlib header', () => {
    const one = scan('zlib-stream');
    const payload = '{"op":0,"t":"RESUMED","s":9,"d":{}}';
    const message = streamMessage('zlib-stream', Buffer.from(payload));
    const sent = wsFrame(Buffer.concat([streamOpening('zlib-stream'), message]), { opcode: 2 });
    expect(Buffer.from(one.push(sent)).equals(sent)).toBe(true);
    expect(one).toMatchObject({ state: 'settled', fault: null });
    const other = scan('zlib-stream');
    other.push(wsFrame(Buffer.from('{}'), { opcode: 2 }));
    expect(other.fault).toBe('not_a_payload');
  });

  it('reads ETF, whose payloads begin with the version of its format', () => {
    const one = scan('none', 0, 'etf');
    const resumed = Buffer.from(
      '837400000002' + '73026f706100' + '7301746d00000007' + '524553554d4544',
      'hex',
    );
    one.push(wsFrame(resumed, { opcode: 2 }));
    expect(one).toMatchObject({ state: 'settled', fault: null });
    const other = scan('none', 0, 'etf');
    other.push(HELLO);
    expect(other.fault).toBe('not_a_payload');
  });

  it('sends the rest of a READY whose beginning went out as a continuation of it', () => {
    const one = scan('none');
    const begun = wsFrame(Buffer.from(READY_TEXT.slice(0, 20)), { opcode: 1, fin: false });
    const rest = wsFrame(Buffer.from(READY_TEXT.slice(20)), { opcode: 0 });
    expect(Buffer.from(one.push(begun))).toEqual(begun);
    const changed = Buffer.from(READY_TEXT.replace('wss://a', 'ws://b').slice(20));
    expect(Buffer.from(one.push(rest))).toEqual(wsFrame(changed, { opcode: 0 }));
    expect(one.isChanged).toBe(true);
  });

  it('counts what it holds to the byte, until that is released', () => {
    const share = new RewriteShare();
    const one = scan('none', 0, 'json', share);
    one.push(HELLO.subarray(0, 5));
    expect(share.held.held).toBe(5);
    one.releaseAll();
    expect(share.held.held).toBe(0);
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
    [
      'at a zlib buffer that inflates to too much',
      [wsFrame(deflateSync(Buffer.alloc(BOUNDS.rewritePayload + 1)), { opcode: 2 })],
      'too_large',
    ],
    ['at a zlib buffer that is broken', [wsFrame(Buffer.of(0x78, 0x9c, 7), { opcode: 2 })], 'undecodable'],
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
    const one = scan('none', 0, 'json', share);
    const out = one.push(READY.subarray(0, 20));
    expect(one).toMatchObject({ state: 'lost', fault: 'too_large' });
    expect(Buffer.concat([out, one.releaseAll()]).equals(READY.subarray(0, 20))).toBe(true);
  });
});
