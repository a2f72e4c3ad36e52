/** The loop between ring and slots, run in this thread on a ring that was filled before. */
import { describe, expect, it } from 'vitest';
import { CaptureRecorder } from '../../src/capture/recorder.js';
import type { CaptureRecord } from '../../src/capture/records.js';
import { writeChunk, writeControl } from '../../src/worker/ring-messages.js';
import { runRecorderLoop, type RecorderParts } from '../../src/worker/recorder-loop.js';
import { createRing, MIN_RING_BYTES, RingReader, RingWriter } from '../../src/worker/ring.js';
import { batchWay } from '../support/batches.js';
import { handshake as handshakeWith } from '../support/capture/tap-events.js';

const START_US = 1_760_000_000_000_000;

const handshake = handshakeWith({ atUs: START_US });

/** Server frame of a short text. */
const textFrame = (text: string): Uint8Array =>
  Buffer.concat([Buffer.of(0x81, text.length), Buffer.from(text)]);

interface Loop {
  readonly parts: RecorderParts;
  readonly writer: RingWriter;
  readonly rooms: number[];
  /** Records of the batches that were sent, one batch after the other. */
  readonly sent: () => CaptureRecord[][];
  readonly close: () => void;
}

function setUp(ageUs?: number): Loop {
  const { sender, receiver, close } = batchWay(ageUs);
  const ring = createRing(MIN_RING_BYTES);
  const rooms: number[] = [];
  const reader = new RingReader(ring);
  const parts: RecorderParts = {
    ring: reader,
    recorder: new CaptureRecorder({
      redaction: 'secrets',
      placeholder: (secret) => `redacted:${secret.length}`,
      maxPayloadBytes: 1000,
      maxBodyBytes: 1000,
    }),
    batches: sender,
    team: null,
    nowUs: () => performance.now() * 1000,
    onRoom: () => rooms.push(reader.depth),
  };
  function sent(): CaptureRecord[][] {
    close();
    const batches: CaptureRecord[][] = [];
    for (let batch = receiver.take(); batch !== null; batch = receiver.take()) {
      batches.push([...batch]);
      receiver.giveBack();
    }
    return batches;
  }
  return { parts, writer: new RingWriter(ring), rooms, sent, close };
}

function fill(writer: RingWriter, count: number): void {
  writeControl(writer, { type: 'open', connection: 1, handshake });
  for (let seq = 1; seq <= count; seq += 1) {
    const text = `{"t":"TYPING_START","s":${seq},"op":0,"d":{}}`;
    writeChunk(writer, 1, 'gateway', START_US + seq, textFrame(text));
  }
}

/** Sequence numbers of the frames among some records. */
const seqs = (records: readonly CaptureRecord[] = []): (number | null)[] =>
  records.flatMap((record) => (record.type === 'frame' ? [record.seq] : []));

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

describe('the recorder loop', () => {
  it('records what the ring holds, in order, and ends at stop with everything sent', () => {
    const { parts, writer, sent } = setUp();
    fill(writer, 200);
    writeControl(writer, { type: 'stop', atUs: START_US + 999 });
    runRecorderLoop(parts);
    const records = sent().flat();
    expect(records[0]).toMatchObject({ type: 'connection_opened', atUs: START_US });
    expect(seqs(records)).toEqual(upTo(200));
    expect(records.at(-1)).toMatchObject({
      type: 'connection_closed',
      closedBy: 'proxy',
      atUs: START_US + 999,
    });
  });

  it('sends by itself when a batch is old, with nothing more to come', () => {
    const { parts, writer, sent } = setUp(10_000);
    fill(writer, 3);
    const send = parts.batches.send.bind(parts.batches);
    parts.batches.send = () => {
      send();
      writeControl(writer, { type: 'stop', atUs: START_US }); // only now
    };
    // No time passes while it records, however busy the machine is.
    runRecorderLoop({ ...parts, nowUs: () => 0 });
    const [first, last] = sent();
    expect(seqs(first)).toEqual([1, 2, 3]);
    expect(last?.map(({ type }) => type)).toEqual(['connection_closed']);
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

  it('ends without a stop when the writer has gone', () => {
    const { parts, writer, sent, close } = setUp(0);
    fill(writer, 5);
    const send = parts.batches.send.bind(parts.batches);
    parts.batches.send = () => {
      send();
      close();
    };
    runRecorderLoop(parts);
    expect(sent().flat()).toHaveLength(1);
    expect(parts.ring.depth).toBeGreaterThan(0);
  });

  it('leaves what was decoded before a fault to be sent', () => {
    const { parts, writer, sent } = setUp();
    fill(writer, 5);
    writer.tryWrite(0, 0, Buffer.from('{ not a message'));
    expect(() => runRecorderLoop(parts)).toThrow(SyntaxError);
    parts.batches.send();
    expect(seqs(sent().flat())).toEqual(upTo(5));
  });
});
