/** CSV: the same rows and the same lines again, whatever was recorded; and files that are wrong. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/errors.js';
import { csvRecords } from '../../../src/library/forms/csv-cells.js';
import { FORMS } from '../../../src/library/forms/forms.js';
import type { FrameFilter } from '../../../src/store/filter.js';
import { openReader } from '../../../src/store/reader.js';
import { runHere } from '../../support/command-line.js';
import { itComesBack } from '../../support/form-contract.js';
import { bareFrame, closed, frame, opened } from '../../support/capture/records.js';
import { contentOf, exportedAs, importedAs } from '../../support/round-trips.js';
import { storeRecords } from '../../support/stores.js';
import { sampleCapture, STRANGE_TEXT } from '../../support/capture/samples.js';
import { scratchFile } from '../../support/scratch.js';

const exported = (db: string, filter?: FrameFilter): string => exportedAs('csv', db, filter);

describe('what was exported as CSV', () => {
  itComesBack('csv', { numRuns: 20 });

  it('loses the secrets that it still had', () => {
    const secret = `secret-${'k'.repeat(30)}`;
    const lines = exported(sampleCapture()).replace(
      '{""op"":2}',
      `{""op"":2,""d"":{""token"":""${secret}""}}`,
    );
    expect(lines).toContain(secret);
    expect(JSON.stringify(contentOf(importedAs('csv', lines)))).not.toContain('kkkk');
  });
});

describe('a file of CSV', () => {
  it('begins its lines as `frames --format csv` does, and a command line makes a database of it again', async () => {
    const db = sampleCapture();
    const [file, again, copy] = [scratchFile('a.csv'), scratchFile('b.csv'), scratchFile()];
    await runHere(['export', '--db', db, '--as', 'csv', '--output', file]);
    const text = readFileSync(file, 'utf8');
    const printed = await runHere(['frames', '--db', db, '--format', 'csv']);
    const [heading, ...frames] = printed.stdout.trimEnd().split('\n');
    const lines = text.split('\n');
    expect(lines[0]).toBe(`${heading},sessionId,bytes,rows`);
    for (const [at, frame] of frames.entries()) expect(lines[at + 1]?.startsWith(`${frame},`)).toBe(true);
    expect(lines.slice(frames.length + 1).every((line) => line === '' || line.startsWith(',,,,'))).toBe(true);
    expect(text.replaceAll('""', '"')).toContain(STRANGE_TEXT);

    const { stdout, stderr } = await runHere(['import', file, '--db', copy]);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({ as: 'csv', frames: 7, connections: 2, payloads: 5 });
    await runHere(['export', '--db', copy, '--as', 'csv', '--output', again]);
    expect(readFileSync(again, 'utf8')).toBe(text);

    writeFileSync(file, printed.stdout);
    expect(await runHere(['import', file, '--db', copy])).toEqual({
      stdout: '',
      stderr: `gatetape: ${file} does not have the columns of an export: only what \`gatetape export --as csv\` wrote can be imported\n`,
      exitCode: 2,
    });
  });

  it('may have been saved by a spreadsheet, with other line ends, quotes and a byte order mark', () => {
    const text = exported(sampleCapture());
    const saved = `\uFEFF${text.replaceAll(/(?<=^|,)(\d+|[a-z]+)(?=,)/gm, '"$1"').replaceAll('\n', '\r\n')}`;
    expect(saved).toContain('"1","1","1"');
    expect(exported(importedAs('csv', saved))).toBe(text);
  });
});

describe('CSV that is safe for spreadsheets', () => {
  const safely = (db: string): string => {
    using reader = openReader(db);
    return [...FORMS.csv.write({ reader, filter: {}, isSafe: true })].map((line) => `${line}\n`).join('');
  };

  it('has no text that a spreadsheet would run, and imports unchanged', () => {
    const events = ['=cmd()', '+1', '-1', '@SUM(A1)', '\tx', '\rx', "'=1", "''+", "'x"];
    const db = storeRecords([
      opened(),
      ...events.map((event, at) => frame({ frameNo: at + 1, event, seq: -at })),
      // Base64 of these bytes begins with a plus.
      bareFrame({ frameNo: events.length + 1, status: 'not_json', raw: Buffer.from([0xf8, 0, 0]) }),
      closed(),
    ]);
    const text = safely(db);
    expect(text).toMatch(/,-1,/);
    for (const { cells } of csvRecords(text.split('\n'))) {
      for (const cell of cells ?? []) expect(cell ?? '').not.toMatch(/^(?:[=+@\t\r]|-(?!\d+$))/);
    }
    const again = importedAs('csv', text);
    expect(contentOf(again)).toEqual(contentOf(db));
    expect(safely(again)).toBe(text);
  });

  it('is refused for other formats', async () => {
    const db = sampleCapture();
    for (const words of [
      'export --as jsonl',
      'frames',
      'sessions --format json',
      'diff 1 1 --format junit',
    ]) {
      const { exitCode, stderr } = await runHere([...words.split(' '), '--csv-safe', '--db', db]);
      expect([words, exitCode, stderr]).toEqual([words, 2, expect.stringContaining('--csv-safe is for CSV')]);
    }
    const { stdout } = await runHere([
      'sql',
      "SELECT '=1' AS a, -1 AS b",
      '--format',
      'csv',
      '--csv-safe',
      '--db',
      db,
    ]);
    expect(stdout).toBe("a,b\n'=1,-1\n");
    const whole = await runHere(['export', '--as', 'csv', '--csv-safe', '--db', db]);
    expect(whole.stdout).toMatch(/^id,.*,rows,csvSafe\n/);
  });
});

/** What is wrong with a file, made of the text of a right one. */
const WRONG: readonly (readonly [how: string, wrong: (text: string) => string, what: string])[] = [
  ['cut off', (text) => text.trimEnd().slice(0, -5), 'is not as gatetape writes it'],
  [
    'with a number that lost its digits',
    (text) => text.replace(/,\d{16},/, ',1.78554E+15,'),
    'line 2 is not as',
  ],
  ['with a cell too many', (text) => text.replace('\n1,', '\n1,1,'), 'line 2 is not as gatetape writes it'],
  [
    'with bytes that are none',
    (text) => text.replace('AGJyb2tlbg==', '?'),
    'line 7 is not as gatetape writes it',
  ],
  ['with rows that are none', (text) => `${text}${','.repeat(16)}{}\n`, 'is not as gatetape writes it'],
  [
    'without the rows beside the frames',
    (text) => text.replaceAll(/,"\[\{.*$/gm, ','),
    'line 2 is of connection 1, which no line before it has',
  ],
];

describe('CSV that is wrong', () => {
  it.each(WRONG)('is refused: %s', (_, wrong, what) => {
    const text = wrong(exported(sampleCapture()));
    const db = scratchFile();
    expect(() => importedAs('csv', text, db)).toThrow(UsageError);
    expect(() => importedAs('csv', text)).toThrow(what);
    expect(existsSync(db)).toBe(false);
  });
});
