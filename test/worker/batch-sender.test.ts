/** When a batch is sent, and what is in it then. */
import { describe, expect, it } from 'vitest';
import { SLOT_BYTES, SLOT_ROWS } from '../../src/worker/batch-slots.js';
import { batchWay, type BatchWay } from '../support/batches.js';
import { exchange, frame, opened } from '../support/capture/records.js';

const body = (length: number): Buffer => Buffer.alloc(length, 'x');

/** Sizes of the batches that were sent. */
function sizes({ receiver, close }: BatchWay): number[] {
  close();
  const found: number[] = [];
  for (let batch = receiver.take(); batch !== null; batch = receiver.take()) {
    found.push(batch.length);
    receiver.giveBack();
  }
  return found;
}

describe('a batch sender', () => {
  it('has nothing due while it is empty, and sends nothing then', () => {
    const way = batchWay();
    way.sender.add([], 5);
    expect(way.sender.dueAtUs).toBeNull();
    expect(way.sender.isDue(Number.MAX_SAFE_INTEGER)).toBe(false);
    way.sender.send();
    expect(sizes(way)).toEqual([]);
  });

  it('has a batch due by the age of its oldest record, and starts over with the next', () => {
    const way = batchWay(1000);
    way.sender.add([opened()], 500);
    way.sender.add([frame()], 1400);
    expect(way.sender.dueAtUs).toBe(1500);
    expect(way.sender.isDue(1499)).toBe(false);
    expect(way.sender.isDue(1500)).toBe(true);
    way.sender.send();
    expect(way.sender.dueAtUs).toBeNull();
    way.sender.add([frame()], 1600);
    expect(way.sender.dueAtUs).toBe(2600);
    expect(sizes(way)).toEqual([2]);
  });

  it('sends by itself what fills a slot with rows', () => {
    const way = batchWay();
    way.sender.add(
      Array.from({ length: SLOT_ROWS + 1 }, () => frame({ body: body(1) })),
      0,
    );
    way.sender.send();
    expect(sizes(way)).toEqual([SLOT_ROWS, 1]);
  });

  it('sends by itself what fills a slot with bytes, of bodies and raw frames', () => {
    const way = batchWay();
    const quarter = SLOT_BYTES / 4 - 1;
    way.sender.add(
      [
        frame({ body: body(quarter) }),
        frame({ body: body(quarter), raw: body(quarter) }),
        frame({ body: body(quarter) }),
        frame({ body: body(8) }),
      ],
      0,
    );
    way.sender.send();
    expect(sizes(way)).toEqual([3, 1]);
  });

  it('has a batch due when what goes beside its slot is as much as would fill it', () => {
    const { sender } = batchWay();
    sender.add([frame({ body: body(SLOT_BYTES - 1) })], 0);
    expect(sender.isDue(0)).toBe(false);
    const message = { contentType: null, wireBytes: 1, isCut: false };
    const text = body(1);
    sender.add([exchange({ request: { ...message, text }, response: { ...message, text: null } })], 0);
    expect(sender.isDue(0)).toBe(true);
  });

  it('drops records after the receiver has gone', () => {
    const way = batchWay();
    way.sender.add([frame()], 0);
    way.sender.send();
    expect(way.sender.isClosed).toBe(false);
    way.close();
    way.sender.add([frame(), opened()], 0);
    way.sender.send();
    expect(way.sender.isClosed).toBe(true);
    expect(sizes(way)).toEqual([1]);
  });
});
