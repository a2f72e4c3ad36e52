/** Amounts of bytes, lengths of time and times as people type them. */
import { describe, expect, it } from 'vitest';
import { parseBytes, parseDuration, parseTime } from '../../src/filter/quantities.js';

describe('parseBytes', () => {
  it.each([
    ['4096', 4096],
    ['64MiB', 67_108_864],
    ['10MB', 10_000_000],
    ['1.5 GiB', 1_610_612_736],
    ['1kb', 1000],
    ['7b', 7],
    ['2tib', 2_199_023_255_552],
  ])('reads %s', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  it.each(['', '0', '-1', '1e6', 'MiB', '64 M', '0x10', '9999999 TiB', '0.1b', '1.5', 'toString', '1,5MB'])(
    'refuses %j',
    (text) => {
      expect(parseBytes(text)).toBeNull();
    },
  );
});

const NOW = 1_785_974_400_000_000; // 2026-08-06T00:00:00Z

describe('parseTime', () => {
  it.each([
    ['now', NOW],
    ['today', NOW],
    ['yesterday', NOW - 86_400_000_000],
    ['2h', NOW - 7_200_000_000],
    ['15m', NOW - 900_000_000],
    ['1h30m', NOW - 5_400_000_000],
    ['250ms', NOW - 250_000],
    ['1.5s', NOW - 1_500_000],
    ['0s', NOW],
    ['1785974400123456', 1_785_974_400_123_456],
    ['0', 0],
    ['2026-08-06', NOW],
    ['2026-08-06T00:00', NOW],
    ['2026-08-06 00:00:01.5', NOW + 1_500_000],
    ['2026-08-06T00:00:00.123456Z', NOW + 123_456],
    ['2026-08-06T00:00:00.123456789Z', NOW + 123_456],
    ['2026-08-06t02:00:00+02:00', NOW],
    ['2026-08-06T02:00:00+0200', NOW],
  ])('reads %s', (text, us) => {
    expect(parseTime(text, NOW)).toBe(us);
  });

  it.each([
    '',
    'tomorrow',
    '2 hours',
    '2x',
    '-5',
    '1e9',
    '2026-13-01',
    '2026-08-06T25:00',
    '9'.repeat(20),
    '9'.repeat(20) + 'd',
  ])('refuses %j', (text) => expect(parseTime(text, NOW)).toBeNull());
});

it('today and yesterday begin at midnight, UTC', () => {
  expect(parseTime('today', NOW + 86_399_999_999)).toBe(NOW);
  expect(parseTime('yesterday', NOW + 86_399_999_999)).toBe(NOW - 86_400_000_000);
});

describe('parseDuration', () => {
  it.each([
    ['5us', 5],
    ['5µs', 5],
    ['1w', 604_800_000_000],
    ['1d12h', 129_600_000_000],
    ['5', null],
    ['h', null],
    ['5parsecs', null],
  ])('reads %s as %s', (text, us) => expect(parseDuration(text)).toBe(us));
});
