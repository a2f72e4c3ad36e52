/** The real writer thread as its parent sees it: answers, failures and exits. */
import { writeFileSync } from 'node:fs';
import { MessageChannel } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import { StoreError } from '../../src/errors.js';
import { createHeldCount } from '../../src/wire/held-bytes.js';
import { BatchSlots, createBatchSlots } from '../../src/worker/batch-slots.js';
import { createFigures, type WriterNotice } from '../../src/worker/boundary.js';
import { createRing, MIN_RING_BYTES } from '../../src/worker/ring.js';
import { createSecretMemory } from '../../src/worker/secret-memory.js';
import { Thread } from '../../src/worker/thread.js';
import { scratchFile } from '../support/scratch.js';
import { writeOrder } from '../support/steady-stores.js';

interface Started {
  readonly thread: Thread<WriterNotice>;
  readonly heard: WriterNotice[];
  /** Tells the writer that nothing more comes. */
  readonly end: () => void;
}

function start(): Started {
  const { port1, port2 } = new MessageChannel();
  const slots = createBatchSlots();
  const heard: WriterNotice[] = [];
  const ring = createRing(MIN_RING_BYTES);
  const shared = { figures: createFigures(), secrets: createSecretMemory(), held: createHeldCount() };
  const memory = { ring, slots, ...shared, port: port2 };
  const thread = new Thread<WriterNotice>('writer', memory, (notice) => heard.push(notice));
  onTestFinished(async () => {
    port1.close();
    await thread.terminate();
  });
  return { thread, heard, end: () => new BatchSlots(slots).close() };
}

describe('a thread', () => {
  it('answers a request, and sends its last message before it ends', async () => {
    const { thread, heard, end } = start();
    const { placeholderKey } = await thread.order(writeOrder(scratchFile()), 'opened');
    expect(placeholderKey).toHaveLength(32);
    end();
    await thread.exited;
    expect(heard.map(({ type }) => type)).toEqual(['opened', 'finished']);
  });

  it('that fails instead of answering gives the original error', async () => {
    const db = scratchFile();
    writeFileSync(db, 'Dear diary, '.repeat(100));
    const { thread, heard } = start();
    await expect(thread.order(writeOrder(db), 'opened')).rejects.toThrow(StoreError);
    await thread.exited;
    expect(await thread.failed).toBeInstanceOf(StoreError);
    expect(heard).toEqual([]);
  });

  it('that ends without a message has failed, and later requests fail', async () => {
    const { thread } = start();
    await thread.terminate();
    expect((await thread.failed).message).toBe('the writer thread ended without a word');
    await expect(thread.order(writeOrder(scratchFile()), 'opened')).rejects.toThrow('without a word');
  });
});
