/** `ui` and `record --ui`, of the built program: what they print, live counters while a client talks, and how they fail. */
import { createServer } from 'node:net';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { FramesAnswer, LiveEvent, OverviewAnswer } from '../../src/ui/answers.js';
import { captureScript } from '../support/capture/script.js';
import { Gatetape, gatetape } from '../support/gatetape.js';
import { ask, askData } from '../support/pages.js';
import { scratchFile } from '../support/scratch.js';

const TAPE = new URL('../../tapes/demo.tape.ndjson', import.meta.url).pathname;
const capture = captureScript(`
  open 1
  1 < HELLO
  1 < MESSAGE_CREATE {"content":"hi"}
  end 1`);

interface Listening {
  readonly uiUrl: string;
  readonly gatewayUrl: string;
}

const readLine = async (program: Gatetape): Promise<Listening> =>
  JSON.parse(await program.line()) as Listening;

/** Events of `/live`, one after the other. */
async function* listen({ uiUrl }: Listening, query = ''): AsyncGenerator<LiveEvent, void> {
  const request = get(`${uiUrl}live${query}`);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  onTestFinished(() => void response.destroy());
  let text = '';
  for await (const part of response.setEncoding('utf8') as AsyncIterable<string>) {
    text += part;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const [, data = 'null'] = /^data: (.*)$/m.exec(text.slice(0, end)) ?? [];
      text = text.slice(end + 2);
      yield JSON.parse(data) as LiveEvent;
    }
  }
}

/** The first event that is as expected. */
async function waitFor(
  events: AsyncGenerator<LiveEvent, void>,
  isIt: (event: LiveEvent) => boolean,
): Promise<LiveEvent> {
  for (;;) {
    const { value } = await events.next();
    if (value === undefined) throw new Error('the stream has ended');
    if (isIt(value)) return value;
  }
}

describe('gatetape ui', () => {
  it('prints its address, serves the page, and stops on Ctrl-C', async () => {
    const db = capture.database();
    const program = new Gatetape(['ui', '--db', db, '--listen', ':0']);
    const listening = await readLine(program);
    expect(Object.keys(listening)).toEqual(['event', 'uiUrl', 'db']);
    expect(listening).toMatchObject({ event: 'listening', db });
    expect((await ask(listening, '/')).status).toBe(200);
    program.signal('SIGINT');
    expect(await program.ended()).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('fails as the other commands do: busy port, missing, foreign and other files, wrong flags', async () => {
    const db = capture.database();
    const busy = createServer();
    await once(busy.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void busy.close());
    const { port } = busy.address() as { port: number };
    const foreign = scratchFile('foreign.sqlite');
    writeFileSync(foreign, 'not a database');
    const missing = scratchFile('missing.sqlite');
    const rows: readonly (readonly [args: readonly string[], exitCode: number, words: string])[] = [
      [['--db', db, '--listen', `:${port}`], 4, 'the port is in use'],
      [['--db', missing], 3, 'there is no database'],
      [['--db', foreign, '--listen', ':0'], 3, foreign],
      [['--db', db, '--listen', 'nonsense'], 2, '--listen'],
      [['--db', db, '--listen', '0.0.0.0:0'], 2, '--allow-remote'],
      [['--db', db, '--lisen', ':0'], 2, '--listen'],
    ];
    for (const [args, exitCode, words] of rows) {
      const result = await gatetape(['ui', ...args]);
      expect([args, result.exitCode, result.stdout]).toEqual([args, exitCode, '']);
      expect(result.stderr).toMatch(/^gatetape: [^\n]+\n$/);
      expect(result.stderr).toContain(words);
    }
    expect(existsSync(missing)).toBe(false);
  });

  it('shows the file at the path, and reports a missing one', async () => {
    const db = capture.database();
    const program = new Gatetape(['ui', '--db', db, '--listen', ':0']);
    const listening = await readLine(program);
    const events = listen(listening);
    await waitFor(events, () => true);
    renameSync(db, `${db}.old`);
    const gone = await ask(listening, '/overview.json');
    expect([gone.status, gone.text]).toEqual([503, expect.stringContaining('there is no database')]);
    renameSync(captureScript('open 1\n1 < HELLO').database(), db);
    expect((await askData<FramesAnswer>(listening, '/frames')).frames).toHaveLength(1);
    program.signal('SIGINT');
    expect(await program.ended()).toMatchObject({ exitCode: 0 });
  });
});

describe('gatetape record --ui', () => {
  it('shows what is recorded while it is recorded, and leaves one file', async () => {
    const mock = new Gatetape(['mock', '--tape', TAPE, '--listen', ':0', '--speed', 'max']);
    const { gatewayUrl: upstream } = await readLine(mock);
    const db = scratchFile();
    const flags = ['--upstream', upstream, '--db', db, '--listen', ':0', '--ui', ':0'];
    const program = new Gatetape(['record', ...flags]);
    const listening = await readLine(program);
    expect(Object.keys(listening)).toEqual(['event', 'gatewayUrl', 'apiUrl', 'upstream', 'db', 'uiUrl']);
    const events = listen(listening, '?f=op:HELLO');
    expect(await waitFor(events, () => true)).toMatchObject({ lastId: 0, isRecording: true });
    const socket = new WebSocket(`${listening.gatewayUrl}/?v=10&encoding=json`);
    await once(socket, 'message');
    const live = await waitFor(events, ({ passed }) => passed > 0);
    expect(live).toMatchObject({ passed: 1, openConnections: 1, isRecording: true });
    const { frames } = await askData<FramesAnswer>(listening, '/frames');
    expect(frames[0]).toMatchObject({
      opName: 'HELLO',
      words: expect.stringContaining('heartbeat every') as string,
    });
    expect((await askData<OverviewAnswer>(listening, '/overview')).source).toMatchObject({
      isRecording: true,
      apiUrl: expect.stringContaining('/api') as string,
    });
    socket.close();
    await once(socket, 'close');
    program.signal('SIGINT');
    expect(await program.ended()).toMatchObject({ exitCode: 0 });
    expect(['-wal', '-shm', '-lock'].filter((ending) => existsSync(db + ending))).toEqual([]);
  });

  it('does not record when the page cannot be served', async () => {
    const busy = createServer();
    await once(busy.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void busy.close());
    const { port } = busy.address() as { port: number };
    const result = await gatetape(['record', '--db', scratchFile(), '--listen', ':0', '--ui', `:${port}`]);
    expect([result.exitCode, result.stdout]).toEqual([4, '']);
    expect(result.stderr).toContain('the port is in use');
  });
});
