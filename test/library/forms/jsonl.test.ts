/** JSON lines: the same rows and the same lines again, whatever was recorded; and files that are wrong. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/errors.js';
import type { Redaction } from '../../../src/gateway/redact/redact.js';
import type { FrameFilter } from '../../../src/store/filter.js';
import { runHere } from '../../support/command-line.js';
import { itComesBack } from '../../support/form-contract.js';
import { contentOf, exportedAs, importedAs } from '../../support/round-trips.js';
import { sampleCapture, STRANGE_TEXT } from '../../support/capture/samples.js';
import { scratchFile } from '../../support/scratch.js';
import { expectConsistent, rowsOf } from '../../support/stores.js';

const exported = (db: string, filter?: FrameFilter): string => exportedAs('jsonl', db, filter);
const imported = (text: string, db?: string, redact?: Redaction): string =>
  importedAs('jsonl', text, db, redact);

describe('what was exported as JSON lines', () => {
  itComesBack('jsonl', { numRuns: 20 });

  it('goes behind what a database has already, and shares no session with it', () => {
    const db = sampleCapture();
    const lines = exported(db);
    imported(lines, db);
    expectConsistent(db);
    expect(rowsOf(db, 'SELECT id, alias LIKE ? AS is_own FROM session ORDER BY id', 'redacted:%')).toEqual([
      { id: 1, is_own: 1 },
      { id: 2, is_own: 1 },
    ]);
    expect(rowsOf(db, 'SELECT connection_id, session_id, count(*) AS n FROM frame GROUP BY 1, 2')).toEqual([
      { connection_id: 1, session_id: null, n: 1 },
      { connection_id: 1, session_id: 1, n: 5 },
      { connection_id: 2, session_id: null, n: 1 },
      { connection_id: 3, session_id: null, n: 1 },
      { connection_id: 3, session_id: 2, n: 5 },
      { connection_id: 4, session_id: null, n: 1 },
    ]);
  });

  it('loses the secrets that it still had, and keeps placeholders', () => {
    const secret = `secret-${'k'.repeat(30)}`;
    const lines = exported(sampleCapture())
      .replace('{"op":2}', `{"op":2,"d":{"token":"${secret}","session_id":"redacted:0123456789abcdef"}}`)
      .replace('"alias":"redacted:abc"', `"alias":"${secret}"`);
    const copy = imported(lines);
    const text = JSON.stringify(contentOf(copy));
    expect(text).not.toContain('kkkk');
    expect(text).toContain('redacted:0123456789abcdef');
    expect(text).toContain(JSON.stringify(STRANGE_TEXT).slice(1, -1));
  });
});

describe('frames in JSON lines', () => {
  it('are what `frames --format ndjson` prints, and a command line makes a database of them again', async () => {
    const db = sampleCapture();
    const [file, again, copy] = [scratchFile('a.jsonl'), scratchFile('b.jsonl'), scratchFile()];
    await runHere(['export', '--db', db, '--as', 'jsonl', '--output', file]);
    const text = readFileSync(file, 'utf8');
    const frames = text.split('\n').filter((line) => line.startsWith('{"id"'));
    const printed = await runHere(['frames', '--db', db, '--format', 'ndjson']);
    expect(`${frames.join('\n')}\n`).toBe(printed.stdout);
    const { stdout, stderr } = await runHere(['import', file, '--db', copy]);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({ as: 'jsonl', frames: 7, connections: 2, payloads: 5 });
    await runHere(['export', '--db', copy, '--as', 'jsonl', '--output', again]);
    expect(readFileSync(again, 'utf8')).toBe(text);
  });
});

/** What is wrong with a file, made of the lines of a right one. */
const WRONG: readonly (readonly [how: string, text: (lines: readonly string[]) => string, what: string])[] = [
  ['cut off', (lines) => lines.join('\n').slice(0, -5), 'is not as gatetape writes it'],
  [
    'without connections',
    ([, frame = '']) => frame,
    'line 1 is of connection 1, which no line before it has',
  ],
  [
    'twice the same frame',
    ([first, frame]) => [first, frame, frame].join('\n'),
    'line 3 has an id that is not above',
  ],
  ['of another table', () => '{"connection":{},"capture":{}}', 'line 1 is not as gatetape writes it'],
  ['with other columns', () => '{"connection":{"id":1,"x":1}}', 'has a column that connection does not have'],
  ['without columns', () => '{"connection":{"id":1}}', 'line 1 is not a row of connection'],
  [
    'of unknown status',
    ([first, frame = '']) => `${first}\n${frame.replace('"status":"ok"', '"status":"?"')}`,
    'line 2 is not as gatetape writes it',
  ],
  [
    'without a payload',
    ([first, frame = '']) => `${first}\n${frame.split(',"payload"')[0]}}`,
    'line 2 is not as gatetape writes it',
  ],
];

describe('JSON lines that are wrong', () => {
  it.each(WRONG)('are refused: %s', (_, textOf, what) => {
    const lines = exported(sampleCapture()).trimEnd().split('\n');
    const text = textOf(lines.filter((line) => /^\{"(?:id|connection)"/.test(line)));
    const db = scratchFile();
    expect(() => imported(text, db)).toThrow(UsageError);
    expect(() => imported(text)).toThrow(what);
    expect(existsSync(db)).toBe(false);
  });
});
