import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { StoreError, UsageError } from '../../src/errors.js';
import { diffRecordings, parseRecordingSource, type DiffOptions } from '../../src/library/diff.js';
import { importFile } from '../../src/library/import.js';
import { scratchFile } from '../support/scratch.js';

const demo = fileURLToPath(new URL('../../tapes/demo.tape.ndjson', import.meta.url));

describe('diffRecordings', () => {
  it('finds a tape equal to the session that was imported from it', () => {
    const db = scratchFile();
    importFile({ file: demo, db, redact: 'secrets', maxPayloadBytes: 2 ** 26 });
    const diff = diffRecordings({
      expected: parseRecordingSource(demo, db),
      actual: parseRecordingSource(`${db}#1`, 'elsewhere'),
    });
    expect(diff).toMatchObject({ equal: true, missing: [], unexpected: [], reordered: [], changed: [] });
    expect(diff.matched).toBeGreaterThan(36);
  });

  it('compares one sender only, and lets fields differ', () => {
    const other = scratchFile('other.tape.ndjson');
    writeFileSync(other, readFileSync(demo, 'utf8').replace('"name":"tea rota"', '"name":"tea party"'));
    const sources = { expected: { tape: demo }, actual: { tape: other } };
    expect(diffRecordings(sources).changed).toMatchObject([{ sender: 'gateway', path: 'd.name' }]);
    expect(diffRecordings({ ...sources, sender: 'client' }).equal).toBe(true);
    expect(diffRecordings({ ...sources, ignore: ['THREAD_*:d.name'] }).equal).toBe(true);
  });

  it('ignores ids and times made during the recordings, and no others', () => {
    const later = scratchFile('later.tape.ndjson');
    const text = readFileSync(demo, 'utf8')
      .replaceAll('"2026-03-14T10:00:0', '"2026-03-15T11:30:1')
      .replaceAll('"14823173', '"14827173');
    writeFileSync(later, text);
    const sources = { expected: { tape: demo }, actual: { tape: later } };
    expect(diffRecordings(sources).equal).toBe(false);
    expect(diffRecordings({ ...sources, ignore: ['made-meanwhile'] })).toMatchObject({
      equal: true,
      changed: [],
    });
    writeFileSync(later, text.replace('"name":"tea rota"', '"name":"tea party"'));
    expect(diffRecordings({ ...sources, ignore: ['made-meanwhile'] }).changed).toMatchObject([
      { path: 'd.name' },
    ]);
  });

  it.each([
    [{ actual: {} }, 'either a session or a tape'],
    [{ actual: null }, '"actual" is null'],
    [{ expected: 'a.tape.ndjson' }, '"expected" is a string'],
    [{ sender: 'server' }, '"sender" is'],
    [{ ignore: ['nonsense'] }, 'is not a rule'],
    [{ expects: {} }, '"expects"'],
  ])('refuses %j', (wrong, message) => {
    const options = { expected: { tape: demo }, actual: { tape: demo }, ...wrong } as unknown as DiffOptions;
    expect(() => diffRecordings(options)).toThrow(UsageError);
    expect(() => diffRecordings(options)).toThrow(message);
  });

  it('needs two recordings', () => {
    const options = { expected: { tape: demo } } as unknown as DiffOptions;
    expect(() => diffRecordings(options)).toThrow('either a session or a tape');
  });

  it('refuses what it cannot read', () => {
    expect(() => diffRecordings({ expected: { tape: demo }, actual: { tape: 'missing' } })).toThrow(
      UsageError,
    );
    const source = parseRecordingSource('3', scratchFile());
    expect(() => diffRecordings({ expected: { tape: demo }, actual: source })).toThrow(StoreError);
  });
});

describe('sourceOf', () => {
  it.each([
    ['3', { session: 3, db: 'a.sqlite' }],
    ['latest', { session: 'latest', db: 'a.sqlite' }],
    ['b.sqlite#12', { session: 12, db: 'b.sqlite' }],
    ['b#c.sqlite#latest', { session: 'latest', db: 'b#c.sqlite' }],
    ['./3', { tape: './3' }],
    ['a.tape.ndjson', { tape: 'a.tape.ndjson' }],
  ])('takes %j for %j', (word, source) => {
    expect(parseRecordingSource(word, 'a.sqlite')).toEqual(source);
  });

  it('knows no session 0', () => {
    expect(() => parseRecordingSource('0', 'a')).toThrow(UsageError);
  });
});
