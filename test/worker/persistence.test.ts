import { expect, it } from 'vitest';
import { StoreError } from '../../src/errors.js';
import { persist } from '../../src/worker/persistence.js';

const full = new StoreError('the disk is full', 'make room');

/** Tries what fails until `untilMs`, in time that only pauses take; returns what was reported, and when it ended. */
function triesUntil(untilMs: number, isHurried = false): { reports: string[]; nowMs: number } {
  let nowMs = 0;
  const reports: string[] = [];
  const attempt = (): StoreError | null => (nowMs < untilMs ? full : null);
  try {
    persist(attempt, {
      onTrouble: (error) => reports.push(`trouble: ${error.message}`),
      onRecovery: () => reports.push('recovery'),
      pause: (timeoutMs) => void (nowMs += timeoutMs),
      isHurried: () => isHurried,
      nowMs: () => nowMs,
    });
  } catch (error) {
    reports.push(error === full ? 'thrown' : String(error));
  }
  return { reports, nowMs };
}

it('reports trouble once that lasts, and its end, but none that is short', () => {
  expect(triesUntil(3_600_000).reports).toEqual(['trouble: the disk is full', 'recovery']);
  expect(triesUntil(9_000).reports).toEqual([]);
});

it('pauses for longer from one attempt to the next, up to 1.6 s', () => {
  expect(triesUntil(1).nowMs).toBe(20);
  expect(triesUntil(21).nowMs).toBe(70);
  expect(triesUntil(100_001).nowMs).toBeLessThan(101_601);
});

it('gives up after 3 s when hurried', () => {
  expect(triesUntil(2_000, true).reports).toEqual([]);
  const { reports, nowMs } = triesUntil(3_600_000, true);
  expect(reports).toEqual(['thrown']);
  expect(nowMs).toBeLessThan(5_000);
});
