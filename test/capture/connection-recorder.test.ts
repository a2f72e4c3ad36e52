/** One connection: frames of both senders in one count, closes, heartbeats, and ends of every kind. */
import { describe, expect, it } from 'vitest';
import { ConnectionRecorder } from '../../src/capture/connection-recorder.js';
import type { CaptureRecord } from '../../src/capture/records.js';
import { Redactor } from '../../src/gateway/redact/redact.js';
import { SessionTracker } from '../../src/gateway/session/session.js';
import { HeldBytes } from '../../src/wire/held-bytes.js';
import { framesOf, inShort, placeholder } from '../support/capture-playbook.js';
import { handshake, socketBytes } from '../support/capture/tap-events.js';

function newConnection(): {
  connection: ConnectionRecorder;
  records: CaptureRecord[];
  lines: () => string[];
} {
  const records: CaptureRecord[] = [];
  const connection = new ConnectionRecorder(5, handshake(), {
    sessions: new SessionTracker(),
    redactor: new Redactor({ redaction: 'secrets', placeholder }),
    maxPayloadBytes: 1000,
    held: new HeldBytes(),
    isLive: true,
    report: () => undefined,
  });
  return { connection, records, lines: () => records.splice(0).map(inShort) };
}

const END = { atUs: 9, endedBy: 'gateway', relayMode: 'verbatim' } as const;

describe('ConnectionRecorder', () => {
  it('remembers its credentials while it is open, however many others come', () => {
    const redactor = new Redactor({ redaction: 'secrets', placeholder });
    const [header, token, session] = ['header', 'identify', 'ready'].map(
      (what) => `${what}-0123456789abcdef`,
    );
    const context = {
      sessions: new SessionTracker(),
      redactor,
      maxPayloadBytes: 1000,
      held: new HeldBytes(),
      isLive: true,
      report: () => undefined,
    };
    const connection = new ConnectionRecorder(5, handshake({ secrets: [header ?? ''] }), context);
    const records: CaptureRecord[] = [];
    connection.chunk('client', 1, socketBytes('client', { op: 2, d: { token, properties: {} } }), records);
    const ready = { op: 0, t: 'READY', s: 1, d: { session_id: session, user: { id: '1' } } };
    connection.chunk('gateway', 2, socketBytes('gateway', ready), records);
    const crowd = (): void => {
      for (let n = 0; n < 3000; n += 1) redactor.learn([`another-credential-${n}`]);
    };
    crowd();
    const all = { op: 99, d: `${header} ${token} ${session}` };
    connection.chunk('client', 3, socketBytes('client', all), records);
    const frame = framesOf(records).at(-1);
    expect(frame?.op).toBe(99);
    expect(Buffer.from(frame?.body ?? []).toString()).not.toMatch(/0123456789abcdef/);
    connection.end(END, records);
    crowd();
    expect(redactor.text(`${header}`)).toBe(header);
  });

  it('counts the frames of both senders together', () => {
    const { connection, records, lines } = newConnection();
    connection.chunk('gateway', 1, socketBytes('gateway', { op: 7 }, ['ping', '']), records);
    connection.chunk('client', 2, socketBytes('client', ['pong', '']), records);
    expect(lines()).toEqual([
      '#1 gateway text op 7 8b',
      '#2 gateway ping control 0b',
      '#3 client pong control 0b',
    ]);
  });

  it('takes the code and reason of the first close, and its sender as who closed', () => {
    const { connection, records, lines } = newConnection();
    connection.chunk('client', 1, socketBytes('client', ['close', Buffer.from([0x0f, 0xa0])]), records);
    connection.chunk(
      'gateway',
      2,
      socketBytes('gateway', ['close', Buffer.from('\x03\xe8x', 'latin1')]),
      records,
    );
    lines();
    connection.end(END, records);
    expect(lines()).toEqual(['close 5 4000 "" by client verbatim null']);
  });

  it('distinguishes an empty close frame from a missing one', () => {
    const empty = newConnection();
    empty.connection.chunk('gateway', 1, socketBytes('gateway', ['close', '']), empty.records);
    empty.connection.end(END, empty.records);
    expect(empty.lines().at(-1)).toBe('close 5 null "" by gateway verbatim null');
    const none = newConnection();
    none.connection.end({ ...END, endedBy: 'client' }, none.records);
    expect(none.lines()).toEqual(['close 5 null null by client verbatim null']);
  });

  it('keeps half a frame as truncated when the socket ends', () => {
    const { connection, records, lines } = newConnection();
    connection.chunk('client', 1, socketBytes('client', { op: 1, d: 251 }).subarray(0, 12), records);
    connection.end(END, records);
    expect(lines()).toEqual(['#1 client text truncated 6b', 'close 5 null null by gateway verbatim null']);
  });

  it('pairs heartbeats of either opcode with their ACKs, at their times', () => {
    const { connection, records } = newConnection();
    connection.chunk('client', 10, socketBytes('client', { op: 1, d: null }), records);
    connection.chunk('client', 20, socketBytes('client', { op: 40, d: { seq: null } }), records);
    connection.chunk('gateway', 30, socketBytes('gateway', { op: 1 }, { op: 11 }, { op: 11 }), records);
    expect(records.filter(({ type }) => type === 'heartbeat')).toEqual([
      { type: 'heartbeat', connection: 5, session: null, sentAtUs: 10, ackedAtUs: 30 },
      { type: 'heartbeat', connection: 5, session: null, sentAtUs: 20, ackedAtUs: 30 },
    ]);
  });

  it('records the relay mode that the relay reported', () => {
    const { connection, records, lines } = newConnection();
    expect(connection.relayMode).toBe('verbatim');
    connection.converged(1);
    expect(connection.relayMode).toBe('converged');
    connection.chunk('gateway', 1, socketBytes('gateway', { op: 10 }), records);
    connection.end({ ...END, relayMode: 'reencoded' }, records);
    expect(lines().at(-1)).toBe('close 5 null null by gateway reencoded null');
  });

  it('records the observations that the relay reports at the end', () => {
    const { connection, records } = newConnection();
    connection.chunk('gateway', 1, socketBytes('gateway', { op: 10 }), records);
    connection.end({ ...END, remarks: [{ name: 'undelivered_bytes', detail: 'of the last 5' }] }, records);
    expect(records.filter((one) => one.type === 'observation' && one.name === 'undelivered_bytes')).toEqual([
      {
        type: 'observation',
        connection: 5,
        session: null,
        frameNo: 1,
        atUs: 9,
        name: 'undelivered_bytes',
        detail: 'of the last 5',
      },
    ]);
  });

  it('reports an unexpected payload shape once, without the value', () => {
    const { connection, records } = newConnection();
    const odd = { op: 1, d: 'private' };
    connection.chunk('client', 1, socketBytes('client', odd, odd, { op: 1, d: true }), records);
    connection.chunk(
      'gateway',
      1,
      socketBytes('gateway', { op: 7 }, { op: 0, t: 'X', s: 1, d: 'x' }),
      records,
    );
    const remarks = records.filter((one) => one.type === 'observation' && one.name === 'unexpected_shape');
    expect(remarks).toMatchObject([
      { frameNo: 1, detail: 'opcode 1: d is of type string, not integer or null' },
      { frameNo: 3, detail: 'opcode 1: d is of type boolean, not integer or null' },
      { frameNo: 5, detail: 'opcode 0: d is of type string, not object or array' },
    ]);
  });

  it('reports the frame number with each observation', () => {
    const { connection, records } = newConnection();
    connection.chunk('gateway', 1, socketBytes('gateway', { op: 7 }, { op: 11 }), records);
    expect(records.at(-1)).toEqual({
      type: 'observation',
      connection: 5,
      session: null,
      frameNo: 2,
      atUs: 1,
      name: 'unexpected_ack',
      detail: 'no heartbeat was open',
    });
  });
});

