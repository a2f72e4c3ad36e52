import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StoreError, UsageError } from '../../src/errors.js';
import { TAPE_FORM } from '../../src/library/forms/tape.js';
import { importFile, importSteps, type ImportSummary } from '../../src/library/import.js';
import { loadRecording } from '../../src/library/recording.js';
import { formatTape, parseTape } from '../../src/replay/tape/tape.js';
import { openReader } from '../../src/store/reader.js';
import { scratchFile } from '../support/scratch.js';
import { sessions } from '../support/capture/sessions.js';
import { expectConsistent, rowsOf } from '../support/stores.js';

const demo = fileURLToPath(new URL('../../tapes/demo.tape.ndjson', import.meta.url));
const demoText = readFileSync(demo, 'utf8');

function fileWith(content: string): string {
  const file = scratchFile('given.tape.ndjson');
  writeFileSync(file, content);
  return file;
}

function imported(file: string, db: string): ImportSummary {
  return importFile({ file, db, redact: 'secrets', maxPayloadBytes: 2 ** 26 });
}

function exported(db: string, session?: number): string {
  const reader = openReader(db);
  try {
    const filter = session === undefined ? {} : { session };
    return [...TAPE_FORM.write({ reader, filter })].map((line) => `${line}\n`).join('');
  } finally {
    reader.close();
  }
}

describe('importFile', () => {
  it('makes a capture of a tape that every query works on', () => {
    const db = scratchFile();
    expect(imported(demo, db)).toMatchObject({
      as: 'tape',
      capture: 1,
      connections: 2,
      undecodable: 0,
      gaps: 0,
    });
    const reader = openReader(db);
    const [session] = reader.sessions();
    reader.close();
    expect(session).toMatchObject({
      id: 1,
      connections: 2,
      resumes: 1,
      shard: [0, 1],
      library: '@discordjs/ws 1.2.3',
    });
    expectConsistent(db);
  });

  it('gives the tape back byte for byte', () => {
    const db = scratchFile();
    imported(demo, db);
    const tape = exported(db);
    imported(fileWith(tape), db);
    expect(exported(db, 2)).toBe(tape);
    expect(loadRecording({ session: 2, db }).recording.steps).toHaveLength(
      demoText.trim().split('\n').length - 1,
    );
  });

  it('takes REST calls in, which belong to the session again', () => {
    const db = scratchFile();
    const call = (atUs: number, more: object): string =>
      JSON.stringify({
        atUs,
        durationUs: 900,
        request: { method: 'GET', path: '/v10/users/@me', type: null, body: null },
        response: {
          status: 200,
          type: 'application/json',
          headers: { 'retry-after': '1' },
          body: { id: '5' },
        },
        ...more,
      });
    const [header, ...steps] = demoText.trim().split('\n');
    const lines = [
      header,
      call(-5000, {}),
      call(100_000, {
        request: {
          method: 'POST',
          path: '/v10/channels/1/messages',
          type: 'application/json',
          body: { content: 'hi' },
        },
      }),
      call(100_001, { durationUs: null, response: null }),
      ...steps,
    ];
    imported(fileWith(lines.join('\n')), db);
    const tape = exported(db);
    expect(parseTape(tape).exchanges).toMatchObject([
      { atUs: -5000, durationUs: 900, responseBody: '{"id":"5"}', responseHeaders: { 'retry-after': '1' } },
      { atUs: 100_000, requestBody: '{"content":"hi"}' },
      { atUs: 100_001, durationUs: null, status: null },
    ]);
    imported(fileWith(tape), db);
    expect(exported(db)).toBe(tape);
  });

  it('creates a new session on every import', () => {
    const db = scratchFile();
    for (const capture of [1, 2, 3]) expect(imported(demo, db).capture).toBe(capture);
    const aliases = rowsOf(db, 'SELECT alias FROM session').map((row) => row['alias']);
    expect(new Set(aliases).size).toBe(3);
    expect(exported(db, 1)).toBe(exported(db, 3));
  });

  it('gives back what any session left in a database', () => {
    const db = scratchFile();
    fc.assert(
      fc.property(sessions, (recording) => {
        const first = imported(fileWith(formatTape(recording)), db);
        expect(first.undecodable).toBe(0);
        const tape = exported(db);
        const second = imported(fileWith(tape), db);
        expect(second.frames).toBeLessThanOrEqual(first.frames);
        expect(exported(db)).toBe(tape);
      }),
      { numRuns: 20 },
    );
    expectConsistent(db);
  });

  it('keeps secrets of the file out of the database', () => {
    const db = scratchFile();
    const secret = ['very', 'secret', 'indeed'].join('-');
    imported(fileWith(demoText.replace('redacted:7c0b1f2e9a44', secret)), db);
    const [row] = rowsOf(db, 'SELECT count(*) AS n FROM payload WHERE instr(body, ?)', secret);
    expect(row).toEqual({ n: 0 });
    const [capture] = rowsOf(db, 'SELECT mode, redaction FROM capture');
    expect(capture).toEqual({ mode: 'tape', redaction: 'secrets' });
  });

  it('refuses files of another format, and leaves no database behind', () => {
    const db = scratchFile();
    expect(() => imported(fileWith('hello'), db)).toThrow(UsageError);
    expect(() => imported(fileWith('hello'), db)).toThrow('no form that can be imported');
    expect(() => imported(fileWith('{"tape":1}\nnonsense'), db)).toThrow('line 2');
    expect(() => imported(`${db}.missing`, db)).toThrow('ENOENT');
    expect(() => openReader(db)).toThrow(StoreError);
  });

  it('that is stopped keeps what it has written, without an end of the capture', () => {
    const db = scratchFile();
    const steps = importSteps({ file: demo, db, redact: 'secrets', maxPayloadBytes: 2 ** 26 });
    steps.next();
    steps.return();
    expect(rowsOf(db, 'SELECT ended_at_us FROM capture')).toEqual([{ ended_at_us: null }]);
    expect(rowsOf(db, 'SELECT count(*) > 0 AS some FROM frame')).toEqual([{ some: 1 }]);
  });
});
