/** The page in Chromium, over recordings that the reader of the test sees, and over one that grows. */
import type { Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startRecorder } from '../../src/library/record.js';
import type { FrameAnswer } from '../../src/ui/answers.js';
import { findBarriers, hasBrowser, viewsForAll } from '../support/browser.js';
import { busyCapture } from '../support/capture/busy.js';
import { newRecorder, record } from '../support/capture-playbook.js';
import { captureScript } from '../support/capture/script.js';
import { BareClient, IDENTIFY, serve } from '../support/mocks.js';
import { ask, serveForAll, servePages } from '../support/pages.js';
import { readySession } from '../support/capture/steps.js';
import { scratchFile } from '../support/scratch.js';
import { storeRecords } from '../support/stores.js';

const SCRIPT = `
  open 1 json zlib-stream
  1 < HELLO {"heartbeat_interval":41250}
  1 > IDENTIFY {"intents":33281}
  1 < READY
  1 > HEARTBEAT 1
  + 30
  1 < HEARTBEAT_ACK
  1 < MESSAGE_CREATE {"id":"1","content":"good morning","author":{"id":"80351110224678912","username":"wren"},"channel_id":"41771983423143937","guild_id":"41771983423143936"}
  + 400
  1 < MESSAGE_CREATE {"id":"2","content":"pong","author":{"id":"80351110224678913","username":"gull"},"channel_id":"41771983423143937"}
  call POST /v10/channels/41771983423143937/messages 429 {"retry_after":1}
  1 < TYPING_START {"user_id":"80351110224678912","channel_id":"41771983423143937"}
  1 < SOMETHING_NEW {"name":"new"}
  1 < close 4009
  end 1 gateway
  + 5000
  open 2
  2 < HELLO {"heartbeat_interval":41250}
  2 > RESUME
  2 < RESUMED
  gap 2 < 500
  end 2`;

/** As `--max-payload` has it. */
const MAX_PAYLOAD_BYTES = 64 * 2 ** 20;

const rows = (view: Page): Promise<string[]> => view.locator('.frame-row .cell-name').allInnerTexts();

