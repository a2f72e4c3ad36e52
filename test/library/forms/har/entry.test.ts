/** Times of HAR files, judged by Date and by their digits. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatHarTime, parseHarMessageTime, parseHarTime } from '../../../../src/library/forms/har/entry.js';

const times = fc.integer({ min: 0, max: 4_102_444_800_000_000 });

it('every time is read back as it was written, as text and as seconds', () => {
  fc.assert(
    fc.property(times, (atUs) => {
      const text = formatHarTime(atUs);
      expect(parseHarTime(text)).toBe(atUs);
      expect(text.slice(0, 23)).toBe(new Date(Math.floor(atUs / 1000)).toISOString().slice(0, 23));
      expect(parseHarMessageTime(atUs / 1e6)).toBe(atUs);
    }),
  );
});

it.each([
  ['2026-08-01T00:00:00.000Z', 1_785_542_400_000_000],
  ['2026-08-01T02:00:00.123456+02:00', 1_785_542_400_123_456],
  ['2026-08-01T00:00:00.1234567Z', 1_785_542_400_123_456],
  ['2026-08-01T00:00:00.5Z', 1_785_542_400_500_000],
  ['2026-08-01T00:00:00Z', 1_785_542_400_000_000],
  ['yesterday', null],
])('the time of a HAR entry is read: %s', (text, atUs) => {
  expect(parseHarTime(text)).toBe(atUs);
});

it('message times that are too large for seconds are read as ms, as Playwright writes them', () => {
  expect(parseHarMessageTime(1_785_542_400_123.456)).toBe(1_785_542_400_123_456);
});
