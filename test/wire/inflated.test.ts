/** Output up to a limit. */
import { describe, expect, it } from 'vitest';
import { HeldBytes } from '../../src/wire/held-bytes.js';
import { BoundedOutput } from '../../src/wire/inflated.js';

const pieces = (...texts: string[]): Buffer[] => texts.map((text) => Buffer.from(text));

describe('BoundedOutput', () => {
  it.each([
    [[], ''],
    [pieces('abc'), 'abc'],
    [pieces('ab', '', 'cde'), 'abcde'],
  ])('joins %j', (added, expected) => {
    const output = new BoundedOutput({ maxPayloadBytes: 5 });
    for (const piece of added) output.add(piece);
    expect(output.length).toBe(expected.length);
    const taken = output.take();
    expect(taken.status === 'ok' && Buffer.from(taken.bytes).toString()).toBe(expected);
    expect(output.length).toBe(0);
  });

  it('hands a single piece through without a copy', () => {
    const output = new BoundedOutput({ maxPayloadBytes: 5 });
    const [piece] = pieces('abc');
    output.add(piece!);
    expect(output.take()).toEqual({ status: 'ok', bytes: piece });
  });

  it('keeps an incomplete payload without the memory around it', () => {
    const output = new BoundedOutput({ maxPayloadBytes: 5 });
    output.add(new Uint8Array(1000).fill(7).subarray(10, 13));
    output.settle();
    const taken = output.take();
    expect(taken).toEqual({ status: 'ok', bytes: Uint8Array.of(7, 7, 7) });
    expect(taken.status === 'ok' && taken.bytes.buffer.byteLength).toBe(3);
  });

  it('drops output over the limit, and can be used again', () => {
    const held = new HeldBytes(100);
    const output = new BoundedOutput({ maxPayloadBytes: 5, held });
    for (const piece of pieces('abc', 'def', 'g')) output.add(piece);
    expect([output.length, held.held]).toEqual([7, 0]);
    expect(output.take()).toEqual({ status: 'too_large' });
    for (const piece of pieces('abcde')) output.add(piece);
    expect(output.take().status).toBe('ok');
  });
});

it('a payload is dropped to its end where all connections together hold too much', () => {
  const held = new HeldBytes(4);
  const output = new BoundedOutput({ maxPayloadBytes: 10, held });
  for (const piece of pieces('abc', 'de', 'f')) output.add(piece);
  expect(output.length).toBe(6);
  expect(held.held).toBe(0);
  expect(output.take()).toEqual({ status: 'too_complex' });
  for (const piece of pieces('abc')) output.add(piece);
  expect(output.take().status).toBe('ok');
});
