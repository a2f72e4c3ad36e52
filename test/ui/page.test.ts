/** The page's server over real HTTP: what each address answers, by a recording that the reader of the test sees. */
import { describe, expect, it } from 'vitest';
import type {
  FrameAnswer,
  FramesAnswer,
  FrameCountAnswer,
  OverviewAnswer,
  SizesAnswer,
} from '../../src/ui/answers.js';
import { captureScript } from '../support/capture/script.js';
import { ask, askComplete, askData, serveForAll, servePages } from '../support/pages.js';

const CAPTURE = `
  open 1 json zlib-stream
  1 < HELLO {"heartbeat_interval":41250}
  1 > IDENTIFY {"intents":33281}
  1 < READY
  1 > HEARTBEAT 1
  + 30
  1 < HEARTBEAT_ACK
  1 < MESSAGE_CREATE {"content":"!ping <img src=x onerror=alert(1)>","author":{"id":"80351110224678912","username":"wren"},"channel_id":"41771983423143937","guild_id":"41771983423143936"}
  1 < MESSAGE_CREATE {"content":"pong","author":{"id":"80351110224678913","username":"gull"}}
  call POST /v10/channels/41771983423143937/messages 429 {"retry_after":1}
  1 > op99 {"a":1}
  1 < SOMETHING_NEW {"name":"new"}
  1 < close 4009
  end 1 gateway
  + 5000
  open 2
  2 < HELLO {"heartbeat_interval":41250}
  2 > RESUME
  2 < RESUMED
  2 < RECONNECT null
  gap 2 < 500
  end 2`;

const capture = captureScript(CAPTURE);
const serveCapture = serveForAll(capture);

describe('/overview', () => {
  it('sums up the whole recording, as bins, table and marks', async () => {
    const page = serveCapture();
    const overview = await askData<OverviewAnswer>(page, '/overview');
    const frames = await askData<FramesAnswer>(page, '/frames?limit=1000');
    expect(overview.total.frames).toBe(frames.frames.length);
    const inBins = overview.bins!.series.flatMap((series) => series.frames);
    expect(inBins.reduce((sum, count) => sum + count, 0)).toBe(overview.total.frames);
    expect(overview.bins!.count).toBeLessThanOrEqual(600);
    expect(overview.events.reduce((sum, event) => sum + event.frames, 0)).toBe(overview.total.frames);
    expect(
      overview.events
        .filter(({ isKnown }) => !isKnown)
        .map(({ op, event }) => event ?? op)
        .sort(),
    ).toEqual([99, 'SOMETHING_NEW']);
    expect(overview).toMatchObject({
      connections: 2,
      resumes: 1,
      sessions: 1,
      gaps: 1,
      unrecordedBytes: 500,
    });
    expect(overview.heartbeats).toMatchObject({ sent: 1, acked: 1, missed: 0 });
    expect(overview.rest).toMatchObject({ calls: 1, errors: 1, rateLimited: 1 });
    expect(overview.marks.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['open', 'identify', 'gap', 'close', 'resume', 'reconnect']),
    );
    expect(overview.intents[0]!.frames).toBeGreaterThan(0);
  });

  it('says the same of a filter by types from the roll-ups and of one by contents from the frames', async () => {
    const page = serveCapture();
    const quick = await askComplete<OverviewAnswer>(page, '/overview?f=event:MESSAGE_CREATE');
    const slow = await askComplete<OverviewAnswer>(page, '/overview?f=event:MESSAGE_CREATE%20d.content:*');
    expect([quick.selection.isQuick, slow.selection.isQuick]).toEqual([true, false]);
    expect(quick.total.frames).toBe(2);
    expect({ ...slow.total, ...slow.bins }).toEqual({ ...quick.total, ...quick.bins });
    expect(slow.events).toEqual(quick.events);
  });

  it('narrows to a span of time', async () => {
    const page = serveCapture();
    const all = await askData<FramesAnswer>(page, '/frames');
    const [, second, third] = all.frames;
    const query = `from=${second!.atUs}&to=${third!.atUs}`;
    expect((await askData<OverviewAnswer>(page, `/overview?${query}`)).total.frames).toBe(1);
    expect((await askData<FramesAnswer>(page, `/frames?${query}`)).frames.map(({ id }) => id)).toEqual([
      second!.id,
    ]);
  });

  it('is empty for an empty recording', async () => {
    const page = await servePages(captureScript('').database());
    expect(await askData(page, '/overview')).toMatchObject({ bins: null, events: [], total: { frames: 0 } });
    expect(await askData(page, '/frames')).toMatchObject({
      frames: [],
      previous: null,
      next: null,
      position: null,
    });
  });
});

