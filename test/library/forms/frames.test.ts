/** JSON lines and CSV: what `frames` prints, in a file; and no way back. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { importFile } from '../../../src/library/import.js';
import { gatetape } from '../../support/gatetape.js';
import { sampleCapture, STRANGE_TEXT } from '../../support/sample-capture.js';
import { scratchFile } from '../../support/scratch.js';

it.each([
  ['jsonl', 'ndjson'],
  ['csv', 'csv'],
])('%s has what `frames --format %s` prints, number for number', async (as, format) => {
  const db = sampleCapture();
  const file = scratchFile('out');
  const filters = ['--db', db, '--sender', 'gateway'];
  const exported = await gatetape(['export', ...filters, '--as', as, '--output', file]);
  expect(exported).toMatchObject({ stdout: '', exitCode: 0 });
  const text = readFileSync(file, 'utf8');
  expect(text).toBe((await gatetape(['frames', ...filters, '--format', format])).stdout);
  expect(text.replaceAll('""', '"')).toContain(STRANGE_TEXT);
  expect(() =>
    importFile({ file, as: as as 'csv', db: scratchFile(), redact: 'secrets', maxPayloadBytes: 1e6 }),
  ).toThrow(`${as} cannot be imported`);
});
