/** Tools of the Model Context Protocol server: what each answers, and what it refuses. */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeEach, describe, expect, it } from 'vitest';
import { StoreError } from '../../../src/errors.js';
import { importFile } from '../../../src/library/import.js';
import { describeTools, runTool } from '../../../src/library/mcp/tools.js';
import { sampleCapture, STRANGE_TEXT } from '../../support/capture/samples.js';
import { READY_LINES, storePlaybook } from '../../support/lint-playbook.js';
import { exchange, START_US } from '../../support/capture/records.js';
import { scratchFile } from '../../support/scratch.js';
import { storeRecords } from '../../support/stores.js';

const rows = async (db: string, name: string, given: object): Promise<unknown[]> =>
  ((await runTool(db, name, given)) as { rows: unknown[] }).rows;

describe('the tools', () => {
  it('are described by schemas that a client can check arguments with', () => {
    const ajv = new Ajv2020({ strict: false });
    for (const { inputSchema, annotations, description } of describeTools()) {
      const isValid = ajv.compile(inputSchema);
      expect(isValid({ made: 'up' })).toBe(false);
      expect(annotations).toMatchObject({ readOnlyHint: true });
      expect(description).toMatch(/\.$/);
    }
    const frames = ajv.compile(describeTools().find(({ name }) => name === 'frames')!.inputSchema);
    expect(frames({ session: 'latest', op: [0], event: 'MESSAGE_*', since: '2h', limit: 5 })).toBe(true);
    expect(frames({ session: 'first' })).toBe(false);
  });

  it('are those of docs/mcp.md', () => {
    const page = readFileSync(new URL('../../../docs/mcp.md', import.meta.url), 'utf8');
    const named = [...page.matchAll(/^\| `(\w+)` /gm)].map(([, name]) => name);
    expect(named).toEqual(describeTools().map(({ name }) => name));
  });
});

describe('a tool answers', () => {
  let db = '';
  beforeEach(() => {
    db = sampleCapture();
  });

  it('sessions and connections', async () => {
    expect(await rows(db, 'sessions', {})).toMatchObject([{ id: 1, userId: '42', library: 'test-library' }]);
    expect(await rows(db, 'connections', {})).toHaveLength(2);
    expect(await rows(db, 'connections', { session: 'latest' })).toHaveLength(1);
  });

  it('statistics, with a total on each page', async () => {
    const first = (await runTool(db, 'stats', { by: ['op'], limit: 1 })) as { nextCursor: string };
    expect(first).toMatchObject({ total: { count: 7 }, heartbeat: { sent: 2 }, rows: [{ count: 2 }] });
    const second = await runTool(db, 'stats', { by: ['op'], limit: 1, cursor: first.nextCursor });
    expect(second).toMatchObject({ total: { count: 7 }, rows: [{}] });
    expect(await runTool(db, 'stats', { session: 1, op: [0] })).toMatchObject({ total: { count: 2 } });
    expect(await runTool(db, 'stats', { filter: 'op:DISPATCH' })).toMatchObject({ total: { count: 2 } });
  });

  it('frames', async () => {
    expect(await rows(db, 'frames', { event: 'message_*' })).toMatchObject([{ seq: 2 }]);
    expect(await rows(db, 'frames', { sender: 'client' })).toMatchObject([{ op: 2 }]);
    expect(await rows(db, 'frames', { since: 'now' })).toEqual([]);
    expect(await rows(db, 'frames', { filter: 'event:MESSAGE_* or kind:ping' })).toMatchObject([
      { seq: 2 },
      { kind: 'ping' },
    ]);
    expect(await rows(db, 'frames', { filter: 'd.x:1 -op:HELLO' })).toMatchObject([{ seq: 2 }]);
    expect(await rows(db, 'frames', { newestFirst: true, limit: 1 })).toMatchObject([{ kind: 'ping' }]);
  });

  it('one frame, its payload as it was recorded', async () => {
    expect(await runTool(db, 'frame', { session: 1, seq: 2 })).toMatchObject({
      payload: STRANGE_TEXT,
      payloadCharacters: STRANGE_TEXT.length,
      around: { previous: 3, next: 5 },
    });
    expect(await runTool(db, 'frame', { id: 6 })).toMatchObject({
      status: 'inflate_failed',
      payload: null,
      bytes: { size: 7 },
    });
  });

  it('findings, by the rules and the frames that are asked for', async () => {
    const broken = storePlaybook([...READY_LINES, '2 > op 11', '3 > op 99']);
    expect(await runTool(broken, 'lint', { severity: 'error' })).toMatchObject({
      checked: { connections: 1 },
      rows: [{ rule: 'tx-receive-only', frameIds: [4] }],
    });
    expect(await rows(broken, 'lint', { session: 'latest', rules: ['tx-*'], limit: 1 })).toHaveLength(1);
    expect(await rows(broken, 'lint', { rules: ['tx-*'], filter: 'op:99' })).toMatchObject([
      { frameIds: [5] },
    ]);
    await expect(runTool(broken, 'lint', { rules: ['nonsense'] })).rejects.toThrow(
      'there is no rule nonsense',
    );
  });

  it('drift and diff of two sessions', async () => {
    const two = scratchFile();
    const tape = new URL('../../../tapes/demo.tape.ndjson', import.meta.url).pathname;
    for (let time = 0; time < 2; time += 1)
      importFile({ file: tape, db: two, redact: 'secrets', maxPayloadBytes: 1_000_000 });
    expect(await runTool(two, 'drift', { before: 1, after: 2 })).toMatchObject({
      payloadsBefore: 43,
      rows: [],
    });
    expect(await runTool(two, 'diff', { before: 1, after: 2 })).toMatchObject({ equal: true, rows: [] });
  });

  it('SQL, page by page', async () => {
    const statement = 'SELECT id, event FROM frame_view WHERE session_id = 1 ORDER BY id';
    const first = (await runTool(db, 'sql', { statement, limit: 2 })) as { nextCursor: string };
    expect(first).toMatchObject({ columns: ['id', 'event'], rows: [{ id: 1 }, { id: 2 }] });
    expect(await rows(db, 'sql', { statement, cursor: first.nextCursor })).toMatchObject([
      { id: 3, event: 'READY' },
      { id: 4 },
      { id: 5 },
    ]);
    expect(await rows(db, 'sql', { statement: "SELECT x'00ff' AS a, 9007199254740993 AS b" })).toEqual([
      { a: { $binary: 'AP8=' }, b: '9007199254740993' },
    ]);
  });
});

