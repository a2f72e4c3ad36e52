import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GatheredBytes, HeldBytes } from '../../src/wire/held-bytes.js';

describe('HeldBytes', () => {
  it('counts what is taken up to its bound, and what is given back', () => {
    const held = new HeldBytes(10);
    expect([held.take(4), held.take(6), held.take(1), held.take(11), held.held]).toEqual([
      ...[true, true, false, false, 10],
    ]);
    held.giveBack(3);
    expect([held.held, held.take(4), held.held, held.take(3), held.held]).toEqual([7, false, 7, true, 10]);
    expect(new HeldBytes(10).take(10)).toBe(true);
  });

  it('is one count for all that share it', () => {
    const count = new SharedArrayBuffer(4);
    const [one, other] = [new HeldBytes(10, count), new HeldBytes(10, count)];
    expect(one.take(6)).toBe(true);
    expect(other.take(5)).toBe(false);
    expect(other.held).toBe(6);
  });
});

describe('GatheredBytes', () => {
  it('joins pieces, counts the memory of all of them, and gives it back', () => {
    const piece = fc.uint8Array({ minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 8 }), fc.boolean(), (pieces, isAdopted) => {
        const held = new HeldBytes(1000);
        const gathered = new GatheredBytes(held);
        const whole = Buffer.concat(pieces);
        const [first = new Uint8Array(), ...rest] = pieces;
        for (let round = 0; round < 2; round += 1) {
          expect(isAdopted ? gathered.adopt(first) : gathered.append(first)).toBe(true);
          for (const one of rest) expect(gathered.append(one, whole.length)).toBe(true);
          expect(gathered.length).toBe(whole.length);
          expect(Buffer.compare(gathered.bytes, whole)).toBe(0);
          expect(held.held).toBe(whole.length);
          expect(Buffer.compare(gathered.take(), whole)).toBe(0);
          expect([held.held, gathered.length, gathered.take().length]).toEqual([0, 0, 0]);
        }
      }),
    );
  });

  it('grows to twice its length where the total is not known', () => {
    const held = new HeldBytes(1000);
    const gathered = new GatheredBytes(held);
    for (const expected of [10, 20, 40, 40, 80]) {
      gathered.append(new Uint8Array(10));
      expect(held.held).toBe(expected);
    }
    expect(gathered.take()).toHaveLength(50);
  });

  it('takes nothing beyond the bound, and keeps what it has', () => {
    const gathered = new GatheredBytes(new HeldBytes(10));
    expect(gathered.adopt(new Uint8Array(11))).toBe(false);
    expect(gathered.adopt(Uint8Array.of(1, 2))).toBe(true);
    expect(gathered.append(new Uint8Array(9))).toBe(false);
    expect(gathered.take()).toEqual(Uint8Array.of(1, 2));
  });

  it('keeps no larger memory than its own once it is settled', () => {
    const gathered = new GatheredBytes(new HeldBytes(100));
    const own = Uint8Array.of(1, 2, 3);
    gathered.adopt(own);
    gathered.settle();
    expect(gathered.take()).toBe(own);
    gathered.adopt(new Uint8Array(50).fill(9).subarray(20, 22));
    gathered.settle();
    expect(gathered.bytes.buffer.byteLength).toBe(2);
    expect(gathered.take()).toEqual(Uint8Array.of(9, 9));
  });
});
