/** `record`, of the built program: what scripts rely on, clean stops, refusals; and the texts for people. */
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { statusText, summaryText } from '../../src/cli/record.js';
import type { RecorderFigures } from '../../src/library/record.js';
import { runHere } from '../support/command-line.js';
import { Gatetape, gatetape } from '../support/gatetape.js';
import { scratchFile } from '../support/scratch.js';
import { ScriptedGateway } from '../support/scripted-gateway.js';
import { rowsOf } from '../support/stores.js';
import { until } from '../support/until.js';

const FIGURES: RecorderFigures = {
  connections: 4,
  restCalls: 0,
  openConnections: 1,
  frames: 1000,
  payloads: 990,
  undecodable: 0,
  gaps: 0,
  unrecordedBytes: 0,
  restarts: 0,
  wireBytes: 2048,
  payloadBytes: 4096,
  queueBytes: 0,
};

interface Listening {
  readonly gatewayUrl: string;
  readonly apiUrl: string;
}

/** A program that records what goes to `upstream`. */
async function recordFrom(
  upstream: ScriptedGateway,
  db: string,
  ...more: readonly string[]
): Promise<{ program: Gatetape } & Listening> {
  const flags = ['--listen', ':0', '--upstream', upstream.url, '--api', upstream.apiUrl, '--db', db, ...more];
  const program = new Gatetape(['record', ...flags]);
  const line = JSON.parse(await program.line()) as Listening & object;
  expect(Object.keys(line)).toEqual(['event', 'gatewayUrl', 'apiUrl', 'upstream', 'db']);
  expect(line).toMatchObject({ event: 'listening', upstream: upstream.url, db });
  expect(line.gatewayUrl).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/);
  expect(line.apiUrl).toBe(`${line.gatewayUrl.replace('ws', 'http')}/api`);
  return { program, ...line };
}

/** Gets HELLO and answers with a heartbeat, whose acknowledgement it waits for. */
async function talkTo(gatewayUrl: string): Promise<WebSocket> {
  const socket = new WebSocket(`${gatewayUrl}/?v=10&encoding=json`);
  await once(socket, 'message');
  socket.send('{"op":1,"d":null}');
  await once(socket, 'message');
  return socket;
}

describe('gatetape record', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'commits everything and prints a summary on %s',
    async (signal) => {
      await using upstream = await ScriptedGateway.start();
      const db = scratchFile();
      const { program, gatewayUrl } = await recordFrom(upstream, db);
      await talkTo(gatewayUrl);
      program.signal(signal);
      const { stdout, stderr, exitCode } = await program.ended();
      expect(exitCode).toBe(0);
      const stopped = JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<string, unknown>;
      expect(Object.keys(stopped)).toEqual([
        'event',
        'connections',
        'frames',
        'payloads',
        'undecodable',
        'gaps',
        'unrecordedBytes',
        'restarts',
        'wireBytes',
        'payloadBytes',
      ]);
      expect(stopped).toMatchObject({
        event: 'stopped',
        connections: 1,
        payloads: 3,
        undecodable: 0,
        gaps: 0,
      });
      expect(rowsOf(db, 'SELECT count(*) AS frames FROM frame')).toEqual([{ frames: stopped['frames'] }]);
      expect(stderr).toMatch(/^recorded \d frames on 1 connection \(.+\) in .+\n$/);
    },
  );

  it('can be watched with frames --follow', async () => {
    await using upstream = await ScriptedGateway.start();
    const db = scratchFile();
    const { program, gatewayUrl } = await recordFrom(upstream, db);
    const follower = new Gatetape(['frames', '--follow', '--format', 'ndjson', '--db', db]);
    const socket = await talkTo(gatewayUrl);
    const nextOp = async (): Promise<number> => (JSON.parse(await follower.line()) as { op: number }).op;
    expect([await nextOp(), await nextOp(), await nextOp()]).toEqual([10, 1, 11]);
    // What comes now cannot be among what was there already: the follower waits for more, and for a signal.
    socket.send('{"op":1,"d":null}');
    expect([await nextOp(), await nextOp()]).toEqual([1, 11]);
    follower.signal('SIGINT');
    expect(await follower.ended()).toMatchObject({ exitCode: 0, stderr: '' });
    program.signal('SIGINT');
    expect((await program.ended()).exitCode).toBe(0);
  });

  it('continues when the reader of its output has closed the pipe', async () => {
    await using upstream = await ScriptedGateway.start();
    const db = scratchFile();
    const { program, gatewayUrl } = await recordFrom(upstream, db);
    program.process.stdout.destroy();
    await talkTo(gatewayUrl);
    program.signal('SIGINT');
    expect((await program.ended()).exitCode).toBe(0);
    expect(rowsOf(db, 'SELECT count(*) AS payloads FROM payload')).toEqual([{ payloads: 3 }]);
  });

  it.each([
    [['--mode', 'sideways'], 2, '--mode is "sideways"'],
    [['--redact', 'personel'], 2, 'did you mean personal?'],
    [['--max-payload', 'much'], 2, '--max-payload is "much"'],
    [['--listen', 'nowhere'], 2, '--listen is "nowhere"'],
    [['--upstream', 'https://example.org'], 2, '--upstream is "https://example.org"'],
    [['--db', '/nonexistent/folder/x.sqlite'], 3, '/nonexistent/folder'],
  ])('refuses %j with %i', async (flags, code, message) => {
    const { stdout, stderr, exitCode } = await runHere([
      'record',
      '--listen',
      ':0',
      '--db',
      scratchFile(),
      ...flags,
    ]);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: code });
    expect(stderr).toMatch(/^gatetape: [^\n]+: [^\n]+\n$/);
    expect(stderr).toContain(message);
  });

  it('reports a port in use, and leaves no database behind', async () => {
    await using upstream = await ScriptedGateway.start();
    const db = scratchFile();
    const listen = `127.0.0.1:${upstream.port}`;
    const { stdout, stderr, exitCode } = await gatetape(['record', '--listen', listen, '--db', db]);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 4 });
    expect(stderr).toMatch(/^gatetape: [^\n]+: [^\n]+\n$/);
    expect(stderr).toContain(String(upstream.port));
    expect(() => readFileSync(db)).toThrow('ENOENT');
  });

  it('does not change a file that is not a database', async () => {
    const db = scratchFile('notes.txt');
    const text = 'my only copy of something that is long enough for a header but is not one';
    writeFileSync(db, text);
    const { stderr, exitCode } = await gatetape(['record', '--listen', ':0', '--db', db]);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/^gatetape: [^\n]+: [^\n]+\n$/);
    expect(readFileSync(db, 'utf8')).toBe(text);
  });
});

