/** Figures as people read them. */
import { describe, expect, it } from 'vitest';
import {
  bar,
  formatBytes,
  formatCount,
  formatDuration,
  formatRate,
  formatRatio,
  formatTime,
  plural,
} from '../src/units.js';

describe('formatCount', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [1_000, '1,000'],
    [12_345_678, '12,345,678'],
  ])('%d is %s', (count, text) => expect(formatCount(count)).toBe(text));
});

describe('plural', () => {
  it.each([
    [0, '0 frames'],
    [1, '1 frame'],
    [1234, '1,234 frames'],
  ])('%d is %s', (count, text) => expect(plural(count, 'frame')).toBe(text));
});

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1 KiB'],
    [1234, '1.2 KiB'],
    [1_048_575, '1 MiB'],
    [67_108_864, '64 MiB'],
    [2 ** 53, '8 PiB'],
  ])('%d is %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});

describe('formatRate and formatRatio', () => {
  it.each([
    [0, '0.00/s'],
    [0.123, '0.12/s'],
    [12.34, '12.3/s'],
    [12_345.6, '12,346/s'],
  ])('%d is %s', (rate, text) => expect(formatRate(rate)).toBe(text));

  it.each([
    [null, '–'],
    [2.94, '2.9×'],
    [1234.5, '1235×'],
  ])('%s is %s', (ratio, text) => expect(formatRatio(ratio)).toBe(text));
});

describe('formatDuration', () => {
  it.each([
    [85, '85 µs'],
    [1_234, '1.2 ms'],
    [3_400_000, '3.4 s'],
    [125_000_000, '2 min 5 s'],
    [120_000_000, '2 min'],
    [11_520_000_000, '3 h 12 min'],
    [187_200_000_000, '2 d 4 h'],
  ])('%d µs is %s', (us, text) => expect(formatDuration(us)).toBe(text));
});

describe('formatTime', () => {
  it('is UTC, to the millisecond', () => {
    expect(formatTime(1_785_974_400_123_456)).toBe('2026-08-06 00:00:00.123');
  });
});

describe('bar', () => {
  it.each([
    [0, ''],
    [1, '████'],
    [0.5, '██'],
    [0.28, '█▏'],
    [0.0001, '▏'],
  ])('of %d', (share, text) => expect(bar(share, 4)).toBe(text));
});
