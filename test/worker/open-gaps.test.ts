/** Gaps that grow, one a stream. */
import { expect, it } from 'vitest';
import { parseStreamKey, streamKey } from '../../src/capture/streams.js';
import { OpenGaps, type Gap } from '../../src/worker/open-gaps.js';
import { SENDERS } from '../../src/wire/frame.js';

const gap = (sender: Gap['sender'], fromUs: number, untilUs: number, bytes: number): Gap => ({
  type: 'gap',
  connection: 3,
  sender,
  fromUs,
  untilUs,
  bytes,
});

it('a gap spans everything added to it, in any order, until it is taken', () => {
  const gaps = new OpenGaps();
  gaps.add(gap('client', 20, 30, 5));
  gaps.add(gap('gateway', 1, 1, 1));
  gaps.add(gap('client', 10, 12, 7));
  gaps.add(gap('client', 40, 40, 0));
  expect([gaps.size, gaps.has(3, 'client'), gaps.has(4, 'client')]).toEqual([2, true, false]);
  expect(gaps.take(3, 'client')).toEqual(gap('client', 10, 40, 12));
  expect(gaps.take(3, 'client')).toBeUndefined();
  expect(gaps.list()).toEqual([gap('gateway', 1, 1, 1)]);
});

it('the number of a stream identifies its connection and sender', () => {
  for (const connection of [1, 2, 2 ** 29 - 1]) {
    for (const sender of SENDERS)
      expect(parseStreamKey(streamKey(connection, sender))).toEqual({ connection, sender });
  }
});
