import { describe, expect, it } from 'vitest';
import { frame, opened, START_US } from '../support/capture/records.js';
import { readerOf } from '../support/stores.js';
import { TWO_SHARDS } from '../support/capture/samples.js';

describe('sessions', () => {
  it('are listed with the names that scripts rely on', () => {
    expect(readerOf(TWO_SHARDS).sessions()).toEqual([
      {
        id: 1,
        sessionAlias: 'redacted:a',
        userId: '80',
        shard: [0, 2],
        library: 'lib 1',
        connections: 2,
        resumes: 1,
        frames: 7,
        firstAtUs: START_US + 1,
        lastAtUs: START_US + 70_000_001,
        lastSeq: 2,
        closeCode: 1000,
        service: 'gateway',
      },
      expect.objectContaining({
        id: 2,
        shard: [1, 2],
        connections: 1,
        resumes: 0,
        frames: 1,
        closeCode: null,
        service: 'gateway',
      }),
    ]);
  });
});

describe('connections', () => {
  it('have the session of their frames where none began or was resumed on them', () => {
    const reader = readerOf([
      ...TWO_SHARDS,
      opened({ connection: 4 }),
      frame({ connection: 4, frameNo: 1, op: 7, event: null, seq: null }),
      { type: 'session_returned', session: 1, connection: 4, atUs: START_US + 80_000_000 },
      opened({ connection: 5 }),
      frame({ connection: 5, frameNo: 1, op: 10, event: null, seq: null }),
    ]);
    expect(reader.connections().map(({ id, sessionId }) => [id, sessionId])).toEqual([
      [1, 1],
      [2, 2],
      [3, 1],
      [4, 1],
      [5, null],
    ]);
    expect(reader.connections({ session: 1 }).map(({ id }) => id)).toEqual([1, 3, 4]);
    expect(reader.sessions()).toMatchObject([
      { connections: 3, resumes: 1 },
      { connections: 1, resumes: 0 },
    ]);
  });

  it('are listed with transport, relay mode, close and sums', () => {
    const [first, , third] = readerOf(TWO_SHARDS).connections();
    expect(first).toEqual({
      id: 1,
      captureId: 1,
      sessionId: 1,
      openedAtUs: START_US,
      closedAtUs: START_US + 6,
      path: '/?v=10&encoding=json&compress=zlib-stream',
      upstreamUrl: 'wss://gateway.example/?v=10&encoding=json',
      transport: { version: 10, encoding: 'json', compress: 'zlib-stream' },
      extensions: null,
      userAgent: null,
      clientTls: false,
      upstreamTls: true,
      upgradeStatus: 101,
      repeats: 0,
      relayMode: 'verbatim',
      convergedFrameNo: null,
      closeCode: 4000,
      closeReason: '',
      closedBy: 'gateway',
      frames: 3,
      wireBytes: 900 + 2 * 42,
      payloadBytes: 2000 + 2 * 42,
      firstAtUs: START_US + 1,
      lastAtUs: START_US + 3,
      service: 'gateway',
    });
    expect(third).toMatchObject({ sessionId: 1, frames: 4, closeCode: 1000, closedBy: 'client' });
  });
});
