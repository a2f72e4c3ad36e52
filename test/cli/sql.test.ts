/** `sql`, of the built program: its formats, and how a statement that never ends is ended. */
import { describe, expect, it } from 'vitest';
import { runHere } from '../support/command-line.js';
import { Gatetape, gatetape } from '../support/gatetape.js';
import { sampleCapture } from '../support/capture/samples.js';

const EVERY_TYPE = `SELECT 7 AS id, 8 AS id, x'00ff' AS bytes, 9223372036854775807 AS large, 1.5 AS part, NULL AS none, 'a,b' AS text`;

describe('gatetape sql', () => {
  it('prints rows in every format', async () => {
    const db = sampleCapture();
    const [table, json, ndjson, csv] = await Promise.all(
      ['table', 'json', 'ndjson', 'csv'].map((format) =>
        runHere(['sql', EVERY_TYPE, '--db', db, '--format', format]),
      ),
    );
    const row = {
      id: 7,
      id_2: 8,
      bytes: { $binary: 'AP8=' },
      large: '9223372036854775807',
      part: 1.5,
      none: null,
      text: 'a,b',
    };
    expect(table!.stdout).toBe(
      `id  id_2  bytes                  large  part  none  text\n` +
        ` 7     8  X'00FF'  9223372036854775807   1.5  –     a,b\n`,
    );
    expect(JSON.parse(json!.stdout)).toEqual([row]);
    expect(JSON.parse(ndjson!.stdout)).toEqual(row);
    expect(csv!.stdout).toBe(
      `id,id_2,bytes,large,part,none,text\n7,8,X'00FF',9223372036854775807,1.5,,"a,b"\n`,
    );
  });

  it('prints a heading without rows, and cuts long cells in tables', async () => {
    const db = sampleCapture();
    const [none, long] = await Promise.all([
      runHere(['sql', 'SELECT id FROM frame WHERE id < 0', '--db', db]),
      gatetape(['sql', `SELECT printf('%.*c', 5000, 'x') AS long`, '--db', db]),
    ]);
    expect(none).toEqual({ stdout: 'id\n', stderr: '', exitCode: 0 });
    expect(long.stdout).toBe(`long\n${'x'.repeat(119)}…\n`);
  });

  it('refuses statements that write, in one line', async () => {
    const { stdout, stderr, exitCode } = await runHere([
      'sql',
      'SELECT * FROM nowhere',
      '--db',
      sampleCapture(),
    ]);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr).toMatch(
      /^gatetape: SQLite cannot run the statement \(no such table: nowhere\): [^\n]+\n$/,
    );
  });

  it('ends at once at Ctrl-C, whatever SQLite is doing', async () => {
    // Enough rows for a first piece of output, then none any more.
    const endless = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i < 20000`;
    const program = new Gatetape(['sql', endless, '--format', 'ndjson', '--db', sampleCapture()]);
    expect(await program.line()).toBe('{"i":1}');
    program.signal('SIGINT');
    await program.ended();
    expect(program.process.signalCode).toBe('SIGINT');
  });

  it('ends after --timeout with one line, with and without rows', async () => {
    const endless = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)';
    const db = sampleCapture();
    const line = /^gatetape: the statement took longer than --timeout allows: [^\n]+\n$/;
    const rows = await runHere(['sql', `${endless} SELECT i FROM n`, '--timeout', '50ms', '--db', db]);
    expect(rows.exitCode).toBe(2);
    expect(rows.stderr).toMatch(line);
    const program = new Gatetape([
      'sql',
      `${endless} SELECT count(*) FROM n`,
      '--timeout',
      '50ms',
      '--db',
      db,
    ]);
    const { stderr } = await program.ended();
    expect(stderr).toMatch(line);
    expect(program.process.signalCode).toBe('SIGTERM');
  });
});
