/** The watch: how long a queue has been full, by times that the test passes. */
import { describe, expect, it } from 'vitest';
import { FULL_LIMIT_MS, Watch } from '../../../src/library/metrics/watch.js';

describe('a watch', () => {
  it('says that a queue is full after it was full for ten seconds, without a pause', () => {
    let isFull = true;
    const watch = new Watch(() => isFull);
    const soonMs = performance.now() + 1e9;
    watch.look(soonMs);
    watch.look(soonMs + FULL_LIMIT_MS / 2);
    expect(watch.isFullForLong(soonMs + FULL_LIMIT_MS - 1)).toBe(false);
    expect(watch.isFullForLong(soonMs + FULL_LIMIT_MS)).toBe(true);
    isFull = false;
    expect(watch.isFullForLong(soonMs + FULL_LIMIT_MS)).toBe(false);
    watch.look(soonMs + FULL_LIMIT_MS);
    isFull = true;
    watch.look(soonMs + FULL_LIMIT_MS + 1);
    expect(watch.isFullForLong(soonMs + FULL_LIMIT_MS + 2)).toBe(false);
    watch.stop();
  });
});
