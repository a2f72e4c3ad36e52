/** A folder of its own for each test, removed afterwards. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Path of `name` in a new folder that goes away with the test; concurrent tests name the hook of their own. */
export function scratchFile(
  name = 'capture.sqlite',
  whenFinished: (remove: () => void) => void = onTestFinished,
): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatetape-'));
  whenFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, name);
}
