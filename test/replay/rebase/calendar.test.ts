/** The referee is the platform's own Date. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatLocal, parseOffset, toSeconds } from '../../../src/replay/rebase/time-shift.js';

const dates = fc.date({
  noInvalidDate: true,
  min: new Date('0001-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59Z'),
});

it('the calendar agrees with Date, in both directions', () => {
  fc.assert(
    fc.property(dates, (date) => {
      const local = date.toISOString().slice(0, 19);
      const seconds = Math.floor(date.getTime() / 1000);
      expect([toSeconds(local), formatLocal(seconds)]).toEqual([seconds, local]);
    }),
  );
});

it.each(['2023-02-29T00:00:00', '2024-13-01T00:00:00', '2024-01-01T24:00:00', '2024-00-01T00:00:00', 'now'])(
  '%s is not a date',
  (text) => {
    expect(toSeconds(text)).toBeNull();
  },
);

it.each([
  ['Z', 0],
  ['+01:30', 5_400],
  ['-08:00', -28_800],
])('%s is %i seconds', (zone, seconds) => {
  expect(parseOffset(zone)).toBe(seconds);
});
