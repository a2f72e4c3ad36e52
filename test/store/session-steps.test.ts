import { describe, expect, it } from 'vitest';
import { attached, closed, frame, opened, START_US } from '../support/capture/records.js';
import { readerOf } from '../support/stores.js';
import { TWO_SHARDS } from '../support/capture/samples.js';

describe('steps of a session', () => {
  it('give their steps in the order of the wire, closes where they happened', () => {
    const steps = [...readerOf(TWO_SHARDS).sessionSteps(1)];
    expect(
      steps.map((step) =>
        step.type === 'payload'
          ? [step.connectionId, step.sender, step.op, step.event]
          : [step.connectionId, step.closedBy, step.code],
      ),
    ).toEqual([
      [1, 'gateway', 10, null],
      [1, 'client', 2, null],
      [1, 'gateway', 0, 'READY'],
      [1, 'gateway', 4000],
      [3, 'client', 6, null],
      [3, 'gateway', 0, 'RESUMED'],
      [3, 'client', 1000],
    ]);
    expect(steps[2]).toMatchObject({ type: 'payload', seq: 1, atUs: START_US + 3, frameId: 3 });
  });

  it('do not take the close of a connection that a later session took over', () => {
    const reader = readerOf([
      opened(),
      attached(),
      frame({ session: 1, op: 9, event: null, seq: null }),
      attached({ session: 2, atUs: START_US + 1 }),
      frame({ session: 2, frameNo: 2 }),
      closed(),
    ]);
    expect([...reader.sessionSteps(1)].map(({ type }) => type)).toEqual(['payload']);
    expect([...reader.sessionSteps(2)].map(({ type }) => type)).toEqual(['payload', 'close']);
  });
});