describe('/frames', () => {
  it('pages through the list from either end, without leaving any out', async () => {
    const page = serveCapture();
    const { frames: all } = await askData<FramesAnswer>(page, '/frames?limit=1000');
    const ids = all.map(({ id }) => id);
    const backwards: number[] = [];
    for (let place: string | null = ''; place !== null;) {
      const window: FramesAnswer = await askData<FramesAnswer>(page, `/frames?limit=4${place}`);
      backwards.unshift(...window.frames.map(({ id }) => id));
      place = window.previous === null ? null : `&before=${window.previous.before}`;
    }
    expect(backwards).toEqual(ids);
    const forwards: number[] = [];
    for (let after: number | null = 0; after !== null;) {
      const window: FramesAnswer = await askData<FramesAnswer>(page, `/frames?limit=4&after=${after}`);
      forwards.push(...window.frames.map(({ id }) => id));
      after = window.next === null ? null : window.next.after;
    }
    expect(forwards).toEqual(ids);
  });

  it('jumps to a time, a part of the recording, and a frame', async () => {
    const page = serveCapture();
    const { frames: all } = await askData<FramesAnswer>(page, '/frames?limit=1000');
    const middle = all[Math.floor(all.length / 2)]!;
    const first = async (query: string): Promise<number> =>
      (await askData<FramesAnswer>(page, `/frames?limit=5&${query}`)).frames[0]!.id;
    expect(await first(`at=${middle.atUs}`)).toBe(middle.id);
    expect(await first('part=0')).toBe(all[0]!.id);
    expect(await first('part=1')).toBe(all.at(-1)!.id);
    const around = await askData<FramesAnswer>(page, `/frames?limit=5&around=${middle.id}`);
    expect(around.frames.map(({ id }) => id)).toEqual([-2, -1, 0, 1, 2].map((step) => middle.id + step));
  });

  it('filters, counts, and says the first words of each payload as plain text', async () => {
    const page = serveCapture();
    const found = await askData<FramesAnswer>(page, '/frames?f=event:MESSAGE_CREATE');
    expect(found.frames.map(({ words }) => words)).toEqual([
      'wren: !ping <img src=x onerror=alert(1)>',
      'gull: pong',
    ]);
    expect(found.count).toEqual({ frames: 2, isExact: true });
    const text = await askData<FramesAnswer>(page, '/frames?f=pong');
    expect([text.frames.length, text.count.isExact]).toEqual([1, false]);
    expect((await askComplete<FrameCountAnswer>(page, '/frames/count?f=pong')).frames).toBe(1);
    const sizes = await askComplete<SizesAnswer>(page, '/sizes');
    const { total } = await askData<OverviewAnswer>(page, '/overview');
    expect(sizes.sizes.reduce((sum, { frames }) => sum + frames, 0)).toBe(total.frames);
  });

  it('gives the same rows to a spreadsheet, and lets it run none', async () => {
    const evil = captureScript(`
      open 1
      1 < HELLO
      1 < MESSAGE_CREATE {"content":"=1+1"}`).database();
    const { status, headers, text } = await ask(await servePages(evil), '/frames.csv');
    expect([status, headers['content-type']]).toEqual([200, 'text/csv; charset=utf-8']);
    expect(text.split('\r\n')).toHaveLength(4);
    expect(text).toContain(`,'=1+1,`);
  });

  it('shows one frame with its neighbours, what answers it, and the calls around', async () => {
    const page = serveCapture();
    const { frames } = await askData<FramesAnswer>(page, '/frames');
    const find = (name: string): number =>
      frames.find(({ opName, event }) => event === name || opName === name)!.id;
    const beat = await askData<FrameAnswer>(page, `/frames/${find('HEARTBEAT')}`);
    expect(beat.paired).toMatchObject([{ relation: 'acknowledged by', id: find('HEARTBEAT_ACK') }]);
    expect(beat.paired[0]!.afterUs).toBeGreaterThanOrEqual(30_000);
    const ready = await askData<FrameAnswer>(page, `/frames/${find('READY')}`);
    expect(ready.paired).toMatchObject([{ relation: 'answers', id: find('IDENTIFY') }]);
    const message = await askData<FrameAnswer>(page, `/frames/${find('MESSAGE_CREATE')}`);
    expect(message).toMatchObject({
      previousId: find('MESSAGE_CREATE') - 1,
      nextId: find('MESSAGE_CREATE') + 1,
      message: { author: 'wren', content: '!ping <img src=x onerror=alert(1)>' },
      calls: [{ method: 'POST', status: 429 }],
      transport: 'v10 json zlib-stream',
    });
    expect(message.ids.map(({ filter }) => filter)).toEqual([
      'guild:41771983423143936',
      'channel:41771983423143937',
      'user:80351110224678912',
    ]);
    expect(JSON.parse(message.payloadText!)).toMatchObject({ t: 'MESSAGE_CREATE' });
    const close = frames.find(({ kind }) => kind === 'close')!;
    expect(await askData(page, `/frames/${close.id}`)).toMatchObject({
      close: { code: 4009, name: 'SESSION_TIMED_OUT' },
      message: null,
    });
  });
});

