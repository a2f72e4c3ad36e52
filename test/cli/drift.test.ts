/** `drift`: its words, its formats, its exit codes. */
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatDrift, parseDriftSources } from '../../src/cli/drift.js';
import { createPaint } from '../../src/cli/print/paint.js';
import type { Drift } from '../../src/library/drift.js';
import { runHere } from '../support/command-line.js';
import { gatetape } from '../support/gatetape.js';
import { sampleCapture } from '../support/capture/samples.js';
import { scratchFile } from '../support/scratch.js';

const plain = { paint: createPaint({}, true, {}), width: Infinity };
const DRIFT: Drift = {
  changes: [
    {
      ...{ severity: 'error', change: 'type', op: 0, event: 'READY', sender: 'gateway', path: 'd.v' },
      before: { count: 2, types: ['number'], presence: 'always' },
      after: { count: 1, types: ['null', 'string'], presence: 'sometimes' },
    },
    {
      ...{ severity: 'warn', change: 'unknown_opcode', op: 99, event: null, sender: 'client', path: null },
      before: null,
      after: { count: 1200, types: ['object'], presence: 'always' },
    },
  ],
  payloadsBefore: 2,
  payloadsAfter: 1201,
};

describe('driftLines', () => {
  it('makes a table with a summary', () => {
    expect([...formatDrift(DRIFT, 'table', plain)]).toEqual([
      'SEVERITY  CHANGE          SENDER   WHAT       FIELD  BEFORE              AFTER',
      'error     type            gateway  READY      d.v    number, always, 2×  null or string, sometimes, 1×',
      'warn      unknown opcode  client   opcode 99  –      –                   1,200×',
      '',
      '1 error, 1 warning, 0 notes; 2 payloads before, 1,201 after',
    ]);
    expect([...formatDrift({ ...DRIFT, changes: [] }, 'table', plain)]).toEqual([
      '0 errors, 0 warnings, 0 notes; 2 payloads before, 1,201 after',
    ]);
  });

  it('makes one JSON object, and a change a line', () => {
    expect(JSON.parse([...formatDrift(DRIFT, 'json', plain)].join('\n'))).toEqual({
      ...DRIFT,
      errors: 1,
      warnings: 1,
      infos: 0,
    });
    expect([...formatDrift(DRIFT, 'ndjson', plain)].map((line) => JSON.parse(line) as unknown)).toEqual(
      DRIFT.changes,
    );
    expect([...formatDrift(DRIFT, 'csv', plain)][0]).toBe(
      'severity,change,op,event,sender,path,before,after',
    );
  });
});

describe('sourcesOf', () => {
  it('recognises sessions, captures, databases, tapes and times', () => {
    const filter = { filter: undefined };
    expect(parseDriftSources('3', 'latest', {}, 'db')).toEqual([
      { db: 'db', session: 3, filter },
      { db: 'db', session: 'latest', filter },
    ]);
    expect(parseDriftSources('capture:2', 'old.sqlite', { filter: 'event:A*' }, 'db')).toEqual([
      { db: 'db', capture: 2, filter: { filter: 'event:A*' } },
      { db: 'old.sqlite', filter: { filter: 'event:A*' } },
    ]);
    expect(parseDriftSources('a.tape.ndjson', 'capture:x', {}, 'db')).toEqual([
      { tape: 'a.tape.ndjson', filter },
      { db: 'capture:x', filter },
    ]);
    expect(parseDriftSources(undefined, undefined, { since: 7 }, 'db')).toEqual([
      { db: 'db', filter: { untilUs: 7, filter: undefined } },
      { db: 'db', filter: { sinceUs: 7, filter: undefined } },
    ]);
  });

  it.each([
    [undefined, undefined, {}],
    ['1', undefined, {}],
    ['1', '2', { since: 7 }],
    ['1', undefined, { since: 7 }],
  ])('refuses %j %j %j', (a, b, flags) => {
    expect(() => parseDriftSources(a, b, flags, 'db')).toThrow('two recordings');
  });
});

/** A tape with one message. */
function tapeOf(d: object): string {
  const path = scratchFile('one.tape.ndjson');
  const step = {
    atUs: 0,
    connection: 1,
    sender: 'gateway',
    payload: { op: 0, t: 'MESSAGE_CREATE', s: 1, d },
  };
  const transport = { version: 10, encoding: 'json', compress: 'none' };
  const header = { tape: 1, shard: null, library: null, transport };
  writeFileSync(path, `${JSON.stringify(header)}\n${JSON.stringify(step)}\n`);
  return path;
}

describe('gatetape drift', () => {
  it('exits with 1 for an error, 0 without errors, and 2 or 3 for missing input', async () => {
    const db = sampleCapture();
    const [old, now] = [tapeOf({ content: 'x' }), tapeOf({})];
    const [same, warned, error, noSession, noFile] = await Promise.all([
      runHere(['drift', 'latest', 'capture:1', '--event', 'READY', '--db', db]),
      gatetape(['drift', '--since', '2026-08-01T00:00:03Z', '--format', 'json', '--db', db]),
      runHere(['drift', old, now]),
      runHere(['drift', '1', '7', '--db', db]),
      runHere(['drift', '1', `${db}-none`, '--db', db]),
    ]);
    expect(same).toEqual({
      stdout: '0 errors, 0 warnings, 0 notes; 1 payload before, 1 after\n',
      stderr: '',
      exitCode: 0,
    });
    expect(error).toMatchObject({ stderr: '', exitCode: 1 });
    expect(error.stdout).toMatch(
      /^error +removed +gateway +MESSAGE_CREATE +d\.content +string, always, 1× +–$/m,
    );
    expect(warned).toMatchObject({ stderr: '', exitCode: 0 });
    expect(JSON.parse(warned.stdout)).toMatchObject({
      changes: [{ change: 'unknown_opcode', op: 99 }, {}, {}, {}, {}],
      errors: 0,
    });
    expect(noSession.exitCode).toBe(2);
    expect(noFile.exitCode).toBe(3);
  });
});
