/** Backups of a file that a process of its own keeps recording into. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { backUp } from '../../../src/store/upkeep/backup.js';
import { checkDatabase } from '../../../src/store/upkeep/check.js';
import { busyCapture } from '../../support/capture/busy.js';
import { runHere } from '../../support/command-line.js';
import { sampleCapture } from '../../support/capture/samples.js';
import { scratchFile } from '../../support/scratch.js';
import { rowsOf } from '../../support/stores.js';

const recorder = fileURLToPath(new URL('../../support/endless-recorder.mjs', import.meta.url));
const options = { isForced: false, onProgress: (): void => undefined };
const count = (path: string): unknown => rowsOf(path, 'SELECT count(*) AS n FROM frame')[0]!['n'];

describe('a backup', () => {
  it('is a sound copy, and the recording goes on beside it', async () => {
    const path = scratchFile();
    const child = spawn(process.execPath, [recorder, path, '500'], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    for (let i = 0; i < 20; i++) await lines.next();
    const copy = join(dirname(path), 'copy.sqlite');
    const steps: number[] = [];
    await backUp(path, copy, { ...options, onProgress: ({ pages }) => steps.push(pages) });
    for (let i = 0; i < 5; i++) await lines.next();
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(checkDatabase(copy)).toMatchObject({ faults: [], isBeingWritten: false });
    expect(Number(count(copy)) % 500).toBe(0);
    expect(Number(count(copy))).toBeGreaterThanOrEqual(20 * 500);
    expect(Number(count(copy))).toBeLessThan(Number(count(path)));
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    expect(readdirSync(dirname(path)).filter((name) => name.startsWith('copy'))).toEqual(['copy.sqlite']);
    expect(steps).toEqual([...steps].sort((one, other) => one - other));
  });

  it('replaces a file on request only, and never the database itself', async () => {
    const path = sampleCapture();
    const copy = join(dirname(path), 'copy.sqlite');
    writeFileSync(copy, 'precious');
    writeFileSync(`${copy}-wal`, 'of another file');
    await expect(backUp(path, copy, options)).rejects.toThrow(`the file ${copy} exists`);
    expect(readFileSync(copy, 'utf8')).toBe('precious');
    await backUp(path, copy, { ...options, isForced: true });
    expect(existsSync(`${copy}-wal`)).toBe(false);
    expect(count(copy)).toBe(count(path));
    await expect(backUp(path, path, { ...options, isForced: true })).rejects.toThrow(
      'is the database itself',
    );
  });

  it('reports its progress', async () => {
    const path = scratchFile();
    busyCapture(path, { framesPerMinute: 600, bodyBytes: 1500 });
    const steps: (readonly [number, number])[] = [];
    const copy = join(dirname(path), 'copy.sqlite');
    await backUp(path, copy, {
      ...options,
      onProgress: ({ pages, totalPages }) => steps.push([pages, totalPages]),
    });
    expect(steps.length).toBeGreaterThan(0);
    expect(steps.at(-1)![0]).toBeLessThan(steps.at(-1)![1]);
  });

  it('leaves no file behind if it fails', async () => {
    const path = sampleCapture();
    await expect(backUp(path, '/nowhere/at/all.sqlite', options)).rejects.toMatchObject({
      name: 'StoreError',
    });
    await expect(backUp(scratchFile(), join(dirname(path), 'x'), options)).rejects.toThrow(
      'there is no database',
    );
    expect(readdirSync(dirname(path))).toEqual(['capture.sqlite']);
  });

  it('without the key holds its bytes nowhere, is sound, and is exported as any other', async () => {
    const path = sampleCapture();
    const key = rowsOf(path, 'SELECT key FROM placeholder_key')[0]!['key'] as Buffer;
    const copy = join(dirname(path), 'copy.sqlite');
    await backUp(path, copy, { ...options, isKeyless: true });
    expect(readFileSync(path).includes(key)).toBe(true);
    expect(readFileSync(copy).includes(key)).toBe(false);
    expect(checkDatabase(copy).faults).toEqual([]);
    expect(rowsOf(copy, 'SELECT * FROM placeholder_key')).toEqual([]);
    for (const form of ['tape', 'jsonl', 'csv', 'har']) {
      const { exitCode, stderr } = await runHere(['export', '--session', '1', '--as', form, '--db', copy]);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    }
  });
});
