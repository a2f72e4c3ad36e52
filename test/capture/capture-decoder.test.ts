/** What one thread decodes and another records is what one that does both records. */
import { expect, it } from 'vitest';
import { CaptureDecoder, type DecodedEvent } from '../../src/capture/capture-decoder.js';
import { unpackDecoded, unpackMark } from '../../src/capture/decoded-frames.js';
import { CaptureRecorder } from '../../src/capture/recorder.js';
import type { CaptureRecord } from '../../src/capture/records.js';
import type { TapEvent } from '../../src/capture/tap.js';
import { findSecretKeys, type Redaction } from '../../src/gateway/redact/redact.js';
import { HeldBytes } from '../../src/wire/held-bytes.js';
import { byteByByte, newRecorder, placeholder, record } from '../support/capture-playbook.js';
import { socketBytes, TapScript } from '../support/capture/tap-events.js';

const limits = { maxPayloadBytes: 65_536, held: new HeldBytes(), isLive: false, report: () => undefined };
const HELLO = socketBytes('gateway', { op: 10, d: { heartbeat_interval: 41_250 } });
const IDENTIFY = { op: 2, d: { token: 'a-token-of-nobody', properties: {}, intents: 1 } };

/** An event whose bytes may be changed. */
const copied = (event: TapEvent): TapEvent =>
  event.type === 'chunk' ? { ...event, bytes: Buffer.from(event.bytes) } : event;

/** Records of events whose connections another decoder decodes. */
function recordApart(events: readonly TapEvent[]): CaptureRecord[] {
  const decoder = new CaptureDecoder({ ...limits, redactor: { secretKeys: findSecretKeys('secrets') } });
  const options = {
    redaction: 'secrets',
    placeholder,
    maxPayloadBytes: 65_536,
    maxBodyBytes: 65_536,
  } as const;
  const recorder = new CaptureRecorder({ ...options, isDecoding: false });
  return events.flatMap((event) => {
    const records: CaptureRecord[] = [];
    const decoded = decoder.accept(copied(event) as DecodedEvent);
    const [mark = null] = decoded.slice(-1).map(unpackMark);
    for (const frame of decoded.slice(0, -1)) recorder.take(unpackDecoded(frame), records);
    return [...records, ...recorder.accept(event, mark)];
  });
}

it.each([
  ['whole', (events: readonly TapEvent[]) => events],
  ['cut into bytes', byteByByte],
])('a decoder and a recorder apart record what one recorder does, chunks %s', (_, cut) => {
  const { events } = new TapScript()
    .open(1)
    .open(1)
    .bytes(1, 'gateway', HELLO)
    .client(1, IDENTIFY, ['ping', 'x'])
    .converged(1, 2)
    .bytes(1, 'gateway', HELLO)
    .open(2, { extensions: 'permessage-deflate' })
    .gateway(2, { op: 11 }, ['close', ''])
    .gap(1, 'gateway', 9)
    .gateway(1, { op: 0, t: 'X', s: 1, d: {} })
    .bytes(1, 'client', socketBytes('client', IDENTIFY).subarray(0, 9))
    .end(1, { relayMode: 'converged' })
    .gateway(1, { op: 11 })
    .end(2);
  const expected = record(cut(events));
  expect(recordApart(cut(events))).toEqual(expected);
  expect(expected).toContainEqual(
    expect.objectContaining({ type: 'connection_closed', connection: 1, convergedFrameNo: 4 }),
  );
});

it('a connection that is not open has a mark and no frames', () => {
  const decoder = new CaptureDecoder({ ...limits, redactor: { secretKeys: null } });
  const [chunk] = new TapScript().bytes(7, 'gateway', HELLO).events;
  const records = decoder.accept(chunk as DecodedEvent);
  expect(records.map(unpackMark)).toEqual([{ unfinishedBytes: 0, convergedFrameNo: null }]);
  expect(newRecorder().accept(chunk!)).toEqual([]);
});

it('the mark after an event says what is unfinished of its sender, and nothing is decoded after the end', () => {
  const decoder = new CaptureDecoder({ ...limits, redactor: { secretKeys: null } });
  const { events } = new TapScript()
    .open(1)
    .bytes(1, 'gateway', HELLO.subarray(0, 5))
    .converged(1, 1)
    .gap(1, 'client', 1)
    .bytes(1, 'gateway', HELLO.subarray(5, 9))
    .end(1)
    .bytes(1, 'gateway', HELLO);
  const records = events.map((event) => decoder.accept(copied(event) as DecodedEvent));
  const unfinished = records.map((each) => each.map(unpackMark).at(-1)?.unfinishedBytes);
  expect(unfinished).toEqual([0, 5, 0, 0, 9, 0, 0]);
  expect(records.map(({ length }) => length)).toEqual([1, 1, 1, 1, 1, 2, 1]);
});

it('bytes that may hide secrets leave the thread only where nothing is masked', () => {
  const { events } = new TapScript().open(1).gateway(1, ['binary', new Uint8Array(10).fill(7)]);
  const rawBytes = (redaction: Redaction): number[] => {
    const decoder = new CaptureDecoder({ ...limits, redactor: { secretKeys: findSecretKeys(redaction) } });
    return events.flatMap((event) =>
      decoder.accept(copied(event) as DecodedEvent).map(({ raw }) => raw?.length ?? 0),
    );
  };
  expect(rawBytes('secrets')).toEqual([0, 0, 0]);
  expect(rawBytes('none')).toEqual([0, 10, 0]);
});
