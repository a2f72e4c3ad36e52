/**
 * Faults of the mock in time that passes at once: each that a rule can see is seen by that rule, and by no other, of any
 * severity. What damages bytes, and a real recorder: integration/lint-faults.test.ts.
 */
import { describe, expect, it } from 'vitest';
import { FAULT_NAMES } from '../../src/config/fault-spec.js';
import { lintFaults } from '../support/lint-client.js';
import { dispatch, readySession } from '../support/capture/steps.js';

const SECOND_US = 1_000_000;
/** Two dispatches close to each other, as a swap needs, then one every five seconds for five minutes. */
const RECORDING = readySession(
  dispatch(SECOND_US, 2, 'GUILD_UPDATE'),
  dispatch(1.1 * SECOND_US, 3, 'GUILD_UPDATE'),
  ...Array.from({ length: 60 }, (_, index) =>
    dispatch(5 * SECOND_US * (index + 1), index + 4, 'GUILD_UPDATE'),
  ),
);
const SECONDS = 400;

/** What a client leads to that leaves what is dead, and one that stays. */
const CASES: readonly (readonly [faults: string, leaves: readonly string[], stays: readonly string[]])[] = [
  // What a gateway may do is no breach.
  ['reconnect', [], ['error rs-op7-ignored']],
  ['invalid-session:true', [], []],
  ['invalid-session:false', [], []],
  ['close:4000', [], []],
  ['heartbeat-request', [], []],
  ['big-ready:64KiB', [], []],
  ['resume-refused', [], []],
  ['resume-refused reset', ['info cl-no-frame'], ['info cl-no-frame']],
  ['resume-refused close:4000', [], []],
  ['api-503', [], []],
  // Nor is what lasts no longer than a network may.
  ['delay:500', [], []],
  ['stall:60', [], []],
  ['close:4002', ['error cl-server-blames'], ['error cl-server-blames']],
  ['close:4009', ['warning rs-after-fatal'], ['warning rs-after-fatal']],
  ['reset', ['info cl-no-frame'], ['info cl-no-frame']],
  ['drop-ack', ['warning hb-ack-missing'], ['warning hb-ack-missing', 'info hb-zombie-kept']],
  ['delay:15000', ['warning hb-ack-missing'], ['warning hb-ack-missing']],
  ['stall:120', [], ['warning hb-zombie-kept']],
  [
    'stall:40@t=0',
    ['warning gw-no-ready', 'info ef-slow-start'],
    ['warning gw-no-ready', 'info ef-slow-start'],
  ],
  ['duplicate', ['info gw-seq-duplicate'], ['info gw-seq-duplicate']],
  ['skip-seq', ['error gw-seq-gap'], ['error gw-seq-gap']],
  ['reorder', ['error gw-seq-back'], ['error gw-seq-back']],
];

/** Faults that damage bytes, which this has none of. */
const OF_BYTES = ['corrupt-stream', 'no-flush-suffix', 'split-message'];

describe('the faults', () => {
  it.each(CASES)('%s', (faults, ...expected) => {
    const found = [true, false].map((leaves) =>
      lintFaults(RECORDING, faults.split(' '), SECONDS, { leaves }).findings.map(
        ({ severity, rule }) => `${severity} ${rule}`,
      ),
    );
    expect(found).toEqual(expected);
  });

  it('are all here, and none of them is a clean recording', () => {
    const names = new Set([...CASES.flatMap(([faults]) => faults.split(' ')), ...OF_BYTES]);
    expect(FAULT_NAMES.filter((name) => ![...names].some((spec) => spec.split(':')[0] === name))).toEqual([]);
    expect(lintFaults(RECORDING, [], SECONDS)).toMatchObject({ findings: [], checked: { connections: 1 } });
  });
});