describe('an address', () => {
  it('that is wrong is answered in words, with the column of a wrong filter', async () => {
    const page = serveCapture();
    const wrong: readonly (readonly [path: string, status: number, words: string])[] = [
      ['/frames.json?f=op:HELO', 400, 'did you mean HELLO?","column":4'],
      ['/frames.json?f=(', 400, '"column":1'],
      ['/frames.json?limit=5000', 400, 'limit'],
      ['/frames.json?limit=-1', 400, 'limit'],
      ['/frames.json?part=2', 400, 'part'],
      ['/frames.json?from=5&to=4', 400, 'from'],
      ['/frames/999.json', 404, 'frame 999'],
      ['/frames/1.csv', 404, 'rows'],
      ['/nothing', 404, 'nothing'],
      ['/frames/1/2', 404, 'nothing'],
      ['/assets/none.js', 404, 'nothing'],
      ['/..%2f..%2fetc/passwd', 404, 'nothing'],
      ['//evil.com/', 400, 'address'],
      ['/\\evil.com/', 400, 'address'],
    ];
    for (const [path, status, words] of wrong) {
      const answer = await ask(page, path);
      expect([path, answer.status]).toEqual([path, status]);
      expect(answer.text, path).toContain(words);
    }
  });

  it('is a view for a browser and data for a program, and in other words a redirect', async () => {
    const page = serveCapture();
    const asBrowser = await ask(page, '/frames', { headers: { Accept: 'text/html,*/*' } });
    expect([asBrowser.status, asBrowser.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    const asProgram = await ask(page, '/frames', { headers: { Accept: 'application/json' } });
    expect(JSON.parse(asProgram.text)).toMatchObject({ isComplete: true });
    expect((await ask(page, '/?view=frames&frame=7&f=op:HELLO')).headers.location).toBe(
      '/frames/7?f=op%3AHELLO',
    );
    for (const path of ['/live', '/take/har', '/flow/svg'])
      expect(await ask(page, path, { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
    const head = await ask(page, '/frames.json', { method: 'HEAD' });
    expect([head.status, head.text]).toEqual([200, '']);
    expect(Number(head.headers['content-length'])).toBe(Buffer.byteLength(asProgram.text));
  });
});
