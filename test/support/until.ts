/** Waiting for what has no event: the figures of a recorder, rows of a database. */
import { vi } from 'vitest';

/** Resolves when `isTrue` holds; looks again every few ms, for as long as a test may take. */
export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  await vi.waitUntil(isTrue, { interval: 5, timeout: 25_000 });
}
