/** The loop between ring and database, run in this thread on a ring that was filled before. */
import Sqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { Batch } from '../../src/capture/batch.js';
import { CaptureRecorder } from '../../src/capture/recorder.js';
import type { Handshake } from '../../src/capture/tap.js';
import { createFigures, readFigures } from '../../src/worker/figures.js';
import { writeChunk, writeControl } from '../../src/worker/messages.js';
import { commit, runRecorderLoop, type LoopParts } from '../../src/worker/recorder-loop.js';
import { createRing, MIN_RING_BYTES, RingReader, RingWriter } from '../../src/worker/ring.js';
import { scratchFile } from '../support/scratch.js';
import { recordingStore, rowsOf } from '../support/stores.js';

const START_US = 1_760_000_000_000_000;

const handshake: Handshake = {
  atUs: START_US,
  path: '/?v=10&encoding=json',
  upstreamUrl: 'wss://gateway.example/?v=10&encoding=json',
  transport: { version: 10, encoding: 'json', compress: 'none' },
  extensions: null,
  userAgent: null,
  isClientTls: false,
  isUpstreamTls: true,
  upgradeStatus: 101,
  secrets: [],
};

/** Server frame of a short text. */
const textFrame = (text: string): Uint8Array =>
  Buffer.concat([Buffer.of(0x81, text.length), Buffer.from(text)]);

interface Loop {
  readonly parts: LoopParts;
  readonly writer: RingWriter;
  readonly path: string;
  readonly rooms: number[];
}

function setUp(batch = new Batch()): Loop {
  const path = scratchFile();
  const store = recordingStore(path);
  const ring = createRing(MIN_RING_BYTES);
  const rooms: number[] = [];
  const reader = new RingReader(ring);
  const parts: LoopParts = {
    ring: reader,
    recorder: new CaptureRecorder({
      redaction: 'secrets',
      placeholder: (secret) => store.placeholder(secret),
      maxPayloadBytes: 1000,
      maxBodyBytes: 1000,
    }),
    batch,
    store,
    retention: null,
    figures: createFigures(),
    nowUs: () => performance.now() * 1000,
    onRoom: () => rooms.push(reader.depth),
  };
  return { parts, writer: new RingWriter(ring), path, rooms };
}

function fill(writer: RingWriter, count: number): void {
  writeControl(writer, { type: 'open', connection: 1, handshake });
  for (let seq = 1; seq <= count; seq += 1) {
    const text = `{"t":"TYPING_START","s":${seq},"op":0,"d":{}}`;
    writeChunk(writer, 1, 'gateway', START_US + seq, textFrame(text));
  }
}

describe('the recorder loop', () => {
  it('records what the ring holds, in order, and ends at stop with everything committed', () => {
    const { parts, writer, path } = setUp();
    fill(writer, 200);
    writeControl(writer, { type: 'stop', atUs: START_US + 999 });
    runRecorderLoop(parts);
    expect(rowsOf(path, 'SELECT frame_no, seq, at_us FROM frame ORDER BY id')).toEqual(
      Array.from({ length: 200 }, (_, index) => ({
        frame_no: index + 1,
        seq: index + 1,
        at_us: START_US + index + 1,
      })),
    );
    expect(rowsOf(path, 'SELECT closed_by, closed_at_us FROM connection')).toEqual([
      { closed_by: 'proxy', closed_at_us: START_US + 999 },
    ]);
    expect(readFigures(parts.figures)).toEqual(parts.store.counters());
    expect(readFigures(parts.figures)).toMatchObject({ connections: 1, frames: 200, payloads: 200 });
  });

  it('commits by itself when a batch is old, with nothing more to come', () => {
    const { parts, writer } = setUp(new Batch({ records: 1e9, bytes: 1e9, ageUs: 1000 }));
    fill(writer, 3);
    const append = parts.store.append.bind(parts.store);
    parts.store.append = (records) => {
      append(records);
      writeControl(writer, { type: 'stop', atUs: START_US }); // only now
    };
    runRecorderLoop(parts);
    expect(readFigures(parts.figures).frames).toBe(3);
  });

  it('says that there is room once it has made some, if it was asked', () => {
    const { parts, writer, rooms } = setUp();
    fill(writer, 10);
    writer.tryWrite(1, 0, new Uint8Array(writer.capacity / 2));
    writer.askForRoom();
    writeControl(writer, { type: 'stop', atUs: START_US });
    runRecorderLoop(parts);
    expect(rooms).toHaveLength(1);
    expect(rooms[0]).toBeLessThanOrEqual(writer.lowWater);
  });

  it('waits for a lock to pass, and then writes all of it', () => {
    const { parts, writer, path } = setUp();
    const other = new Sqlite(path);
    other.exec('BEGIN IMMEDIATE');
    const append = parts.store.append.bind(parts.store);
    let attempts = 0;
    parts.store.append = (records) => {
      attempts += 1;
      if (attempts === 2) other.close();
      append(records);
    };
    fill(writer, 5);
    writeControl(writer, { type: 'stop', atUs: START_US });
    runRecorderLoop(parts);
    expect(attempts).toBe(2);
    expect(rowsOf(path, 'SELECT count(*) AS count FROM frame')).toEqual([{ count: 5 }]);
  });

  it('leaves what was decoded before a fault to be committed', () => {
    const { parts, writer, path } = setUp();
    fill(writer, 5);
    writer.tryWrite(0, 0, Buffer.from('{ not a message'));
    expect(() => runRecorderLoop(parts)).toThrow(SyntaxError);
    commit(parts);
    commit(parts); // nothing is left
    expect(rowsOf(path, 'SELECT count(*) AS count FROM frame')).toEqual([{ count: 5 }]);
  });
});
