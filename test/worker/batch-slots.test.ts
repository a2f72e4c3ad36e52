/** Slots between two threads: the turns in one thread, the waiting between two. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import {
  BatchSlots,
  createBatchSlots,
  SLOT_BYTES,
  SLOT_ROWS,
  SlotReceiver,
  SlotSender,
} from '../../src/worker/batch-slots.js';
import type { UnfinishedBytes } from '../../src/capture/half-connection.js';

import { START_US } from '../support/capture/records.js';

const MODULE = new URL('../../dist/worker/batch-slots.js', import.meta.url).href;

/** A thread that sends `count` slots, each with its number at every end, and then stops. */
const SENDER = `
import { workerData } from 'node:worker_threads';
import { SlotSender } from ${JSON.stringify(MODULE)};
const sender = new SlotSender(workerData.memory);
for (let number = 1; number <= workerData.count; number += 1) {
  const slot = sender.claim();
  slot.head[0] = number;
  slot.rows[slot.rows.length - 1] = number;
  slot.bytes[slot.bytes.length - 1] = number % 256;
  sender.send();
}
sender.close();`;

/** A thread that takes `count` slots, and then leaves without a word to the sender. */
const RECEIVER = `
import { workerData } from 'node:worker_threads';
import { SlotReceiver } from ${JSON.stringify(MODULE)};
const receiver = new SlotReceiver(workerData.memory);
for (let taken = 0; taken < workerData.count; taken += 1) {
  receiver.take();
  receiver.giveBack();
}
receiver.close();`;

function thread(program: string, memory: SharedArrayBuffer, count: number): Worker {
  const url = new URL(`data:text/javascript,${encodeURIComponent(program)}`);
  return new Worker(url, { workerData: { memory, count } });
}

describe('batch slots', () => {
  it('say which bytes of the settled entries are in no row, as of the slot that was given back last', () => {
    const memory = createBatchSlots();
    const sender = new SlotSender(memory);
    const receiver = new SlotReceiver(memory);
    const lists: readonly (readonly UnfinishedBytes[])[] = [
      [{ connection: 3, sender: 'gateway', bytes: 70_000, atUs: START_US + 0.5 }],
      Array.from({ length: 600 }, (_, index) => ({ connection: index, sender: 'client', bytes: 1, atUs: 2 })),
      [],
    ];
    for (const list of lists) {
      sender.noteUnfinished(sender.claim()!, list);
      sender.send();
    }
    const seen = lists.map(() => {
      receiver.take();
      receiver.giveBack();
      return new BatchSlots(memory).unfinished();
    });
    expect(seen).toEqual([lists[0], lists[1]?.slice(0, 512), []]);
  });

  it('come in the order in which they were sent, and each is the same memory at both ends', () => {
    const memory = createBatchSlots();
    const sender = new SlotSender(memory);
    const receiver = new SlotReceiver(memory);
    for (let number = 0; number < 11; number += 1) {
      const sent = sender.claim();
      expect([sent?.rows.length, sent?.bytes.length]).toEqual([SLOT_ROWS * 10, SLOT_BYTES]);
      sent?.head.set([number, 1]);
      sent?.rows.fill(number + 0.5);
      sent?.bytes.fill(number);
      sender.send();
      const taken = receiver.take();
      expect([...(taken?.head ?? [])]).toEqual([number, 1, 0, 0]);
      expect(taken?.rows.every((cell) => cell === number + 0.5)).toBe(true);
      expect(taken?.bytes.every((byte) => byte === number)).toBe(true);
      receiver.giveBack();
    }
  });

  it('are received to the last one after the end, and none is claimed any more', () => {
    const memory = createBatchSlots();
    const sender = new SlotSender(memory);
    const receiver = new SlotReceiver(memory);
    for (const number of [1, 2]) {
      sender.claim()?.head.set([number, 0]);
      sender.send();
    }
    new BatchSlots(memory).close();
    expect(sender.isClosed).toBe(true);
    expect(sender.claim()).toBeNull();
    for (const number of [1, 2]) {
      expect(receiver.take()?.head[0]).toBe(number);
      receiver.giveBack();
    }
    expect(receiver.take()).toBeNull();
  });

  it('are not claimed while much data is sent outside of the slots', async () => {
    const memory = createBatchSlots();
    const sender = new SlotSender(memory);
    const receiver = new SlotReceiver(memory);
    sender.claim()?.head.set([1, 1], 0);
    sender.send();
    sender.claim()?.head.set([1, 1, 2 ** 25], 0);
    sender.send();
    // Gives back one slot and leaves: the claim below waits for the other one in vain.
    const worker = thread(RECEIVER, memory, 1);
    const exited = once(worker, 'exit');
    expect(sender.claim()).toBeNull();
    await exited;
    expect(receiver.take()?.head[2]).toBe(2 ** 25);
  });

  it('make the receiver wait for a slow sender, and end it with the sender', async () => {
    const memory = createBatchSlots();
    const receiver = new SlotReceiver(memory);
    const worker = thread(SENDER, memory, 500);
    const exited = once(worker, 'exit');
    const numbers: (number | undefined)[] = [];
    for (let slot = receiver.take(); slot !== null; slot = receiver.take()) {
      expect(slot.rows.at(-1)).toBe(slot.head[0]);
      expect(slot.bytes.at(-1)).toBe((slot.head[0] ?? 0) % 256);
      numbers.push(slot.head[0]);
      receiver.giveBack();
    }
    expect(numbers).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
    await exited;
  });

  it('make the sender wait for a slow receiver, and end it with the receiver', async () => {
    const memory = createBatchSlots();
    const sender = new SlotSender(memory);
    const worker = thread(RECEIVER, memory, 500);
    const exited = once(worker, 'exit');
    let sent = 0;
    for (let slot = sender.claim(); slot !== null; slot = sender.claim()) {
      sender.send();
      sent += 1;
    }
    // What was taken, and what was under way when the receiver left.
    expect(sent).toBeGreaterThanOrEqual(500);
    expect(sent).toBeLessThanOrEqual(504);
    await exited;
  });
});
