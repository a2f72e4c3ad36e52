/** A budget of decompression: what a message, time and others that share it add to it and take from it. */
import { describe, expect, it } from 'vitest';
import { BOUNDS } from '../../src/wire/bounds.js';
import { InflateBudget } from '../../src/wire/inflate-budget.js';

const { inflateGrant, inflateRatio, inflateRefill, inflateBlock } = BOUNDS;
const SECOND_US = 1_000_000;
const BASE = 1_000;
const MOST = 2 ** 30;

/** A budget of which nothing is left. */
function usedUp(base = BASE): InflateBudget {
  const budget = new InflateBudget(MOST, base);
  expect(budget.spend(base)).toBe(true);
  return budget;
}

describe('a budget', () => {
  it('allows as much output as it has, and not a byte more', () => {
    const budget = new InflateBudget(MOST, BASE);
    expect([budget.left, budget.spend(BASE - 1), budget.left]).toEqual([BASE, true, 1]);
    expect([budget.spend(1), budget.left, budget.spend(1), budget.left]).toEqual([true, 1, false, 1]);
  });

  it('is raised by each message, up to the longest payload', () => {
    const budget = usedUp();
    budget.earn(10);
    expect(budget.left).toBe(inflateGrant + 10 * inflateRatio);
    budget.earn(MOST);
    expect(budget.left).toBe(MOST);
    const small = new InflateBudget(1, BASE);
    small.earn(10);
    expect(small.left).toBe(BASE);
  });

  it('is filled by time up to its beginning, and not by a clock that goes back', () => {
    const base = inflateRefill * 2;
    const budget = usedUp(base);
    budget.refill(5 * SECOND_US); // the first time counts from there on
    expect(budget.left).toBe(1);
    budget.refill(5.5 * SECOND_US);
    expect(budget.left).toBe(inflateRefill / 2);
    budget.refill(5 * SECOND_US);
    budget.refill(5.5 * SECOND_US);
    expect(budget.left).toBe(inflateRefill / 2);
    budget.refill(60 * SECOND_US);
    expect(budget.left).toBe(base);
    budget.earn(inflateRefill);
    const raised = budget.left;
    budget.refill(90 * SECOND_US);
    expect(budget.left).toBe(raised);
  });

  it('takes what the tables of a block cost', () => {
    const budget = new InflateBudget(MOST, inflateBlock);
    expect([budget.spendBlock(), budget.spendBlock()]).toEqual([true, false]);
  });
});

describe('a budget that many share', () => {
  it('is used up by all of them together, and one that asks for too much takes nothing from what others earn', () => {
    const shared = new InflateBudget(MOST, BASE);
    const [one, other] = [shared, shared].map((of) => new InflateBudget(MOST, MOST, of));
    expect([one?.spend(600), other?.left, other?.spend(600)]).toEqual([true, 400, false]);
    expect([shared.left, one?.left]).toEqual([1, 1]);
    one?.earn(1);
    expect([shared.left, other?.left]).toEqual([inflateGrant + inflateRatio, inflateGrant + inflateRatio]);
    expect(other?.spend(inflateGrant + inflateRatio)).toBe(true);
  });

  it('does not save one whose own is used up', () => {
    const one = new InflateBudget(MOST, BASE, new InflateBudget(MOST, MOST));
    expect([one.left, one.spend(BASE), one.spend(1)]).toEqual([BASE, true, false]);
  });
});
