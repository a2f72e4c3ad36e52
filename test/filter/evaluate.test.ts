/** Filters over decoded frames, judged by a second, plain reading of the same filters. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compilePredicate } from '../../src/filter/evaluate.js';
import { parseFilter } from '../../src/filter/parse.js';
import { pinFilter } from '../../src/filter/pin.js';
import { toPredicate } from '../../src/filter/predicate.js';
import { printFilter } from '../../src/filter/print.js';
import { contentArb, FIRST_US } from '../support/filter-frames.js';
import { passes } from '../support/filter-referee.js';
import { filterArb } from '../support/filters.js';

const latest = { session: 2, connection: 3, capture: 2, id: 40 };
const context = { nowUs: FIRST_US, findLatest: (key: keyof typeof latest) => latest[key] };

const frameArb = fc
  .tuple(
    contentArb,
    fc.record({
      id: fc.integer({ min: 1, max: 60 }),
      atUs: fc.nat({ max: 120_000_000 }).map((us) => FIRST_US + us),
      captureId: fc.integer({ min: 1, max: 2 }),
      connectionId: fc.integer({ min: 1, max: 4 }),
      service: fc.constantFrom('gateway' as const, 'fluxer' as const, 'remote-auth' as const),
      sessionId: fc.option(fc.integer({ min: 1, max: 3 })),
      shardId: fc.option(fc.nat({ max: 3 })),
    }),
  )
  .map(([content, place]) => ({ ...content, ...place }));

it('let through what a plain reading lets through', () => {
  fc.assert(
    fc.property(filterArb, fc.array(frameArb, { minLength: 1, maxLength: 12 }), (filter, frames) => {
      const test = compilePredicate(toPredicate(filter, context));
      for (const frame of frames) {
        expect(test(frame), `${printFilter(filter)} of ${JSON.stringify(frame)}`).toBe(
          passes(filter, frame, latest),
        );
      }
    }),
    { numRuns: 1_500 },
  );
});

it('mean the same when they are pinned, at any later time', () => {
  const later = { nowUs: FIRST_US + 1e12, findLatest: () => 77 };
  fc.assert(
    fc.property(filterArb, frameArb, (filter, frame) => {
      const pinned = pinFilter(filter, context);
      expect(parseFilter(printFilter(pinned))).toEqual(pinned);
      expect(compilePredicate(toPredicate(pinned, later))(frame)).toBe(
        compilePredicate(toPredicate(filter, context))(frame),
      );
    }),
    { numRuns: 300 },
  );
  expect(
    printFilter(pinFilter(parseFilter('session:latest -id:>latest since:1s until:today'), context)),
  ).toBe(`session:2 -id:>40 since:${FIRST_US - 1_000_000} until:${FIRST_US}`);
});

it('take time in proportion to the payload', () => {
  const deep = `${'['.repeat(50_000)}5${']'.repeat(50_000)}`;
  const frame = { ...fc.sample(frameArb, 1)[0]!, payloadText: `{"op":0,"d":{"a":${deep}}}` };
  for (const [text, isLet] of [
    ['d.a:5', true],
    ['d.a.b:5', false],
    ['d.a:~*6', false],
    ['d.a:*', true],
  ] as const) {
    expect(compilePredicate(toPredicate(parseFilter(text), context))(frame)).toBe(isLet);
  }
});
