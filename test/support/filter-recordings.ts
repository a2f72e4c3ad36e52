/** Arbitrary recordings for filters: frames of two captures, in which what filterArb (filters.ts) looks for occurs. */
import fc from 'fast-check';
import type { CaptureRecord } from '../../src/capture/records.js';
import type { FilterFrame } from '../../src/filter/evaluate.js';
import { contentArb, FIRST_US, type FrameContent } from './filter-frames.js';
import { attached, facts, frame, opened } from './capture/records.js';
import { captureInfo, recordingStore } from './stores.js';

/** Two captures with two connections each; the last has no session. */
export const PLACES = [
  { captureId: 1, connectionId: 1, service: 'gateway', sessionId: 1, shardId: 0 },
  { captureId: 1, connectionId: 2, service: 'fluxer', sessionId: 2, shardId: null },
  { captureId: 2, connectionId: 3, service: 'gateway', sessionId: 3, shardId: 3 },
  { captureId: 2, connectionId: 4, service: 'remote-auth', sessionId: null, shardId: null },
] as const;

const URLS = {
  gateway: 'wss://gateway.discord.gg/?v=10&encoding=json',
  fluxer: 'wss://gateway.fluxer.app/?v=1',
  'remote-auth': 'wss://remote-auth-gateway.discord.gg/?v=2',
} as const;

/** What `latest` is there. */
export const LATEST = { session: 3, connection: 4, capture: 2 };

/** Frames in the order of their ids. */
export const recordingArb = fc
  .array(fc.tuple(contentArb, fc.nat({ max: 3 }), fc.nat({ max: 120_000_000 })), {
    minLength: 8,
    maxLength: 40,
  })
  .map((frames) =>
    // A capture's frames come one after the other.
    frames
      .map(([content, place, afterUs]) => ({ ...content, ...PLACES[place]!, atUs: FIRST_US + afterUs }))
      .sort((one, other) => one.captureId - other.captureId)
      .map((content, index): FilterFrame => ({ id: index + 1, ...content })),
  );

function recordsOf(frames: readonly FilterFrame[], capture: 1 | 2): CaptureRecord[] {
  const places = PLACES.filter(({ captureId }) => captureId === capture);
  return [
    ...places.map(({ connectionId, service }) =>
      opened({ connection: connectionId, atUs: FIRST_US, upstreamUrl: URLS[service] }),
    ),
    ...places.flatMap(({ connectionId, sessionId, shardId }) =>
      sessionId === null
        ? []
        : [
            attached({ session: sessionId, connection: connectionId, atUs: FIRST_US }),
            facts({ session: sessionId, atUs: FIRST_US, shard: shardId === null ? null : [shardId, 4] }),
          ],
    ),
    ...frames
      .filter(({ captureId }) => captureId === capture)
      .map(({ connectionId, sessionId, id, atUs, ...content }) =>
        frame({
          connection: connectionId,
          session: sessionId,
          frameNo: id,
          atUs,
          ...fieldsOf(content),
        }),
      ),
  ];
}

function fieldsOf(content: FrameContent): object {
  const { sender, kind, status, op, event, seq, wireBytes, payloadBytes, payloadText, closeCode } = content;
  const body = payloadText === null ? null : Buffer.from(payloadText);
  const raw = closeCode === null ? null : Buffer.from([closeCode >> 8, closeCode & 255, 0x78]);
  return { sender, kind, status, op, event, seq, wireBytes, payloadBytes, body, raw };
}

/** Writes frames to a new database, and closes it. */
export function recordFrames(path: string, frames: readonly FilterFrame[]): void {
  const store = recordingStore(path);
  store.append(recordsOf(frames, 1));
  store.beginCapture(captureInfo);
  store.append(recordsOf(frames, 2));
  store.close();
}
