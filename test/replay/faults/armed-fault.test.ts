import { describe, expect, it } from 'vitest';
import { parseFault } from '../../../src/config/fault-spec.js';
import { ArmedFault, type PassingPayload } from '../../../src/replay/faults/plan.js';

const arm = (spec: string, seed = 1, ordinal = 0): ArmedFault =>
  new ArmedFault(parseFault(spec), seed, ordinal);
const seen = (sighting: Partial<PassingPayload>): PassingPayload => ({
  op: 0,
  event: null,
  seq: null,
  isAfterReady: false,
  ...sighting,
});

describe('an armed fault', () => {
  it.each([
    ['reset@seq=3', { event: 'A', seq: 3 }, { event: 'A', seq: 2 }],
    ['reset@op=8', { op: 8 }, { op: 3 }],
    ['reset@event=MESSAGE_*', { event: 'MESSAGE_CREATE', seq: 9 }, { op: 11 }],
    ['reset', { event: 'A', isAfterReady: true }, { event: 'READY' }],
    ['drop-ack', { event: 'READY' }, { event: 'A', isAfterReady: true }],
  ])('%s is due from what it waits for on', (spec, right, wrong) => {
    const armed = arm(spec);
    armed.see(seen(wrong));
    expect(armed.takes()).toBe(false);
    armed.see(seen(right));
    armed.see(seen(wrong));
    expect(armed.takes()).toBe(true);
  });

  it('acts once', () => {
    const armed = arm('reset@op=1');
    armed.see(seen({ op: 1 }));
    expect([armed.takes(), armed.takes(), armed.isSpent]).toEqual([true, false, true]);
  });

  it('acts repeatedly if the catalogue says so', () => {
    const armed = arm('resume-refused');
    expect([armed.takes(), armed.takes(), armed.isSpent]).toEqual([true, true, false]);
  });

  it('is due at an age', () => {
    const armed = arm('reset@t=1.5');
    expect(armed.awaitedAgeUs).toBe(1_500_000);
    armed.seeAge(1_499_999);
    expect(armed.takes()).toBe(false);
    armed.seeAge(1_500_000);
    expect([armed.awaitedAgeUs, armed.takes()]).toEqual([null, true]);
  });

  it('draws with its chance, from numbers of its own', () => {
    const draw = (armed: ArmedFault): boolean[] => Array.from({ length: 2000 }, () => armed.takes());
    const draws = draw(arm('reset@p=0.1'));
    expect(draws.filter(Boolean).length).toBeGreaterThan(140);
    expect(draws.filter(Boolean).length).toBeLessThan(260);
    expect(draw(arm('reset@p=0.1'))).toEqual(draws);
    expect(draw(arm('reset@p=0.1', 1, 1))).not.toEqual(draws);
  });
});
