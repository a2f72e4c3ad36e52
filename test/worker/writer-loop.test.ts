/** The loop between slots and database, run in this thread on batches that were sent before. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { createFigures, readFigures } from '../../src/worker/boundary.js';
import { SteadyStore } from '../../src/worker/steady-store.js';
import { runWriterLoop, type WriterParts } from '../../src/worker/writer-loop.js';
import { batchWay, type BatchWay } from '../support/batches.js';
import { frame, opened } from '../support/capture/records.js';
import { scratchFile } from '../support/scratch.js';
import { rowsOf, storeHost } from '../support/stores.js';
import { quietWatcher, writeOrder } from '../support/steady-stores.js';

interface Loop extends BatchWay {
  readonly parts: WriterParts;
  readonly path: string;
}

function setUp(): Loop {
  const path = scratchFile();
  const way = batchWay();
  const { watcher } = quietWatcher();
  const store = new SteadyStore(writeOrder(path), storeHost, watcher);
  onTestFinished(() => store.letGo());
  return {
    ...way,
    parts: {
      batches: way.receiver,
      store,
      figures: createFigures(),
      compactAfterUs: null,
      tick: () => undefined,
    },
    path,
  };
}

/** Sends one batch of `count` frames, the first of all with the connection. */
function send({ sender }: Loop, firstSeq: number, count: number): void {
  if (firstSeq === 1) sender.add([opened()], 0);
  for (let seq = firstSeq; seq < firstSeq + count; seq += 1) {
    sender.add([frame({ frameNo: seq, seq, body: Buffer.from(`{"s":${seq},"d":"ä"}`) })], 0);
  }
  sender.send();
}

const bodies = (path: string): unknown =>
  rowsOf(path, 'SELECT seq, body FROM frame JOIN payload ON frame_id = id ORDER BY id');

const expected = (count: number): unknown =>
  Array.from({ length: count }, (_, index) => ({ seq: index + 1, body: `{"s":${index + 1},"d":"ä"}` }));

describe('the writer loop', () => {
  it('writes every batch in order, one transaction each, and reports figures after it', () => {
    const loop = setUp();
    const append = loop.parts.store.append.bind(loop.parts.store);
    const appended: number[] = [];
    loop.parts.store.append = (records) => {
      appended.push(readFigures(loop.parts.figures).frames);
      append(records);
    };
    send(loop, 1, 60);
    send(loop, 61, 1);
    send(loop, 62, 39);
    loop.close();
    runWriterLoop(loop.parts);
    expect(bodies(loop.path)).toEqual(expected(100));
    expect(appended).toEqual([0, 60, 61]);
    expect(readFigures(loop.parts.figures)).toEqual(loop.parts.store.counters());
    expect(readFigures(loop.parts.figures)).toMatchObject({ connections: 1, frames: 100, payloads: 100 });
  });

  it('packs old bodies between batches, and not while one waits', () => {
    const loop = setUp();
    const events: string[] = [];
    const { store } = loop.parts;
    const append = store.append.bind(store);
    store.append = (records) => {
      events.push('written');
      append(records);
    };
    store.packOld = () => {
      events.push('packed');
      if (events.length === 3) send(loop, 2, 1);
      if (events.length === 5) loop.close();
      return true;
    };
    send(loop, 1, 1);
    runWriterLoop({ ...loop.parts, compactAfterUs: 1 });
    expect(events).toEqual(['written', 'packed', 'packed', 'written', 'packed']);
  });

  it('ends with a permanent failure, after writing the batches before it', () => {
    const loop = setUp();
    send(loop, 1, 5);
    loop.sender.add([frame({ connection: 9 })], 0); // of a connection that was never opened
    loop.sender.send();
    loop.close();
    expect(() => runWriterLoop(loop.parts)).toThrow(/connection 9/);
    expect(bodies(loop.path)).toEqual(expected(5));
  });
});
