/**
 * Playbook for the recorder: a script of tap events and the records they must lead to, in short.
 *
 * Every script is played three times: whole, with its chunks cut into single bytes, and with neighbouring chunks
 * of one sender joined; the records have to be the same, but for times.
 */
import { expect } from 'vitest';
import { CaptureRecorder } from '../../src/capture/recorder.js';
import type { CaptureRecord, FrameRecord } from '../../src/capture/records.js';
import type { TapEvent } from '../../src/capture/tap.js';
import type { Redaction } from '../../src/gateway/redact/redact.js';
import { inPieces } from './splits.js';
import type { TapScript } from './capture/tap-events.js';

/** Placeholder that shows its secret, for tests; hex, as the store's are. */
export const placeholder = (secret: string): string =>
  `redacted:${Buffer.from(secret)
    .reduce((sum, byte) => (sum * 31 + byte) % 0xffffffff, 7)
    .toString(16)
    .padStart(8, '0')}`;

/** Recorder with a small limit for payloads. */
export function newRecorder(redaction: Redaction = 'secrets', maxPayloadBytes = 65_536): CaptureRecorder {
  return new CaptureRecorder({ redaction, placeholder, maxPayloadBytes, maxBodyBytes: 65_536 });
}

/** All records of a list of events; chunks are copied, since the recorder may change them. */
export function record(
  events: readonly TapEvent[],
  recorder: CaptureRecorder = newRecorder(),
): CaptureRecord[] {
  return events.flatMap((event) =>
    recorder.accept(event.type === 'chunk' ? { ...event, bytes: Buffer.from(event.bytes) } : event),
  );
}

/** The same events with every chunk cut into single bytes. */
export function byteByByte(events: readonly TapEvent[]): TapEvent[] {
  return events.flatMap((event): TapEvent[] =>
    event.type === 'chunk' ? inPieces(event.bytes, 1).map((bytes) => ({ ...event, bytes })) : [event],
  );
}

/** A record in one line, without times. */
export function inShort(record: CaptureRecord): string {
  switch (record.type) {
    case 'frame':
      return frameInShort(record);
    case 'connection_opened':
      return `open ${record.connection} ${record.path}`;
    case 'connection_closed':
      return `close ${record.connection} ${String(record.closeCode)} ${JSON.stringify(record.closeReason)} by ${record.closedBy} ${record.relayMode} ${String(record.convergedFrameNo)}`;
    case 'session_attached':
      return `${record.isResume ? 'resume' : 'attach'} ${record.session} on ${record.connection}`;
    case 'session_refused':
      return `refused ${record.session} on ${record.connection}`;
    case 'session_returned':
      return `returned ${record.connection} to ${record.session}`;
    case 'session_facts':
      return `facts ${record.session}`;
    case 'heartbeat':
      return `heartbeat ${record.ackedAtUs === null ? 'missed' : 'acked'}`;
    case 'observation':
      return `note ${record.name}`;
    case 'exchange':
      return `exchange ${record.method} ${record.path} ${String(record.status)} ${String(record.fault)}`;
    case 'gap':
      return `gap ${record.sender} ${record.bytes}`;
  }
}

/** Frames among records. */
export function framesOf(records: readonly CaptureRecord[]): FrameRecord[] {
  return records.filter((record) => record.type === 'frame');
}

/** Plays a script in three cuts and compares its records with `expected`, line by line. */
export function play(script: TapScript, expected: readonly string[]): void {
  expect(record(script.events).map(inShort)).toEqual(expected);
  expect(record(byteByByte(script.events)).map(inShort)).toEqual(expected);
}

function frameInShort(frame: FrameRecord): string {
  const what = frame.op === null ? frame.status : `op ${frame.op}`;
  const session = frame.session === null ? '' : ` in ${frame.session}`;
  return [`#${frame.frameNo}`, frame.sender, frame.kind, what, frame.event ?? '', `${frame.wireBytes}b`]
    .filter((part) => part !== '')
    .join(' ')
    .concat(session);
}
