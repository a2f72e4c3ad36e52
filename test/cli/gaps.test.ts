/** `gaps` and `observations`: lists with filters, and the frame that an observation is about. */
import { describe, expect, it } from 'vitest';
import type { CaptureRecord } from '../../src/capture/records.js';
import { runHere } from '../support/command-line.js';
import { attached, frame, opened, START_US } from '../support/capture/records.js';
import { storeRecords } from '../support/stores.js';

const gap = (connection: number, fromUs: number): CaptureRecord => ({
  type: 'gap',
  connection,
  sender: 'gateway',
  fromUs,
  untilUs: fromUs + 2_000_000,
  bytes: 4096,
});

const observation = (frameNo: number, name: string): CaptureRecord => ({
  type: 'observation',
  connection: 1,
  session: 1,
  frameNo,
  atUs: START_US,
  name,
  detail: `frame ${frameNo}`,
});

function remarks(): string {
  return storeRecords([
    opened(),
    opened({ connection: 2 }),
    attached(),
    frame({ session: 1 }),
    frame({ session: 1, frameNo: 2 }),
    observation(2, 'seq_gap'),
    observation(9, 'unknown_opcode'),
    gap(1, START_US),
    gap(2, START_US + 60_000_000),
  ]);
}

const rowsOf = async (...args: string[]): Promise<unknown> => {
  const { stdout, stderr, exitCode } = await runHere([...args, '--format', 'json']);
  expect([stderr, exitCode]).toEqual(['', 0]);
  return JSON.parse(stdout);
};

describe('gatetape gaps', () => {
  it('lists unrecorded bytes by connection, session and time', async () => {
    const db = remarks();
    const all = [
      {
        id: 1,
        captureId: 1,
        connectionId: 1,
        sender: 'gateway',
        fromUs: START_US,
        untilUs: START_US + 2_000_000,
        bytes: 4096,
      },
      { id: 2, connectionId: 2, fromUs: START_US + 60_000_000 },
    ];
    expect(await rowsOf('gaps', '--db', db)).toMatchObject(all);
    expect(await rowsOf('gaps', '--db', db, '--session', '1')).toMatchObject([all[0]!]);
    expect(await rowsOf('gaps', '--db', db, '--connection', 'latest')).toMatchObject([all[1]!]);
    // A gap counts where any part of it lies in the span.
    expect(await rowsOf('gaps', '--db', db, '--since', String(START_US + 2_000_000))).toHaveLength(2);
    expect(await rowsOf('gaps', '--db', db, '--since', String(START_US + 2_000_001))).toHaveLength(1);
    expect(await rowsOf('gaps', '--db', db, '--limit', '1')).toMatchObject([all[1]!]);
  });
});

describe('gatetape observations', () => {
  it('lists observations with their frame', async () => {
    const db = remarks();
    const all = [
      {
        id: 1,
        connectionId: 1,
        sessionId: 1,
        frameNo: 2,
        frameId: 2,
        atUs: START_US,
        name: 'seq_gap',
        detail: 'frame 2',
      },
      {
        id: 2,
        connectionId: 1,
        sessionId: 1,
        frameNo: 9,
        frameId: null,
        atUs: START_US,
        name: 'unknown_opcode',
        detail: 'frame 9',
      },
    ];
    expect(await rowsOf('observations', '--db', db)).toEqual(all);
    expect(await rowsOf('observations', '--db', db, '--name', 'unknown_opcode')).toEqual([all[1]]);
    expect(await rowsOf('observations', '--db', db, '--connection', '2')).toEqual([]);
    const { stderr, exitCode } = await runHere(['observations', '--db', db, '--name', 'seq_gapp']);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('--name is "seq_gapp"')]);
  });
});
