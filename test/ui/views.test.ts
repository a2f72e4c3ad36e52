/** The other views over real HTTP: sessions, REST calls, findings, comparisons, diagrams, and what can be taken away. */
import { readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type {
  CallAnswer,
  CallsAnswer,
  CompareAnswer,
  FindingsAnswer,
  FlowAnswer,
  FramesAnswer,
  SessionAnswer,
  SessionsAnswer,
  SqlAnswer,
  TakeAnswer,
  WordsAnswer,
} from '../../src/ui/answers.js';
import { ROUTE_PATHS } from '../../src/ui/routes.js';
import { captureScript } from '../support/capture/script.js';
import { runHere } from '../support/command-line.js';
import { ask, askComplete, askData, serveForAll, servePages } from '../support/pages.js';

const capture = captureScript(`
  open 1
  1 < HELLO {"heartbeat_interval":41250}
  1 > IDENTIFY {"intents":513}
  1 < READY
  1 > HEARTBEAT 1
  1 < HEARTBEAT_ACK
  1 < MESSAGE_CREATE {"content":"it's <b>here</b>","author":{"id":"80351110224678912","username":"wren"}}
  call GET /v10/users/@me 200 {}
  call POST /v10/channels/41771983423143937/messages 429 {"retry_after":1}
  call GET /v10/gateway/bot 500 {}
  1 < close 4009
  end 1 gateway
  + 5000
  open 2
  2 < HELLO {"heartbeat_interval":41250}
  2 > IDENTIFY {"intents":513}
  2 < READY
  2 < MESSAGE_CREATE {"content":"other","author":{"id":"80351110224678912","username":"wren"}}
  2 > op99 {"a":1}
  end 2`);
const serveCapture = serveForAll(capture);

describe('docs/page.md', () => {
  it('has every address of the server, and no other', () => {
    const page = readFileSync(new URL('../../docs/page.md', import.meta.url), 'utf8');
    const addresses = page.slice(page.indexOf('| address'), page.indexOf('| parameter'));
    const documented = [...addresses.matchAll(/`(\/[\w/]*)`/g)].map(([, path]) => path!);
    const served = ROUTE_PATHS.map((path) => path.replace(/^\/(take|flow)\/\w+$/, '/$1/FORM'));
    expect([...new Set(documented)].sort()).toEqual([...new Set(served)].sort());
  });
});

describe('/sessions', () => {
  it('gives lanes, bars with how they began and ended, and round trips', async () => {
    const page = serveCapture();
    const { sessions, connections, heartbeats } = await askData<SessionsAnswer>(page, '/sessions');
    expect(sessions.map(({ id }) => id)).toEqual([1, 2]);
    expect(connections).toMatchObject([
      { id: 1, sessionId: 1, began: 'identify', end: 'fatal', closeCode: 4009 },
      { id: 2, sessionId: 2, began: 'identify', end: 'lost', closeCode: null },
    ]);
    expect(connections[0]!.inWords).toBe('closed by gateway with 4009 SESSION_TIMED_OUT');
    expect(heartbeats).toMatchObject([
      { connectionId: 1, points: [[expect.any(Number), expect.any(Number)]] },
    ]);
    const one = await askData<SessionAnswer>(page, '/sessions/2');
    expect(one.connections.map(({ id }) => id)).toEqual([2]);
    expect(one.events.reduce((sum, { frames }) => sum + frames, 0)).toBe(one.session.frames);
    expect(one.commands.map(({ command }) => command.split(' ')[1])).toContain('mock');
    expect((await ask(page, '/sessions/9.json')).status).toBe(404);
    expect((await ask(page, '/sessions.csv')).text.split('\r\n')).toHaveLength(4);
  });

  it('leaves out what is not in the span of time', async () => {
    const page = serveCapture();
    const { connections } = await askData<SessionsAnswer>(page, '/sessions');
    const late = await askData<SessionsAnswer>(page, `/sessions?from=${connections[1]!.openedAtUs}`);
    expect([late.sessions.map(({ id }) => id), late.connections.map(({ id }) => id)]).toEqual([[2], [2]]);
  });
});

describe('/rest', () => {
  it('pages through the calls from either end, and jumps to one', async () => {
    const page = serveCapture();
    const all = (await askData<CallsAnswer>(page, '/rest')).calls.map(({ id }) => id);
    expect(all).toHaveLength(3);
    const backwards: number[] = [];
    for (let place: string | null = ''; place !== null;) {
      const window: CallsAnswer = await askData<CallsAnswer>(page, `/rest?limit=1${place}`);
      backwards.unshift(...window.calls.map(({ id }) => id));
      place = window.previous === null ? null : `&before=${window.previous.before}`;
    }
    expect(backwards).toEqual(all);
    const forwards: number[] = [];
    for (let place = '0-0' as string | null; place !== null;) {
      const window: CallsAnswer = await askData<CallsAnswer>(page, `/rest?limit=1&after=${place}`);
      forwards.push(...window.calls.map(({ id }) => id));
      place = window.next?.after ?? null;
    }
    expect(forwards).toEqual(all);
    const around = await askData<CallsAnswer>(page, `/rest?limit=2&around=${all[1]}`);
    expect(around.calls.map(({ id }) => id)).toEqual([all[0], all[1]]);
  });

  it('chooses by status, method and route, with figures', async () => {
    const page = serveCapture();
    const failed = await askData<CallsAnswer>(page, '/rest?status=429,5xx');
    expect(failed.calls.map(({ status }) => status)).toEqual([429, 500]);
    expect(failed.overTime).toMatchObject({ calls: 2, errors: 2, rateLimited: 1 });
    expect((await askData<CallsAnswer>(page, '/rest?method=post')).routes).toMatchObject([
      { method: 'POST', route: '/channels/:id/messages', calls: 1, errors: 1 },
    ]);
    const chosen = await askData<CallsAnswer>(
      page,
      '/rest?calls=status:>=400%20-status:500&calls=method:POST',
    );
    expect(chosen.calls.map(({ status }) => status)).toEqual([429]);
    expect(chosen.overTime.calls).toBe(1);
    const wrong = await ask(page, '/rest.json?calls=event:READY');
    expect([wrong.status, JSON.parse(wrong.text)]).toMatchObject([400, { error: { column: 1 } }]);
    expect((await ask(page, '/rest.json?status=abc')).status).toBe(400);
    expect((await ask(page, '/rest.json?after=abc')).status).toBe(400);
  });

  it('shows one call with its bodies, the frames around, and a command that makes it again', async () => {
    const page = serveCapture();
    const { calls } = await askData<CallsAnswer>(page, '/rest');
    const call = await askData<CallAnswer>(page, `/rest/${calls[1]!.id}`);
    expect(call).toMatchObject({ previousId: calls[0]!.id, nextId: calls[2]!.id, call: { status: 429 } });
    expect(JSON.parse(call.response.text!)).toEqual({ retry_after: 1 });
    expect(call.curl).toMatch(/^curl \\\n {2}-X POST/);
    expect(call.around.map(({ event }) => event)).toContain('MESSAGE_CREATE');
    expect((await ask(page, '/rest/99.json')).status).toBe(404);
  });
});

describe('/findings', () => {
  it('are those of lint, and mark the frames that they name', async () => {
    const db = capture.database();
    const page = await servePages(db);
    const found = await askComplete<FindingsAnswer>(page, '/findings');
    const { stdout } = await runHere(['lint', '--db', db, '--format', 'json', '--severity', 'info']);
    const { findings } = JSON.parse(stdout) as { findings: { rule: string }[] };
    expect(found.findings.map(({ rule }) => rule).sort()).toEqual(findings.map(({ rule }) => rule).sort());
    expect(found.findings.every(({ title }) => title !== '')).toBe(true);
    expect(Object.values(found.bySeverity).reduce((sum, count) => sum + count, 0)).toBe(findings.length);
    const marked = found.findings.find(({ frameIds }) => frameIds.length > 0)!;
    const { frames } = await askData<FramesAnswer>(page, '/frames');
    const line = frames.find(({ id }) => id === marked.frameIds[0])!;
    expect(line.findings.map(({ rule }) => rule)).toContain(marked.rule);
    const { lastAtUs } = found.findings.at(-1)!;
    expect(
      (await askComplete<FindingsAnswer>(page, `/findings?from=${lastAtUs + 3_600_000_000}`)).findings,
    ).toEqual([]);
  });
});

describe('/compare', () => {
  it('lists the sessions, and says what differs in payloads and in shapes', async () => {
    const page = serveCapture();
    const choice = await askData<CompareAnswer>(page, '/compare');
    expect([choice.sessions.map(({ id }) => id), choice.diff]).toEqual([[2, 1], null]);
    const same = await askComplete<CompareAnswer>(page, '/compare?left=1&right=1');
    expect(same.diff).toMatchObject({ equal: true, missing: [], unexpected: [], changed: [] });
    const other = await askComplete<CompareAnswer>(page, '/compare?left=1&right=2');
    expect(other.diff!.equal).toBe(false);
    expect(other.diff!.unexpected).toContainEqual(expect.objectContaining({ op: 99 }));
    expect(other.drift!.changes.map(({ change }) => change)).toContain('unknown_opcode');
    expect((await ask(page, '/compare.json?left=1&right=9')).status).toBe(404);
    await expect(
      askComplete<CompareAnswer>(page, '/compare?left=1&right=2&ignore=nonsense:::'),
    ).rejects.toThrow(/^400/);
  });
});

describe('/flow', () => {
  it('draws a session, as data and as files', async () => {
    const page = serveCapture();
    const { flow } = await askComplete<FlowAnswer>(page, '/flow?session=1');
    expect(flow!.steps.map(({ label }) => label).join('\n')).toContain('READY');
    const svg = await ask(page, '/flow/svg?session=1');
    expect([svg.status, svg.headers['content-type']]).toEqual([200, 'image/svg+xml']);
    expect(svg.headers['content-disposition']).toBe('attachment; filename="flow.svg"');
    expect(svg.text).toMatch(/^<svg /);
    expect((await ask(page, '/flow/mmd')).text).toMatch(/^sequenceDiagram/);
  });
});

describe('tools', () => {
  it('complete filters, and write the SQL of what one sees', async () => {
    const db = capture.database();
    const page = await servePages(db, { views: { mine: 'op:HELLO' } });
    const words = await askData<WordsAnswer>(page, '/words');
    expect(words.keys.map(({ name }) => name)).toContain('event');
    expect(words.events[0]!.frames).toBe(2);
    expect(words.ops.find(({ op }) => op === 99)).toMatchObject({ frames: 1 });
    expect(words.views.at(-1)).toEqual({ name: 'mine', filter: 'op:HELLO', source: 'settings' });
    for (const { filter } of [...words.views, ...words.hidden])
      expect((await ask(page, `/frames.json?f=${encodeURIComponent(filter)}`)).status).toBe(200);
    for (const filter of ['event:MESSAGE_CREATE', `"it's"`, 'd.author.username:wren sender:gateway']) {
      const query = `f=${encodeURIComponent(filter)}`;
      const { sql } = await askData<SqlAnswer>(page, `/sql?${query}`);
      const { stdout, stderr } = await runHere(['sql', sql, '--db', db, '--format', 'ndjson']);
      const { frames } = await askData<FramesAnswer>(page, `/frames?${query}`);
      expect(stderr).toBe('');
      expect(stdout.trim().split('\n')).toHaveLength(frames.length);
      expect(frames.length).toBeGreaterThan(0);
    }
  });

  it('give the selection as files that gatetape reads, and commands that run', async () => {
    const db = capture.database();
    const page = await servePages(db);
    const take = await askData<TakeAnswer>(page, '/take?session=1');
    for (const { form, href, name, refusal } of take.files) {
      expect(refusal).toBeNull();
      const { status, headers, text } = await ask(page, href);
      expect([form, status, headers['content-disposition']]).toEqual([
        form,
        200,
        `attachment; filename="${name}"`,
      ]);
      const { stdout } = await runHere(
        ['export', '--session', '1', '--as', form, '--db', db, '--csv-safe'].slice(0, form === 'csv' ? 8 : 7),
      );
      if (form !== 'har') expect(text).toBe(stdout);
      else expect(JSON.parse(text)).toEqual(JSON.parse(stdout));
    }
    const all = await askData<TakeAnswer>(page, '/take?f=op:HELLO');
    expect(all.files.find(({ form }) => form === 'tape')!.refusal).toContain('session');
    expect((await ask(page, '/take/tape')).status).toBe(400);
    const [frames] = (await askData<TakeAnswer>(page, `/take?f=${encodeURIComponent('d.content:~"it\'s*"')}`))
      .commands;
    const words = execFileSync('sh', ['-c', frames!.command.replace('gatetape', `printf '%s\\n'`)], {
      encoding: 'utf8',
    });
    const { exitCode, stdout } = await runHere([...words.trim().split('\n'), '--format', 'ndjson']);
    expect([exitCode, stdout.trim().split('\n')]).toEqual([0, [expect.stringContaining('here')]]);
  });
});
