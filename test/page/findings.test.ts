/** Findings in Chromium: by rule, narrowed, with their frames; while lint runs, and with nothing found. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { groupFindings } from '../../page/data/finding-groups.js';
import type { FindingsAnswer, PageFinding } from '../../src/ui/answers.js';
import { findBarriers, hasBrowser, viewsForAll } from '../support/browser.js';
import { captureScript } from '../support/capture/script.js';
import { serveForAll, servePages } from '../support/pages.js';

const FULL = '"properties":{"os":"linux","browser":"script","device":"script"}';

const FAULTY = captureScript(`
  open 1
  1 < HELLO
  1 > IDENTIFY
  1 < READY
  1 > op99 {"a":1}
  1 < PRESENCE_UPDATE {"user":{"id":"9"}}
  1 < op98 {"b":2}
  1 < close 4009
  end 1 gateway`);

const CLEAN = captureScript(`
  open 1
  1 < HELLO
  1 > IDENTIFY {${FULL}}
  1 < READY
  1 < MESSAGE_CREATE {"id":"1","content":"hi"}
  1 > close 1000
  end 1 client`);

function finding(rule: string, severity: PageFinding['severity'], count: number): PageFinding {
  const texts = { title: rule, message: rule, why: '', fix: '', source: '' };
  const at = { sessionId: 1, connectionId: 1, frameIds: [1], firstAtUs: 1, lastAtUs: 1 };
  return { rule, severity, count, who: 'client', ...texts, ...at };
}

const rules = (view: Page): Promise<string[]> => view.locator('.finding-group code').allInnerTexts();

describe('findings', () => {
  it('are grouped by rule and severity, in the order in which they come', () => {
    const groups = groupFindings([
      finding('a', 'error', 2),
      finding('b', 'error', 1),
      finding('a', 'error', 3),
      finding('a', 'info', 1),
    ]);
    expect(groups.map(({ rule, severity, breaches }) => [rule, severity, breaches])).toEqual([
      ['a', 'error', 5],
      ['b', 'error', 1],
      ['a', 'info', 1],
    ]);
  });
});

describe.skipIf(!hasBrowser('findings in Chromium'))('the page of findings', () => {
  const openView = viewsForAll();
  const pages = serveForAll(FAULTY);

  it('shows them by rule, narrows them by severity and culprit, and leads to their frames', async () => {
    const page = pages();
    const { view, misdeeds } = await openView(page, '/findings');
    await expect.poll(() => rules(view)).toContain('tx-unknown-op');
    const all = await rules(view);
    expect(all).toContain('gw-unknown-op');

    const gateway = view.getByRole('button', { name: /^gateway \d+$/ });
    await gateway.click();
    await expect.poll(() => rules(view)).not.toContain('tx-unknown-op');
    expect(await rules(view)).toContain('gw-unknown-op');
    expect(new URL(view.url()).searchParams.get('who')).toBe('gateway');
    await view.getByRole('button', { name: /error/ }).click();
    await view.getByText('is one of these').waitFor();
    await view.getByRole('button', { name: 'show all', exact: true }).click();
    await expect.poll(() => rules(view)).toEqual(all);

    const group = view.locator('.finding-group', { hasText: 'tx-unknown-op' });
    await group.getByText('op 99').waitFor();
    await group.getByRole('link', { name: 'frame 4', exact: true }).click();
    await expect.poll(() => view.locator('.detail h2').innerText()).toContain('#4');
    await view.goBack();

    await view.getByRole('region', { name: 'Findings' }).focus();
    await view.keyboard.press('j');
    await view.keyboard.press('j');
    await view.keyboard.press('k');
    await view.keyboard.press('Enter');
    await expect.poll(() => new URL(view.url()).searchParams.get('at')).not.toBe(null);
    expect(misdeeds).toEqual([]);
  });

  it('keeps those with a frame that passes the filter, and says so when there are none', async () => {
    const page = pages();
    const { view } = await openView(page, '/findings?f=op:99');
    await expect.poll(() => rules(view)).toEqual(['tx-unknown-op']);
    await view.goto(new URL('/findings?f=event:READY', page.uiUrl).href);
    await view.getByText('Nothing found').waitFor();
    await view.getByRole('button', { name: 'judge everything' }).click();
    await expect.poll(() => rules(view)).toContain('tx-unknown-op');
  });

  it('says that nothing is wrong with what is right', async () => {
    const page = await servePages(CLEAN.database());
    const { view, misdeeds } = await openView(page, '/findings');
    await view.getByText('Nothing found').waitFor();
    await view.getByText('judged up to frame 5').waitFor();
    expect(await findBarriers(view)).toEqual([]);
    expect(misdeeds).toEqual([]);
  });

  it('shows how far lint is, and what it has found when it ends', async () => {
    const page = await servePages(FAULTY.database());
    const { view } = await openView(page, 'about:blank');
    let isSlow = true;
    await view.route('**/findings.json*', async (route) => {
      const response = await route.fetch();
      const answer = (await response.json()) as FindingsAnswer;
      const progress = { isComplete: false, done: 1_000, total: 4_000 };
      const partial: FindingsAnswer = { ...answer, progress, findings: [] };
      await route.fulfill({ response, json: isSlow ? partial : answer });
    });
    await view.goto(new URL('/findings', page.uiUrl).href);
    await view.getByText('1,000 of 4,000 frames.').waitFor();
    expect(await view.locator('progress').getAttribute('value')).toBe('1000');
    expect(await findBarriers(view)).toEqual([]);
    isSlow = false;
    await expect.poll(() => rules(view)).toContain('tx-unknown-op');
  });

  it('has no barrier that axe-core knows, dark or light, wide or narrow', async () => {
    const page = pages();
    const { view } = await openView(page, '/findings');
    await view.locator('.finding-group').first().waitFor();
    expect(await findBarriers(view)).toEqual([]);
    await view.emulateMedia({ colorScheme: 'light' });
    expect(await findBarriers(view, ['color-contrast'])).toEqual([]);
    await view.setViewportSize({ width: 400, height: 800 });
    expect(await findBarriers(view)).toEqual([]);
    expect(await view.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(400);
  });
});
