import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GatewayAction } from '../../../src/replay/gateway-side/actions.js';
import { Outbox } from '../../../src/replay/faults/faulty-peer.js';

const action = (peer: number): GatewayAction => ({ type: 'ping', peer });

describe('an outbox', () => {
  it('hands on at once what nothing holds back', () => {
    const outbox = new Outbox();
    expect(outbox.push(action(1), 5)).toEqual([action(1)]);
    expect(outbox.dueAtUs).toBeNull();
  });

  it('holds back until the latest of the given times', () => {
    const outbox = new Outbox();
    outbox.holdUntil(100);
    outbox.holdUntil(50);
    expect(outbox.push(action(1), 5)).toEqual([]);
    expect(outbox.dueAtUs).toBe(100);
    expect(outbox.release(99)).toEqual([]);
    expect(outbox.release(100)).toEqual([action(1)]);
  });

  it('gives everything out once, in order, and never early', () => {
    const step = fc.record({
      afterUs: fc.nat(50),
      lagUs: fc.option(fc.nat(100), { nil: null }),
      holdUs: fc.option(fc.nat(100), { nil: null }),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const outbox = new Outbox();
        const given: GatewayAction[] = [];
        let nowUs = 0;
        for (const [index, { afterUs, lagUs, holdUs }] of steps.entries()) {
          nowUs += afterUs;
          if (lagUs !== null) outbox.lagBy(lagUs);
          if (holdUs !== null) outbox.holdUntil(nowUs + holdUs);
          given.push(...outbox.release(nowUs), ...outbox.push(action(index), nowUs));
          expect(outbox.dueAtUs ?? Infinity).toBeGreaterThan(nowUs);
        }
        given.push(...outbox.release(nowUs + 1000));
        expect(given).toEqual(steps.map((_, index) => action(index)));
      }),
    );
  });
});
