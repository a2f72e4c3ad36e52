import { describe, expect, it } from 'vitest';
import { parseFault } from '../../../src/config/fault-spec.js';
import { FaultPlan } from '../../../src/replay/faults/plan.js';

describe('a fault plan', () => {
  it('gives what acts on a kind of thing, and forgets what has acted', () => {
    const plan = new FaultPlan(1);
    plan.arm(parseFault('duplicate'), true);
    plan.arm(parseFault('reset'), true);
    expect(plan.taking('ACK', true)).toEqual([]);
    expect(plan.taking('dispatch', true).map(({ fault }) => fault.name)).toEqual(['duplicate']);
    expect(plan.isEmpty).toBe(false);
    expect(plan.taking('connection', true)).toHaveLength(1);
    expect(plan.isEmpty).toBe(true);
  });

  it('draws random numbers only for faults with a chance', () => {
    const plan = new FaultPlan(1);
    plan.arm(parseFault('duplicate@p=1'), false);
    expect(plan.taking('dispatch', false)).toEqual([]);
    expect(plan.taking('dispatch', true)).toHaveLength(1);
  });

  it('wakes for the earliest age', () => {
    const plan = new FaultPlan(1);
    expect(plan.awaitedAgeUs).toBeNull();
    plan.arm(parseFault('reset@t=2'), false);
    plan.arm(parseFault('reset@t=1'), false);
    expect(plan.awaitedAgeUs).toBe(1_000_000);
    plan.seeAge(1_000_000);
    expect(plan.awaitedAgeUs).toBe(2_000_000);
  });

  it('gives each fault numbers of its own: one more changes nothing about the others', () => {
    const draws = (...specs: string[]): boolean[] => {
      const plan = new FaultPlan(3);
      for (const spec of specs) plan.arm(parseFault(spec), false);
      return Array.from({ length: 100 }, () =>
        plan.taking('dispatch', true).some(({ fault }) => fault.name === 'duplicate'),
      );
    };
    expect(draws('duplicate@p=0.5', 'skip-seq@p=0.5')).toEqual(draws('duplicate@p=0.5'));
  });
});