it('http gives each call once, page by page', async () => {
  // Two calls that begin at once, too.
  const path = storeRecords([0, 0, 1, 2].map((afterUs) => exchange({ startedAtUs: START_US + afterUs })));
  const ids: unknown[] = [];
  let cursor: string | undefined;
  do {
    const given = cursor === undefined ? { limit: 1 } : { limit: 1, cursor };
    const page = (await runTool(path, 'http', given)) as { rows: { id: number }[]; nextCursor?: string };
    ids.push(...page.rows.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor !== undefined && ids.length < 9);
  expect(ids).toEqual([1, 2, 3, 4]);
});

describe('a tool refuses', () => {
  let db = '';
  beforeEach(() => {
    db = sampleCapture();
  });

  it.each([
    ['sql', { statement: 'DELETE FROM frame' }, 'not a statement that reads'],
    ['sql', { statement: "ATTACH '/tmp/x' AS y" }, 'not a statement that reads'],
    ['sql', { statement: 'SELECT hex(key) FROM placeholder_key' }, 'not for reading'],
    ['sql', { statement: 'SELECT * FROM main."Placeholder_Key"' }, 'not for reading'],
    ['sql', { statement: 'WITH x AS (SELECT 1) DELETE FROM frame' }, 'would write'],
    ['sql', {}, '"statement" is missing'],
    ['frames', { session: 99 }, 'session 99'],
    ['frames', { evnt: 'READY' }, 'is not an option'],
    ['frames', { op: 'HELLO' }, '"op" is'],
    ['frames', { cursor: 'x' }, 'the cursor is invalid'],
    ['frames', { db: '/etc/passwd' }, 'is not an option'],
    ['frames', { filter: 'evnt:READY' }, 'evnt'],
    ['frames', { guild: "1' OR 1=1" }, '"guild" is'],
    ['frames', { user: 'somebody' }, '"user" is'],
    ['frame', {}, 'no frame is named'],
    ['frame', { id: 1, seq: 1 }, 'exclude each other'],
    ['http', { cursor: '1.x' }, 'the cursor is invalid'],
    ['http', { cursor: '.' }, 'the cursor is invalid'],
    ['http', { cursor: '1' }, 'the cursor is invalid'],
    ['http', { cursor: '1.2.3' }, 'the cursor is invalid'],
    ['lint', { session: 1, connection: 1 }, 'exclude each other'],
    ['diff', { before: 1 }, '"after" is missing'],
    ['drift', { before: 'old.sqlite', after: 1 }, '"before" is'],
    ['delete', {}, 'there is no tool delete'],
  ])('%s %j', async (name, given, expected) => {
    await expect(runTool(db, name, given)).rejects.toThrow(expected);
  });

  it('a file that is not there', async () => {
    await expect(runTool(scratchFile('missing.sqlite'), 'sessions', {})).rejects.toThrow(StoreError);
  });
});