it('a connection that resumes belongs to the session from that frame on', () => {
  const context = {
    sessions: new SessionTracker(),
    redactor: new Redactor({ redaction: 'none', placeholder }),
    maxPayloadBytes: 1000,
    held: new HeldBytes(),
    isLive: false,
    report: () => undefined,
  };
  const [first, second] = [5, 6].map((key) => new ConnectionRecorder(key, handshake(), context));
  const records: CaptureRecord[] = [];
  const ready = { op: 0, t: 'READY', s: 1, d: { session_id: 'a' } };
  first?.chunk('client', 1, socketBytes('client', { op: 2, d: { token: 'x' } }), records);
  first?.chunk('gateway', 2, socketBytes('gateway', ready), records);
  const resume = { op: 6, d: { token: 'x', session_id: 'a', seq: 1 } };
  second?.chunk('client', 3, socketBytes('client', { op: 1, d: null }, resume), records);
  second?.chunk('gateway', 4, socketBytes('gateway', ['binary', new Uint8Array(10).fill(7)]), records);
  const frames = framesOf(records).filter(({ connection }) => connection === 6);
  expect(frames.map(({ session }) => session)).toEqual([null, 1, 1]);
  // Without a redaction bytes that could not be decoded are kept.
  expect(frames.map(({ raw }) => raw?.length ?? 0)).toEqual([0, 0, 10]);
});
