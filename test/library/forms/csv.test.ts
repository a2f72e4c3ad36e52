/** CSV: what `frames` prints, in a file; and no way back. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { importFile } from '../../../src/library/import.js';
import { gatetape } from '../../support/gatetape.js';
import { sampleCapture, STRANGE_TEXT } from '../../support/sample-capture.js';
import { scratchFile } from '../../support/scratch.js';

it('has what `frames --format csv` prints, number for number, and says that it cannot be imported', async () => {
  const db = sampleCapture();
  const file = scratchFile('out');
  const filters = ['--db', db, '--sender', 'gateway'];
  const exported = await gatetape(['export', ...filters, '--as', 'csv', '--output', file]);
  expect(exported).toMatchObject({ stdout: '', exitCode: 0 });
  const text = readFileSync(file, 'utf8');
  expect(text).toBe((await gatetape(['frames', ...filters, '--format', 'csv'])).stdout);
  expect(text.replaceAll('""', '"')).toContain(STRANGE_TEXT);
  expect(() => importFile({ file, db: scratchFile(), redact: 'secrets', maxPayloadBytes: 1e6 })).toThrow(
    'csv cannot be imported',
  );
});
