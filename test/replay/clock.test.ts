import { describe, expect, it } from 'vitest';
import { PlaybackClock } from '../../src/replay/clock.js';

describe('a clock', () => {
  it('maps recorded time onto live time by its factor', () => {
    const clock = new PlaybackClock(4, 1000, 50_000);
    expect(clock.dueAtUs(1000)).toBe(50_000);
    expect(clock.dueAtUs(1400)).toBe(50_100);
    expect(clock.dueAtUs(500)).toBe(50_000); // never before the anchor
    expect(clock.dueAtUs(1401)).toBe(50_101); // never early
  });

  it('at max has everything due at once', () => {
    expect(new PlaybackClock('max', 1000, 50_000).dueAtUs(1e12)).toBe(50_000);
  });

  it('keeps the rest of a wait while it is stopped', () => {
    const clock = new PlaybackClock(2, 0, 0);
    clock.stop(1000, 200); // 400 of 1000 have passed
    clock.go(9000);
    expect(clock.dueAtUs(1000)).toBe(9300);
  });

  it('waits for nothing that was due when it stopped', () => {
    const clock = new PlaybackClock(2, 0, 0);
    clock.stop(1000, 5000);
    clock.go(9000);
    expect(clock.dueAtUs(1000)).toBe(9000);
  });

  it('can be reset', () => {
    const clock = new PlaybackClock(1, 0, 0);
    clock.set(500, 9000);
    expect(clock.dueAtUs(600)).toBe(9100);
  });
});
