/** What a database says was recorded, in the words of the scripted gateway's log, for comparing the two. */
import { expect } from 'vitest';
import type { LoggedFrame, ScriptedGateway } from './scripted-gateway.js';
import { rowsOf } from './stores.js';

/** A frame as both sides can tell it. */
type ComparedFrame = Omit<LoggedFrame, 'text'>;

/** Frames of the database, connections numbered from 1 in their order. */
export function recordedFrames(path: string): ComparedFrame[] {
  const rows = rowsOf(
    path,
    `SELECT dense_rank() OVER (ORDER BY connection_id) AS connection, sender, kind,
            wire_bytes AS wireBytes, payload_bytes AS payloadBytes
     FROM frame JOIN frame_type ON frame_type.id = type_id
     ORDER BY connection_id, frame_no`,
  );
  return rows as unknown as ComparedFrame[];
}

/** Fails unless every frame of the gateway's log is in the database, of both senders, in order, and none else. */
export function expectAllRecorded(gateway: ScriptedGateway, path: string): void {
  const logged = gateway.frames.map(
    ({ connection, sender, kind, wireBytes, payloadBytes }): ComparedFrame => ({
      connection,
      sender,
      kind,
      wireBytes,
      payloadBytes,
    }),
  );
  // Each sender's frames are in order; their interleaving depends on the place of observation.
  expect(bySender(recordedFrames(path))).toEqual(bySender(logged));
}

function bySender(frames: readonly ComparedFrame[]): Record<LoggedFrame['sender'], ComparedFrame[]> {
  const ordered = [...frames].sort((a, b) => a.connection - b.connection);
  return {
    client: ordered.filter((frame) => frame.sender === 'client'),
    gateway: ordered.filter((frame) => frame.sender === 'gateway'),
  };
}

/** Sums over the gateway's log, as a recorder's summary should give them. */
export function loggedSums(gateway: ScriptedGateway): Record<string, number> {
  const payloadBytes = gateway.frames.flatMap((frame) => frame.payloadBytes ?? []);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return {
    connections: gateway.peers.length,
    frames: gateway.frames.length,
    payloads: payloadBytes.length,
    undecodable: 0,
    gaps: 0,
    unrecordedBytes: 0,
    restarts: 0,
    wireBytes: sum(gateway.frames.map((frame) => frame.wireBytes)),
    payloadBytes: sum(payloadBytes),
  };
}
