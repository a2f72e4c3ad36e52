/** Steps in bounded memory: what is folded and left out is still counted. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FlowStep } from '../../src/flow/diagram.js';
import { StepList, type NewStep } from '../../src/flow/step-list.js';

const step = (label: string, more: Partial<NewStep> = {}): NewStep => ({
  type: 'message',
  atUs: 0,
  untilUs: 0,
  from: 'gateway',
  to: 'client',
  label,
  count: 1,
  answer: null,
  tone: 'plain',
  connectionId: 1,
  frameId: null,
  wireBytes: 10,
  isLandmark: false,
  ...more,
});

const fold = (limit: number, steps: readonly NewStep[]): StepList => {
  const list = new StepList(limit);
  for (const one of steps) list.add(one);
  return list;
};

const labels = (steps: readonly FlowStep[]): readonly string[] =>
  steps.map(({ label, count }) => `${count} ${label}`);

const anyStep: fc.Arbitrary<NewStep> = fc
  .record({
    label: fc.constantFrom('A', 'B', 'C'),
    from: fc.constantFrom('client', 'gateway'),
    isLandmark: fc.boolean(),
    type: fc.constantFrom('message', 'message', 'message', 'note', 'gap'),
    answer: fc.constantFrom(null, null, '200'),
    connectionId: fc.constantFrom(1, 2),
  } as const)
  .map((facts) => step(facts.label, { ...facts, to: facts.from === 'client' ? 'gateway' : 'client' }));

describe('a step list', () => {
  it('makes equal messages in a row one step', () => {
    const steps = fold(10, [
      step('A', { atUs: 1, untilUs: 1, frameId: 7 }),
      step('A', { atUs: 5, untilUs: 5, frameId: 8 }),
      step('B'),
      step('A'),
      step('A', { connectionId: 2 }),
    ]).finish();
    expect(labels(steps)).toEqual(['2 A', '1 B', '1 A', '1 A']);
    expect(steps[0]).toMatchObject({ atUs: 1, untilUs: 5, frameId: 7, wireBytes: 20 });
  });

  it('makes different messages in a row one step above the limit, but not what changes a session', () => {
    const list = fold(4, [
      step('A'),
      step('B'),
      step('A'),
      step('READY', { isLandmark: true }),
      step('A'),
      step('B'),
      step('B'),
    ]);
    const steps = list.finish();
    expect(list).toMatchObject({ isCoarse: true, leftOut: 0 });
    expect(steps.map(({ label, kinds, count }) => [label, kinds, count])).toEqual([
      [
        '',
        [
          ['A', 2],
          ['B', 1],
        ],
        3,
      ],
      ['READY', [], 1],
      [
        '',
        [
          ['B', 2],
          ['A', 1],
        ],
        3,
      ],
    ]);
  });

  it('leaves out the middle if nothing else helps', () => {
    const names = Array.from({ length: 100 }, (_, index) => `${index}`);
    const list = fold(
      5,
      names.map((name) => step(name, { isLandmark: true })),
    );
    const steps = list.finish();
    expect(steps.map(({ label }) => label)).toEqual([
      '0',
      '1',
      '96 steps left out: 96 messages, 960 B, 0 µs',
      '98',
      '99',
    ]);
    expect(list.leftOut).toBe(96);
  });

  it('counts each message once, and keeps the limit, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 200 }), fc.integer({ min: 1, max: 30 }), (given, limit) => {
        const list = fold(limit, given);
        const steps = list.finish();
        expect(steps.length).toBeLessThanOrEqual(Math.max(3, limit));
        expect(steps.reduce((sum, { count }) => sum + count, 0)).toBe(given.length);
        expect(steps.reduce((sum, { wireBytes }) => sum + wireBytes, 0)).toBe(given.length * 10);
        for (const { kinds, count } of steps) {
          if (kinds.length > 0) expect(kinds.reduce((sum, [, times]) => sum + times, 0)).toBe(count);
        }
        expect(steps.filter(({ type }) => type === 'cut').length).toBe(list.leftOut > 0 ? 1 : 0);
      }),
    );
  });

  it('keeps as much of the time apart as the limit allows', () => {
    const seconds = Array.from({ length: 1_000 }, (_, index) => {
      const atUs = index * 1_000_000;
      return step(index % 2 === 0 ? 'A' : 'B', { atUs, untilUs: atUs });
    });
    const list = fold(100, seconds);
    const steps = list.finish();
    expect(list.leftOut).toBe(0);
    expect(steps.length).toBeGreaterThan(25);
    const spans = steps.map(({ atUs, untilUs }) => untilUs - atUs);
    expect(Math.max(...spans)).toBeLessThan(40_000_000);
  });

  it('counts no more than so many kinds in a step', () => {
    const names = Array.from({ length: 500 }, (_, index) => step(`EVENT_${index}`));
    const [only] = fold(3, names).finish();
    expect(only?.count).toBe(500);
    expect(only?.kinds.length).toBeLessThanOrEqual(65);
  });
});
