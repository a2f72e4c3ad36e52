/** REST in Chromium: figures, the list, one call, and bodies that mean harm. */
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { quoteWord } from '../../page/data/commands.js';
import type { CaptureRecord, ExchangeRecord } from '../../src/capture/records.js';
import type { CaptureStore } from '../../src/store/store.js';
import { findBarriers, hasBrowser, viewsForAll } from '../support/browser.js';
import { captureScript } from '../support/capture/script.js';
import { servePages } from '../support/pages.js';
import { exchange, START_US } from '../support/capture/records.js';
import { scratchFile } from '../support/scratch.js';
import { recordingStore } from '../support/stores.js';

const SESSION = `
  open 1
  1 < HELLO
  1 > IDENTIFY
  1 < READY
  + 400
  1 < MESSAGE_CREATE {"content":"!ping"}`;

/** A call so many ms after the first, with a status, on one of two routes. */
function call(
  atMs: number,
  status: number | null,
  route = '/channels/:id/messages',
  more: Partial<ExchangeRecord> = {},
): ExchangeRecord {
  const startedAtUs = START_US + atMs * 1_000;
  const path = `/v10${route.replace(':id', '41771983423143937')}`;
  const fault = status === null ? 'no_answer' : null;
  return exchange({ startedAtUs, endedAtUs: startedAtUs + 20_000, status, route, path, fault, ...more });
}

const CALLS = [
  call(0, 200),
  call(100, 404, '/guilds/:id', { method: 'GET' }),
  call(200, 429, undefined, { responseHeaders: { 'x-ratelimit-limit': '5', 'x-ratelimit-remaining': '0' } }),
  call(300, null),
  call(400, 200, '/guilds/:id', { method: 'GET' }),
];

function writing(...records: readonly CaptureRecord[]): { db: string; store: CaptureStore } {
  const db = scratchFile();
  const store = recordingStore(db);
  store.append([...captureScript(SESSION).records(), ...records]);
  return { db, store };
}

function database(...records: readonly CaptureRecord[]): string {
  const { db, store } = writing(...records);
  store.close();
  return db;
}

function body(text: string, more: Partial<ExchangeRecord['response']> = {}): ExchangeRecord['response'] {
  const bytes = Buffer.from(text);
  return { contentType: 'application/json', wireBytes: bytes.length, text: bytes, isCut: false, ...more };
}

const statuses = (view: Page): Promise<string[]> => view.locator('.call-row .cell-status').allInnerTexts();
const clipboard = (view: Page): Promise<string> => view.evaluate('navigator.clipboard.readText()');

describe('a word of a command', () => {
  it('is read by a shell as it was', () => {
    const words = fc.sample(fc.string({ unit: 'grapheme' }), { numRuns: 200, seed: 7 });
    const plain = [...words, "it's", '$HOME `x` "y" \\', ''].filter((word) => !word.includes('\0'));
    const script = `printf '%s\\0' ${plain.map(quoteWord).join(' ')}`;
    const read = execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
    expect(read).toEqual(plain);
  });
});