describe.skipIf(!hasBrowser('the page in Chromium'))('the page', () => {
  const openView = viewsForAll();
  const pages = serveForAll(captureScript(SCRIPT));

  it('shows figures, and an undocumented event, and leads from it to its frames', async () => {
    const page = pages();
    const { view, misdeeds } = await openView(page, '/');
    await expect.poll(() => view.locator('.figures dd').first().innerText()).toBe('13');
    await view.getByText('★ new').waitFor();
    await view.getByRole('link', { name: 'SOMETHING_NEW' }).click();
    await expect.poll(() => rows(view)).toEqual(['SOMETHING_NEW']);
    expect(new URL(view.url()).pathname).toBe('/frames');
    await view.goBack();
    await view.locator('.figures').waitFor();
    expect(misdeeds).toEqual([]);
  });

  it('narrows its list by a filter, from the box and from the menu of a cell, and says what is wrong with one', async () => {
    const page = pages();
    const { view } = await openView(page, '/frames');
    await expect.poll(() => rows(view)).toContain('READY');
    await view.keyboard.press('/');
    await view.keyboard.type('event:MESSAGE_CREATE');
    await view.keyboard.press('Enter');
    await expect.poll(() => rows(view)).toEqual(['MESSAGE_CREATE', 'MESSAGE_CREATE']);
    expect(new URL(view.url()).searchParams.get('f')).toBe('event:MESSAGE_CREATE');

    await view.getByRole('button', { name: 'Clear the filter' }).click();
    await view.locator('.frame-row', { hasText: 'TYPING_START' }).click({ button: 'right' });
    await view.getByRole('menuitem', { name: 'exclude event:TYPING_START' }).click();
    await expect.poll(() => new URL(view.url()).searchParams.get('f')).toBe('-event:TYPING_START');
    await expect.poll(() => rows(view)).toContain('SOMETHING_NEW');
    expect(await rows(view)).not.toContain('TYPING_START');

    await view.getByRole('combobox', { name: 'Filter' }).fill('nosuchkey:1');
    await view.keyboard.press('Enter');
    await view.locator('#filter-error').waitFor();
    await view.getByRole('button', { name: 'Clear the filter' }).click();
    await view.getByRole('combobox', { name: 'Filter' }).fill('event:NEVER_SEEN');
    await view.keyboard.press('Enter');
    await view.getByRole('button', { name: 'clear the filter', exact: true }).click();
    await expect.poll(() => rows(view)).toContain('READY');
  });

  it('narrows every view by a brush, which can be moved with keys and taken away', async () => {
    const page = pages();
    const { view } = await openView(page, '/frames');
    await expect.poll(() => rows(view)).toContain('RESUMED');
    const strip = (await view.locator('.ruler-strip').boundingBox())!;
    await view.mouse.move(strip.x + 1, strip.y + 20);
    await view.mouse.down();
    await view.mouse.move(strip.x + strip.width / 2, strip.y + 20, { steps: 4 });
    await view.mouse.up();
    await expect.poll(() => rows(view)).toContain('MESSAGE_CREATE');
    await expect.poll(() => rows(view)).not.toContain('RESUMED');
    expect(await rows(view)).toContain('MESSAGE_CREATE');
    const before = new URL(view.url()).searchParams.get('to');
    await view.getByRole('slider', { name: 'End of the stretch' }).press('ArrowLeft');
    expect(Number(new URL(view.url()).searchParams.get('to'))).toBeLessThan(Number(before));
    await view.getByRole('button', { name: 'Show all of the time' }).click();
    await expect.poll(() => rows(view)).toContain('RESUMED');
  });

  it('opens a frame by its address, with its payload, its neighbours and the message that it is', async () => {
    const page = pages();
    const { view, misdeeds } = await openView(page, '/frames/6');
    const detail = view.locator('.detail');
    await detail.getByRole('article', { name: 'Message' }).getByText('good morning').waitFor();
    await detail.getByRole('treeitem', { name: /content/ }).waitFor();
    expect(await view.locator('.frame-row.selected .cell-name').innerText()).toBe('MESSAGE_CREATE');

    await detail.getByRole('searchbox').fill('wren');
    await expect.poll(() => detail.locator('mark').innerText()).toBe('wren');
    await detail.getByRole('button', { name: 'guild', exact: true }).click();
    await expect.poll(() => new URL(view.url()).searchParams.get('f')).toBe('guild:41771983423143936');

    await view.keyboard.press('Escape');
    await view.getByRole('grid').focus();
    await view.keyboard.press('Home');
    await view.keyboard.press('k');
    await view.keyboard.press('Enter');
    await detail.waitFor();
    await view.keyboard.press('Escape');
    await detail.waitFor({ state: 'detached' });
    expect(misdeeds).toEqual([]);
  });

  it('says when a payload is only a beginning, and gives all of it as a file', async () => {
    const page = pages();
    const { view } = await openView(page, '/overview');
    // As of a payload of more than 16 million characters, which is not made here.
    await view.route('**/frames/6.json', async (route) => {
      const answer = (await (await route.fetch()).json()) as FrameAnswer;
      await route.fulfill({ json: { ...answer, isPayloadCut: true } });
    });
    await view.goto(new URL('/frames/6', page.uiUrl).href);
    const link = view.getByRole('link', { name: 'save as JSON lines' });
    const { text } = await ask(page, (await link.getAttribute('href'))!);
    expect(text).toContain('good morning');
    expect(text).not.toContain('pong');
  });

  it('takes the keys of a view as soon as it is loaded, with nothing clicked', async () => {
    const page = pages();
    const { view, misdeeds } = await openView(page, '/frames');
    await view.locator('.frame-row').first().waitFor();
    await view.keyboard.press('j');
    await view.locator('.frame-row.selected').waitFor();
    await view.keyboard.press('k');
    await view.keyboard.press('Enter');
    await view.locator('.detail').waitFor();
    await view.reload();
    await view.locator('.frame-row.selected').waitFor();
    await view.keyboard.press('Escape');
    await view.locator('.detail').waitFor({ state: 'detached' });
    await view.goto(new URL('/findings', page.uiUrl).href);
    await view.locator('[data-step]').first().waitFor();
    await view.keyboard.press('j');
    await view.locator('[data-step]:focus').waitFor();
    expect(misdeeds).toEqual([]);
  });

  it('shows a close in words, and the acknowledgement of a heartbeat', async () => {
    const page = pages();
    const { view } = await openView(page, '/frames/4');
    const detail = view.locator('.detail');
    await detail.getByRole('link', { name: 'HEARTBEAT_ACK' }).click();
    await expect.poll(() => detail.locator('h2').innerText()).toContain('#5');
    await view.locator('.frame-row', { hasText: '4009' }).click();
    await detail.locator('.close-note').waitFor();
  });

  it('holds only the rows in sight, and goes to the middle of a long recording', async () => {
    const db = scratchFile();
    busyCapture(db, { sessions: 2, minutes: 5, framesPerMinute: 600 });
    const page = await servePages(db);
    const { view } = await openView(page, '/frames');
    const places = (): Promise<number[]> =>
      view
        .locator('.frame-row')
        .evaluateAll((found) =>
          found.map((row) => Number((row as unknown as { id: string }).id.slice('row-'.length))),
        );
    await expect.poll(async () => (await places()).length).toBeGreaterThan(20);
    const last = (await places()).at(-1)!;
    expect(last).toBeGreaterThan(5_000);
    const bar = (await view.getByRole('scrollbar').boundingBox())!;
    await view.mouse.click(bar.x + 5, bar.y + bar.height / 2);
    await expect.poll(async () => Math.abs((await places())[0]! / last - 0.5)).toBeLessThan(0.1);
    expect((await places()).length).toBeLessThan(100);
    // Scrolling goes on in both directions, over the edges of what was loaded.
    await view.getByRole('grid').hover();
    const [middle] = await places();
    for (const way of [-1, 1]) {
      await expect
        .poll(async () => {
          await view.mouse.wheel(0, way * 3_000);
          return ((await places())[0]! - middle!) * way;
        })
        .toBeGreaterThan(400);
    }
    const ids = await places();
    expect(ids).toEqual(ids.toSorted((one, other) => one - other));
  });

  it('follows what a client does, stops when one scrolls back, and says how much is new', async () => {
    const gateway = await serve(readySession());
    const db = scratchFile();
    const [upstream, api] = [gateway.gatewayUrl, gateway.apiUrl];
    const recorder = await startRecorder({ listen: '127.0.0.1:0', upstream, api, db });
    onTestFinished(() => recorder.close().then(() => undefined));
    const page = await servePages(db, { apiUrl: recorder.apiUrl });
    const { view, misdeeds } = await openView(page, '/frames');
    await view.getByText('Nothing recorded yet').waitFor();
    await view.getByText(recorder.apiUrl, { exact: false }).first().waitFor();

    const client = new BareClient(`${recorder.gatewayUrl}/?v=10&encoding=json`);
    await client.next();
    client.ws.send(IDENTIFY);
    await client.next();
    await expect.poll(() => rows(view)).toContain('READY');
    const beat = (count: number): void => {
      for (let index = 0; index < count; index++) client.ws.send('{"op":1,"d":1}');
    };
    const shown = async (): Promise<number> =>
      Number((await view.locator('.frame-row').last().getAttribute('id'))!.slice(4));
    beat(60);
    await expect.poll(shown).toBeGreaterThan(60);
    expect(await view.getByRole('button', { name: 'following' }).getAttribute('aria-pressed')).toBe('true');

    await view.getByRole('grid').hover();
    await view.mouse.wheel(0, -600);
    await view.getByRole('button', { name: 'follow', exact: true }).waitFor();
    const top = (): Promise<number> =>
      view.getByRole('grid').evaluate((grid) => (grid as unknown as { scrollTop: number }).scrollTop);
    const before = await top();
    beat(5);
    const chip = view.getByRole('button', { name: /new$/ });
    await chip.waitFor();
    expect(await top()).toBe(before);
    await chip.click();
    await view.getByRole('button', { name: 'following' }).waitFor();

    await view.getByRole('link', { name: 'Overview' }).click();
    const frames = async (): Promise<number> => Number(await view.locator('.figures dd').first().innerText());
    await expect.poll(frames).toBeGreaterThan(60);
    const seen = await frames();
    beat(10);
    await expect.poll(frames).toBeGreaterThan(seen);
    expect(misdeeds).toEqual([]);
  });

  it('is not harmed by hostile payloads, and holds little of large ones', async () => {
    const evil = '<img src=x onerror=alert(1)></script><script>alert(2)</script>';
    const guilds = Array.from({ length: 30_000 }, (_, index) => ({
      id: String(index),
      name: 'x'.repeat(190),
    }));
    const hostile = captureScript(`
      open 1
      1 < HELLO {"heartbeat_interval":41250}
      1 > IDENTIFY
      1 < READY ${JSON.stringify({ guilds })}
      1 < MESSAGE_CREATE ${JSON.stringify({ id: '1', content: `${evil}\u202e moc.elpmaxe \ud800`, author: { id: '2', username: evil } })}
      1 < MESSAGE_CREATE {"a":${'['.repeat(900)}"needle"${']'.repeat(900)}}
      end 1`);
    const db = storeRecords(record(hostile.events, newRecorder('secrets', MAX_PAYLOAD_BYTES)));
    const page = await servePages(db);
    const { view, misdeeds } = await openView(page, '/frames/4');
    const elements = (): Promise<number> => view.evaluate<number>('document.querySelectorAll("*").length');
    const detail = view.locator('.detail');
    await detail.getByRole('article', { name: 'Message' }).getByText('<img src=x').first().waitFor();
    expect(await view.locator('#page img, #page script').count()).toBe(0);
    expect(await view.locator('.message').innerText()).not.toMatch(/[\u202a-\u202e]/);

    await view.locator('.frame-row', { hasText: 'READY' }).click();
    await detail.getByRole('treeitem', { name: /guilds/ }).click();
    await detail.getByRole('treeitem', { name: /^▸?\s*5:/ }).waitFor();
    await detail.getByRole('button', { name: 'open all' }).click();
    expect(await elements()).toBeLessThan(3_000);

    await view.locator('.frame-row', { hasText: 'MESSAGE_CREATE' }).last().click();
    await expect.poll(() => detail.locator('h2').innerText()).toContain('#5');
    await detail.getByRole('treeitem', { name: /^▸?\s*a:/ }).waitFor();
    await detail.getByRole('searchbox').fill('needle');
    await expect.poll(() => detail.locator('mark').count()).toBe(1);
    expect(await elements()).toBeLessThan(3_000);
    expect(misdeeds).toEqual([]);
  });

  it('draws a session as a lane and as a sequence, and zooms into it', async () => {
    const page = pages();
    const { view, misdeeds } = await openView(page, '/sessions');
    const bar = view.getByRole('link', { name: /^connection 1,/ });
    await bar.waitFor();
    const firstFrame = new URL((await bar.getAttribute('href'))!, page.uiUrl).searchParams.get('at');
    await bar.locator('rect').first().click();
    await expect.poll(() => new URL(view.url()).searchParams.get('f')).toBe('connection:1');
    expect(Number(new URL(view.url()).searchParams.get('at'))).toBeGreaterThan(Number(firstFrame));
    await view.goBack();
    await view.getByRole('button', { name: /^session 1/ }).click();
    const steps = view.getByRole('table', { name: 'Sequence' });
    await steps.getByText('IDENTIFY', { exact: false }).first().waitFor();
    await steps.getByText('POST', { exact: false }).first().waitFor();
    expect(new URL(view.url()).pathname).toBe('/sessions/1');
    await view.getByRole('region', { name: 'Sessions over time' }).press('+');
    await expect.poll(() => new URL(view.url()).searchParams.has('from')).toBe(true);
    await view.getByRole('region', { name: 'Sessions over time' }).press('-');
    await expect.poll(() => new URL(view.url()).searchParams.has('from')).toBe(false);
    await steps.getByRole('link', { name: /HELLO/ }).first().click();
    await view
      .locator('.detail')
      .getByRole('treeitem', { name: /heartbeat_interval/ })
      .waitFor();
    expect(misdeeds).toEqual([]);
  });

  it('completes the filter, hides heartbeats in one click, and has commands to take away', async () => {
    const page = pages();
    const { view } = await openView(page, '/frames');
    const box = view.getByRole('combobox', { name: 'Filter' });
    await box.focus();
    await expect
      .poll(async () => {
        await box.fill('');
        await box.pressSequentially('event:TYP');
        return view.getByRole('option').allInnerTexts();
      })
      .toEqual([expect.stringContaining('event:TYPING_START')]);
    await box.press('Tab');
    await expect.poll(() => rows(view)).toEqual(['TYPING_START']);
    await view.getByRole('button', { name: 'Clear the filter' }).click();
    await view.getByRole('button', { name: 'views', exact: true }).click();
    await view.getByRole('menuitemcheckbox', { name: 'hide heartbeats' }).click();
    await expect.poll(() => rows(view)).toContain('READY');
    expect(await rows(view)).not.toContain('HEARTBEAT');
    await view.getByRole('button', { name: /take away/ }).click();
    const menu = view.getByRole('menu', { name: 'Take away' });
    await menu.getByRole('menuitem', { name: /HAR/ }).waitFor();
    await menu
      .getByRole('menuitem', { name: /copy command/ })
      .first()
      .waitFor();
    await view.keyboard.press('Escape');
    await menu.waitFor({ state: 'detached' });
  });

  it.each([
    ['/', '.figures'],
    ['/frames/6', '.tree-line'],
    ['/sessions/1', '.step'],
  ])('has no barrier at %s that axe-core knows, dark or light, wide or narrow', async (address, sign) => {
    const page = pages();
    const { view } = await openView(page, address, { colorScheme: 'dark' });
    await view.locator(sign).first().waitFor();
    expect(await findBarriers(view)).toEqual([]);
    await view.emulateMedia({ colorScheme: 'light' });
    expect(await findBarriers(view, ['color-contrast'])).toEqual([]);
    await view.setViewportSize({ width: 400, height: 800 });
    expect(await view.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(400);
    expect(await findBarriers(view)).toEqual([]);
  });
});
