/** `mock`, of the built program: what it prints, and that a client is served. */
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { captureScript } from '../support/capture/script.js';
import { runHere } from '../support/command-line.js';
import { Gatetape } from '../support/gatetape.js';

const TAPE = new URL('../../tapes/demo.tape.ndjson', import.meta.url).pathname;

const CAPTURE = `
  open 1
  1 < HELLO
  1 > IDENTIFY
  1 < READY
  1 < MESSAGE_CREATE {"content":"hi"}
  end 1`;

interface Listening {
  readonly gatewayUrl: string;
  readonly apiUrl: string;
}

/** What stderr says of the first client, who is there until the mock ends. */
function linesOf(events: readonly string[]): string {
  return [...events, 'has gone: no close frame']
    .map((event) => `gatetape: note: client 1 ${event}\n`)
    .join('');
}

describe('gatetape mock', () => {
  it.each([
    ['a tape', () => ['--tape', TAPE], { upstream: null, db: null, session: null }],
    [
      'a session',
      () => ['--session', 'latest', '--db', captureScript(CAPTURE).database()],
      { upstream: null, session: 1 },
    ],
  ])('serves %s until it is stopped', async (_name, source, expected) => {
    const mock = new Gatetape(['mock', ...source(), '--listen', ':0', '--speed', 'max']);
    const listening = JSON.parse(await mock.line()) as Listening;
    expect(listening).toMatchObject({ event: 'listening', ...expected });
    const answer = await fetch(`${listening.apiUrl}/v10/gateway`);
    expect(await answer.json()).toMatchObject({ url: listening.gatewayUrl });
    const socket = new WebSocket(`${listening.gatewayUrl}/?v=10&encoding=json`);
    const [hello] = (await once(socket, 'message')) as [Buffer];
    expect(JSON.parse(hello.toString())).toMatchObject({ op: 10 });
    mock.signal('SIGINT');
    expect(await mock.ended()).toMatchObject({ exitCode: 0, stderr: linesOf(['has come: json, none']) });
  });

  it('plays one frame for each line of stdin at speed step', async () => {
    const flags = ['mock', '--tape', TAPE, '--listen', ':0', '--speed', 'step'];
    const mock = new Gatetape(flags, { isInputOpen: true });
    const { gatewayUrl } = JSON.parse(await mock.line()) as Listening;
    const socket = new WebSocket(`${gatewayUrl}/?v=10&encoding=json`);
    const events: (string | null)[] = [];
    const next = async (): Promise<void> => {
      const [data] = (await once(socket, 'message')) as [Buffer];
      events.push((JSON.parse(data.toString()) as { t: string | null }).t);
    };
    await next();
    socket.send('{"op":2,"d":{"token":"t","intents":1,"properties":{}}}');
    for (let count = 0; count < 2; count += 1) {
      const frame = next();
      mock.process.stdin.write('\n');
      await frame;
    }
    expect(events).toEqual([null, 'READY', 'GUILD_CREATE']);
    mock.signal('SIGTERM');
    expect(await mock.ended()).toMatchObject({
      exitCode: 0,
      stderr: linesOf(['has come: json, none', 'identifies']),
    });
  });

  it.each([
    [[], 2, 'give --session latest, or --tape FILE'],
    [['--tape', TAPE, '--session', '1'], 2, 'exclude each other'],
    [['--tape', '/nonexistent/x.tape.ndjson'], 2, 'cannot read the tape'],
    [['--tape', TAPE, '--speed', '0'], 2, '--speed is "0"'],
    [['--tape', TAPE, '--rebase', 'soon'], 2, '--rebase is "soon"'],
    [['--tape', TAPE, '--disallow-intents', 'GUILDS'], 2, '--disallow-intents is "GUILDS"'],
    [['--session', 'latest', '--db', '/nonexistent/x.sqlite'], 3, 'there is no database'],
  ])('refuses %j with %i', async (flags, code, message) => {
    const { stdout, stderr, exitCode } = await runHere(['mock', ...flags]);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: code });
    expect(stderr).toMatch(/^gatetape: [^\n]+: [^\n]+\n$/);
    expect(stderr).toContain(message);
  });

  it('reports a missing session, and a port in use', async () => {
    const db = captureScript(CAPTURE).database();
    const first = new Gatetape(['mock', '--tape', TAPE, '--listen', ':0']);
    const { host } = new URL((JSON.parse(await first.line()) as Listening).gatewayUrl);
    const [missing, taken] = await Promise.all([
      runHere(['mock', '--session', '77', '--db', db]),
      runHere(['mock', '--tape', TAPE, '--listen', host]),
    ]);
    expect(missing).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('no session 77') as string,
    });
    expect(taken).toMatchObject({ exitCode: 4, stderr: expect.stringContaining(host) as string });
  });
});
