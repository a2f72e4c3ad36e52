/** The comparison of two sessions in Chromium: choosing, differences, shapes, and what leads on from them. */
import { describe, expect, it } from 'vitest';
import { groupChanges, type ChangedField } from '../../page/data/change-groups.js';
import { findBarriers, hasBrowser, viewsForAll } from '../support/browser.js';
import { captureScript } from '../support/capture/script.js';
import { serveForAll } from '../support/pages.js';

const EVIL = '<img src=x onerror=alert(1)>';

function session(connection: number, ...lines: readonly string[]): string {
  return [
    `open ${connection}`,
    ...['< HELLO', '> IDENTIFY', '< READY', ...lines].map((line) => `${connection} ${line}`),
    `${connection} > close 1000`,
    `end ${connection}`,
    '+ 5000',
  ].join('\n');
}

const message = (id: number, more: object): string =>
  `< MESSAGE_CREATE ${JSON.stringify({ id: String(id), author: { id: '7' }, ...more })}`;

const TWO = captureScript(
  [
    session(
      1,
      message(1, { content: 'one', nonce: null }),
      message(2, { content: 'two', nonce: null }),
      '< RECONNECT',
    ),
    session(
      2,
      message(1, { content: EVIL }),
      message(2, { content: 'zwei' }),
      '< TYPING_START {"user_id":"9"}',
    ),
    session(
      3,
      message(1, { content: EVIL }),
      message(2, { content: 'zwei' }),
      '< TYPING_START {"user_id":"9"}',
    ),
  ].join('\n'),
);

describe('changed fields', () => {
  it('are one row for each field of each kind of payload, whatever the element', () => {
    const change = (index: number, path: string): ChangedField => {
      const name = { op: 0, opName: 'DISPATCH', event: 'READY', sender: 'gateway' } as const;
      return { index, path, ...name, expected: String(index), actual: null };
    };
    const groups = groupChanges([change(1, 'd.a[0].b'), change(2, 'd.c'), change(3, 'd.a[1].b')]);
    expect(groups.map(({ path, times, expected }) => [path, times, expected])).toEqual([
      ['d.a[0].b', 2, '1'],
      ['d.c', 1, '2'],
    ]);
  });
});

describe.skipIf(!hasBrowser('comparisons in Chromium'))('the page of comparisons', () => {
  const openView = viewsForAll();
  const pages = serveForAll(TWO);

  it('compares the sessions that are chosen, and leads to the frames of both', async () => {
    const page = pages();
    const { view, misdeeds } = await openView(page, '/compare');
    await view.getByText('Choose two sessions').waitFor();
    await view.getByRole('combobox', { name: 'left' }).selectOption('1');
    await view.getByRole('combobox', { name: 'right' }).selectOption('2');
    const changed = view.getByRole('region', { name: 'Changed fields', exact: true }).last();
    await changed.getByRole('row', { name: /d\.content "one" "<img src=x/ }).waitFor();
    const { searchParams } = new URL(view.url());
    expect([searchParams.get('left'), searchParams.get('right')]).toEqual(['1', '2']);
    await view
      .getByRole('region', { name: 'Only in the left session', exact: true })
      .getByText('RECONNECT')
      .waitFor();
    await view.getByRole('region', { name: 'Shapes', exact: true }).getByText('d.nonce').waitFor();
    expect(await view.locator('#page img').count()).toBe(0);

    await view.getByRole('button', { name: 'Swap the sides' }).click();
    await changed.getByRole('row', { name: /d\.content "<img src=x.*> ?" "one"/ }).waitFor();
    await view.goBack();
    await changed.getByRole('row', { name: /d\.content "one" "<img src=x/ }).waitFor();
    await view.getByRole('link', { name: 'TYPING_START' }).click();
    await expect.poll(() => view.locator('.frame-row .cell-name').allInnerTexts()).toEqual(['TYPING_START']);
    expect(new URL(view.url()).searchParams.get('f')).toMatch(/^session:2 event:TYPING_START/);
    expect(misdeeds).toEqual([]);
  });

  it('leaves a field out and takes it in again, shows each change, and goes through rows by keys', async () => {
    const page = pages();
    const { view } = await openView(page, '/compare?left=1&right=2');
    const fields = (): Promise<string[]> =>
      view
        .getByRole('region', { name: 'Changed fields', exact: true })
        .last()
        .locator('td > code:not(.value)')
        .allInnerTexts();
    await expect.poll(fields).toEqual(['d.content', 'd.nonce']);
    await view.getByRole('button', { name: 'leave out MESSAGE_CREATE:d.content' }).click();
    await expect.poll(fields).toEqual(['d.nonce']);
    expect(new URL(view.url()).searchParams.getAll('ignore')).toEqual(['MESSAGE_CREATE:d.content']);
    await view.getByRole('button', { name: 'each change' }).click();
    await expect.poll(fields).toEqual(['d.nonce', 'd.nonce']);
    await view.getByRole('button', { name: 'without MESSAGE_CREATE:d.content ×' }).click();
    await expect.poll(async () => (await fields()).length).toBe(4);

    await view.getByRole('region', { name: 'Comparison' }).focus();
    await view.keyboard.press('j');
    await view.keyboard.press('Enter');
    await expect.poll(() => new URL(view.url()).pathname).toBe('/frames');
  });

  it('says that two sessions are the same, and that one is not there', async () => {
    const page = pages();
    const { view } = await openView(page, '/compare?left=2&right=3');
    await view.getByText('Every payload of one session is in the other').waitFor();
    await view.getByText('Both have the same fields').waitFor();
    await view.goto(new URL('/compare?left=1&right=77', page.uiUrl).href);
    await view.getByText('there is no session 77').waitFor();
    await view.getByRole('button', { name: 'choose other sessions' }).click();
    await view.getByText('Choose two sessions').waitFor();
    await view.getByRole('button', { name: 'compare the two newest' }).click();
    await view.getByText('Every payload of one session is in the other').waitFor();
  });

  it('has no barrier that axe-core knows, dark or light, wide or narrow', async () => {
    const page = pages();
    const { view } = await openView(page, '/compare?left=1&right=2');
    await view.locator('.comparison').waitFor();
    expect(await findBarriers(view)).toEqual([]);
    await view.emulateMedia({ colorScheme: 'light' });
    expect(await findBarriers(view, ['color-contrast'])).toEqual([]);
    await view.setViewportSize({ width: 400, height: 800 });
    expect(await findBarriers(view)).toEqual([]);
    expect(await view.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(400);
  });
});
