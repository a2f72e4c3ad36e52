import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openReader } from '../../src/store/reader.js';
import { openStore } from '../../src/store/store.js';
import { scratchFile } from '../support/scratch.js';
import { expectConsistent, storeHost } from '../support/stores.js';

const BATCH = 500;
const recorder = fileURLToPath(new URL('../support/endless-recorder.mjs', import.meta.url));

/** A process that records batches of 500 frames without end and prints the number of each one written. */
function endlessRecorder(path: string, limits = ''): ChildProcessByStdio<null, Readable, null> {
  const command = `${limits} exec ${JSON.stringify(process.execPath)} ${JSON.stringify(recorder)} ${JSON.stringify(path)} ${BATCH}`;
  return spawn('bash', ['-c', command], { stdio: ['ignore', 'pipe', 'inherit'] });
}

describe('kill -9 in mid-write', () => {
  it('leaves a readable file with whole batches, and no lock', async () => {
    const path = scratchFile();
    const child = endlessRecorder(path);
    const exited = once(child, 'exit');
    let written = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      written = Number(line);
      if (written === 40) child.kill('SIGKILL');
    }
    await exited;
    expect(written).toBeGreaterThanOrEqual(40);
    const reader = openReader(path);
    const { count } = reader.stats().total;
    reader.close();
    expect(count % BATCH).toBe(0);
    expect(count).toBeGreaterThanOrEqual(written * BATCH);
    expectConsistent(path);
    openStore(path, storeHost).close();
    expect(readdirSync(dirname(path))).toEqual(['capture.sqlite']);
  });
});

describe('a disk that takes no more', () => {
  it('is a StoreError, and the file has all batches but the failed one', async () => {
    const path = scratchFile();
    // Files of at most 4 MB: a write beyond fails as on a broken disk.
    const child = endlessRecorder(path, 'ulimit -f 4000;');
    const exited = once(child, 'exit');
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) lines.push(line);
    expect(await exited).toEqual([3, null]);
    expect(lines.at(-1)).toBe('StoreError twice');
    const written = Number(lines.at(-2));
    expect(written).toBeGreaterThan(0);
    const reader = openReader(path);
    expect(reader.stats().total.count).toBe(written * BATCH);
    reader.close();
    expectConsistent(path);
  });
});