describe('gatetape record --lint', () => {
  it('says what a client does wrong when it happens, each rule once in a minute', async () => {
    await using upstream = await ScriptedGateway.start();
    const db = scratchFile();
    const { program, gatewayUrl } = await recordFrom(upstream, db, '--lint');
    const socket = await talkTo(gatewayUrl);
    for (let index = 0; index < 3; index++) socket.send('{"op":11,"d":null}');
    // Its answer comes when all of them have passed.
    socket.send('{"op":1,"d":null}');
    await once(socket, 'message');
    await until(() => program.stderr.includes('tx-receive-only'));
    expect(program.stderr).toMatch(
      /^gatetape: warning: lint: error tx-receive-only \(client\) on connection 1, frame \d+: .+: .+\n$/,
    );
    program.signal('SIGINT');
    const { stderr, exitCode } = await program.ended();
    expect(exitCode).toBe(0);
    expect(stderr.match(/tx-receive-only/g)).toHaveLength(1);
    expect(stderr).toContain('gatetape: note: lint has left out 2 more like these\n');
    expect(stderr).toMatch(/^recorded \d+ frames/m);
    // The file is closed as it is without it: nothing reads it any more.
    expect(existsSync(`${db}-wal`)).toBe(false);
    expect(rowsOf(db, 'PRAGMA journal_mode')).toEqual([{ journal_mode: 'delete' }]);
  });

  it('says at the end what came last, and nothing of a client that keeps the rules', async () => {
    await using upstream = await ScriptedGateway.start();
    const db = scratchFile();
    const { program, gatewayUrl } = await recordFrom(upstream, db, '--lint');
    const socket = await talkTo(gatewayUrl);
    socket.send('{"op":1,"d":null}');
    await once(socket, 'message');
    program.signal('SIGINT');
    const { stderr, exitCode } = await program.ended();
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^recorded 5 frames on 1 connection \(.+\) in .+\n$/);
    const strict = await recordFrom(upstream, scratchFile(), '--lint=info');
    (await talkTo(strict.gatewayUrl)).terminate();
    strict.program.signal('SIGTERM');
    const ended = await strict.program.ended();
    expect(ended.stderr).toMatch(/^gatetape: warning: lint: info cl-no-frame \(client\) on connection 1: /m);
    expect(ended.exitCode).toBe(0);
  });
});

describe('statusText', () => {
  it('shows the counts, and the rate since the last call', () => {
    let figures = FIGURES;
    let nowMs = 0;
    const text = statusText({ figures: () => figures }, () => nowMs);
    expect(text()).toBe('recording: 1 connection open, 1,000 frames (0.00/s), 2 KiB, queue 0 B');
    nowMs = 500;
    figures = { ...FIGURES, frames: 1500, undecodable: 2, gaps: 1, unrecordedBytes: 1024 };
    expect(text()).toBe(
      'recording: 1 connection open, 1,500 frames (1,000/s), 2 KiB, queue 0 B, 2 undecodable, 1 gap, 1 KiB unrecorded',
    );
  });
});

describe('summaryText', () => {
  it('is one sentence with the counts and problems', () => {
    expect(summaryText(FIGURES, 'x.sqlite')).toBe(
      'recorded 1,000 frames on 4 connections (2 KiB on the wire, 4 KiB decoded) in x.sqlite',
    );
    const troubled = { ...FIGURES, undecodable: 3, gaps: 1, unrecordedBytes: 2048, restarts: 2 };
    expect(summaryText(troubled, 'x.sqlite')).toContain(
      '1,000 frames, 3 undecodable, 1 gap, 2 KiB unrecorded, 2 thread restarts on',
    );
  });
});