describe.skipIf(!hasBrowser('REST in Chromium'))('the page of REST calls', () => {
  const openView = viewsForAll();

  it('shows calls by status and by route, and narrows the list to either', async () => {
    const page = await servePages(database(...CALLS));
    const { view, misdeeds } = await openView(page, '/rest');
    const all = ['✓ 200', '✕ 404', '✕ 429', '✕ no answer', '✓ 200'];
    await expect.poll(() => statuses(view)).toEqual(all);

    await view.getByRole('button', { name: '429 1', exact: true }).click();
    await expect.poll(() => statuses(view)).toEqual(['✕ 429']);
    expect(new URL(view.url()).searchParams.get('status')).toBe('429');
    await view.getByRole('button', { name: '429 1', exact: true }).click();
    await expect.poll(() => statuses(view)).toEqual(all);

    await view.getByRole('link', { name: 'GET /guilds/:id' }).click();
    await expect.poll(() => statuses(view)).toEqual(['✕ 404', '✓ 200']);
    await view.getByRole('button', { name: 'GET /guilds/:id ×' }).click();
    await expect.poll(() => statuses(view)).toEqual(all);

    const box = view.getByRole('searchbox', { name: 'Filter of calls' });
    await box.fill('status:4xx -status:429');
    await box.press('Enter');
    await expect.poll(() => statuses(view)).toEqual(['✕ 404']);
    expect(new URL(view.url()).searchParams.get('calls')).toBe('status:4xx -status:429');
    await box.fill('event:READY');
    await box.press('Enter');
    await view.getByRole('alert').filter({ hasText: 'event' }).waitFor();
    await box.fill('');
    await box.press('Enter');
    await expect.poll(() => statuses(view)).toEqual(all);

    await view.locator('.call-row').nth(3).click({ button: 'right' });
    await view.getByRole('menuitem', { name: 'only status none' }).click();
    await expect.poll(() => statuses(view)).toEqual(['✕ no answer']);
    await view.goBack();
    await expect.poll(() => statuses(view)).toEqual(all);
    await view.goto(new URL('/rest?status=5xx', page.uiUrl).href);
    await view.getByText('No calls').waitFor();
    const none = await openView(await servePages(database()), '/rest');
    await none.view.getByText('A call is recorded when').waitFor();
    expect(misdeeds).toEqual([]);
  });

  it('opens a call by its address, with commands that make it again and the frames of its time', async () => {
    const db = database(...CALLS);
    const page = await servePages(db);
    const { view, misdeeds } = await openView(page, '/rest/3');
    await view.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    const detail = view.locator('.detail');
    await detail
      .getByRole('treeitem', { name: /content: "hi"/ })
      .first()
      .waitFor();
    await expect.poll(() => view.locator('.call-row.selected .cell-status').innerText()).toBe('✕ 429');
    await detail.getByText('0 of 5 left').waitFor();

    await detail.getByRole('button', { name: 'copy as curl' }).click();
    await detail.getByText('copied').waitFor();
    expect(await clipboard(view)).toMatch(/^curl .*\/v10\/channels\/41771983423143937\/messages/s);
    await detail.getByRole('button', { name: 'copy as gatetape command' }).click();
    await expect.poll(() => clipboard(view)).toBe(`gatetape http --db ${db} --id 3 --as curl`);

    await detail.getByRole('button', { name: 'Next call' }).click();
    await expect.poll(() => detail.locator('h2').innerText()).toContain('#4');
    await detail.getByText('no_answer').waitFor();
    await detail.getByRole('link', { name: 'frames at this time' }).click();
    await view.locator('.frame-row', { hasText: 'MESSAGE_CREATE' }).waitFor();
    await view.goBack();

    await view.keyboard.press('Escape');
    await view.getByRole('grid').focus();
    await view.keyboard.press('End');
    await view.keyboard.press('k');
    await view.keyboard.press('Enter');
    await detail.waitFor();
    await view.keyboard.press('Escape');
    await detail.waitFor({ state: 'detached' });
    expect(misdeeds).toEqual([]);
  });

  it('holds only the rows in sight, goes to both ends, and says how many are new while one reads', async () => {
    const many = Array.from({ length: 900 }, (_, index) => call(index, 200));
    const { db, store } = writing(...many);
    const page = await servePages(db);
    const { view } = await openView(page, '/rest');
    const ids = (): Promise<number[]> =>
      view.evaluate("[...document.querySelectorAll('.call-row')].map(({ id }) => Number(id.slice(4)))");
    await expect.poll(async () => (await ids()).at(-1)).toBe(900);

    const grow = (id: number): void => void store.append([call(id, 500)]);
    grow(901);
    await expect.poll(async () => (await ids()).at(-1)).toBe(901);

    await view.getByRole('grid').focus();
    await view.keyboard.press('Home');
    await expect.poll(async () => (await ids())[0]).toBe(1);
    expect((await ids()).length).toBeLessThan(80);
    grow(902);
    grow(903);
    await view.getByRole('button', { name: /\d new$/ }).click();
    await expect.poll(async () => (await ids()).at(-1)).toBe(903);
    store.close();
  });

  it('is not harmed by hostile bodies, and holds little of large ones', async () => {
    const evil = '<img src=x onerror=alert(1)></script><script>alert(2)</script>';
    const marks = '\u202emoc.elpmaxe\u2066';
    const items = Array.from({ length: 30_000 }, (_, index) => ({ id: index, name: 'x'.repeat(190) }));
    const page = await servePages(
      database(
        call(0, 200, undefined, {
          path: `/v10/${encodeURIComponent(evil)}${marks}`,
          responseHeaders: { 'x-evil': evil },
          request: body(JSON.stringify({ [evil]: marks, half: '\ud800' })),
          response: body(evil + marks, { contentType: `text/html; ${evil}` }),
        }),
        call(1, 200, undefined, { response: body(JSON.stringify({ items })) }),
        call(2, 200, undefined, {
          response: body(`{"a":${'['.repeat(10_000)}"needle"${']'.repeat(10_000)}}`),
        }),
        call(3, 200, undefined, { response: body(`{"cut":"${'y'.repeat(60_000)}`, { isCut: true }) }),
      ),
    );
    const { view, misdeeds } = await openView(page, '/rest/1');
    const elements = (): Promise<number> => view.evaluate('document.querySelectorAll("*").length');
    const detail = view.locator('.detail');
    await detail.getByRole('treeitem', { name: /onerror/ }).waitFor();
    await detail.locator('.headers-part summary').click();
    await detail.getByText('x-evil').waitFor();
    expect(await view.locator('#page img, #page script').count()).toBe(0);
    expect(await view.locator('.shell').innerText()).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);

    await view.locator('#row-2').click();
    await detail.getByRole('treeitem', { name: /items/ }).click();
    await detail.getByRole('treeitem', { name: /^▸?\s*5:/ }).waitFor();
    await detail.getByRole('button', { name: 'open all' }).last().click();
    expect(await elements()).toBeLessThan(3_000);

    await view.locator('#row-3').click();
    await detail.getByRole('treeitem', { name: /a: \[ 1 item \]/ }).waitFor();
    await detail.getByRole('searchbox', { name: 'Find in the answer' }).fill('needle');
    await detail.locator('mark').waitFor();
    expect(await elements()).toBeLessThan(3_000);

    await view.locator('#row-4').click();
    await detail.getByText('only its beginning was kept').waitFor();
    expect((await detail.locator('pre').innerText()).length).toBeLessThan(5_000);
    await detail.getByRole('button', { name: 'show all' }).click();
    await expect.poll(async () => (await detail.locator('pre').innerText()).length).toBeGreaterThan(60_000);
    expect(misdeeds).toEqual([]);
  });

  it('has no barrier that axe-core knows, dark or light, wide or narrow', async () => {
    const page = await servePages(database(...CALLS));
    const { view } = await openView(page, '/rest/3');
    await view.locator('.tree-line').first().waitFor();
    await view.locator('.rest-charts table').waitFor();
    expect(await findBarriers(view)).toEqual([]);
    await view.emulateMedia({ colorScheme: 'light' });
    expect(await findBarriers(view, ['color-contrast'])).toEqual([]);
    await view.setViewportSize({ width: 400, height: 800 });
    expect(await findBarriers(view)).toEqual([]);
    await view.keyboard.press('Escape');
    await view.goto(new URL('/rest', page.uiUrl).href);
    await view.locator('.call-row').first().waitFor();
    expect(await findBarriers(view)).toEqual([]);
    expect(await view.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(400);
  });
});
