/** A half of a connection reads its own sender's bytes, by what the handshake agreed on. */
import { describe, expect, it } from 'vitest';
import { countUnfinished, openHalf, resume, searchFrame } from '../../src/capture/half-connection.js';
import { Redactor } from '../../src/gateway/redact/redact.js';
import type { Sender } from '../../src/wire/frame.js';
import { HeldBytes } from '../../src/wire/held-bytes.js';
import { placeholder } from '../support/capture-playbook.js';
import { handshake, socketBytes } from '../support/capture/tap-events.js';

const open = (sender: Sender, extensions: string | null): ReturnType<typeof openHalf> =>
  openHalf(sender, handshake({ extensions }), {
    redactor: new Redactor({ redaction: 'secrets', placeholder }),
    maxPayloadBytes: 100,
    held: new HeldBytes(),
    isLive: true,
    report: () => undefined,
  });

describe('openHalf', () => {
  it.each(['client', 'gateway'] as const)('parses and decodes what the %s sends', (sender) => {
    const half = open(sender, null);
    const [frame] = half.parser!.push(socketBytes(sender, { op: 1, d: null }));
    expect(half.decoder.push(frame!)).toMatchObject([{ status: 'ok', op: 1 }]);
    expect(half.sender).toBe(sender);
  });

  it('keeps the limit on payloads', () => {
    const [frame] = open('gateway', null).parser!.push(socketBytes('gateway', { op: 1, d: 'x'.repeat(100) }));
    expect(frame).toMatchObject({ error: 'too_large' });
  });

  it('gives RSV1 its meaning only where permessage-deflate was agreed on', () => {
    const compressed = (): Uint8Array => Buffer.from([0xc1, 1, 0]);
    expect(open('gateway', 'permessage-deflate').parser!.push(compressed())).toMatchObject([
      { isDeflated: true, error: null },
    ]);
    expect(open('gateway', null).parser!.push(compressed())).toMatchObject([{ error: 'protocol_error' }]);
  });
});

it('the bytes of a frame that is not whole are counted, while a frame is looked for, too', () => {
  const half = open('gateway', null);
  const bytes = socketBytes('gateway', { op: 1, d: 'abc' });
  expect(countUnfinished(half)).toBe(0);
  half.parser!.push(bytes.subarray(0, 7));
  expect(countUnfinished(half)).toBe(7);
  half.parser = null;
  expect(countUnfinished(half)).toBe(0);
  searchFrame(half);
  half.finder!.push(bytes.subarray(0, 9));
  expect(countUnfinished(half)).toBe(9);
  resume(half);
  expect(countUnfinished(half)).toBe(0);
  expect(half.parser!.push(Uint8Array.from(bytes))).toHaveLength(1);
});

it('after a gap a context of compression is lost', () => {
  const half = open('gateway', 'permessage-deflate');
  resume(half);
  const [frame] = half.parser!.push(Buffer.from([0xc1, 1, 0]));
  expect(half.decoder.push(frame!)).toMatchObject([{ status: 'context_lost' }]);
});
