/** Who gets an answer of the page, and what a browser may do with it: every request is sent as an attacker would. */
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.js';
import { startPage } from '../../src/ui/page.js';
import { captureScript } from '../support/capture/script.js';
import { ask, servePages, type Asking } from '../support/pages.js';

const capture = captureScript(`
  open 1
  1 < HELLO`);
const ADDRESSES = ['/', '/frames', '/frames.json', '/frames/1.json', '/live', '/assets/x.js', '/take/har'];

/** What a browser sends for a link on a page of another site. */
const OPENED_BY_A_LINK = {
  'Sec-Fetch-Site': 'cross-site',
  'Sec-Fetch-Mode': 'navigate',
  'Sec-Fetch-Dest': 'document',
};

describe('a stranger', () => {
  it('gets nothing: by another name, from another page, from a frame, or by writing', async () => {
    const page = await servePages(capture.database());
    const strangers: readonly (readonly [Asking, status: number])[] = [
      [{ headers: { Host: 'evil.com' } }, 403],
      [{ headers: { Host: 'localhost.evil.com:80' } }, 403],
      [{ headers: { Host: 'user@127.0.0.1' } }, 400],
      [{ headers: { Origin: 'https://evil.com' } }, 403],
      [{ headers: { Origin: 'null' } }, 403],
      [{ headers: { Origin: 'https://discord.com' } }, 403],
      [{ headers: { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Dest': 'iframe' } }, 403],
      [
        {
          headers: {
            'Sec-Fetch-Site': 'cross-site',
            'Sec-Fetch-Mode': 'navigate',
            'Sec-Fetch-Dest': 'iframe',
          },
        },
        403,
      ],
      [{ headers: { Host: 'evil.com', ...OPENED_BY_A_LINK } }, 403],
      [{ headers: { 'Sec-Fetch-Site': 'same-site' } }, 403],
      [{ method: 'POST' }, 405],
      [{ method: 'DELETE' }, 405],
      [{ method: 'OPTIONS', headers: { Origin: 'https://evil.com' } }, 405],
    ];
    for (const [asking, status] of strangers) {
      for (const address of ADDRESSES) {
        const answer = await ask(page, address, asking);
        expect([asking, address, answer.status]).toEqual([asking, address, status]);
        expect(answer.headers['access-control-allow-origin']).toBeUndefined();
        expect(answer.text).toMatch(/^gatetape: [^\n]+: [^\n]+\n$/);
        expect(answer.text).not.toContain('--allow-origin');
      }
    }
  });

  it('is not the page itself, nor a program', async () => {
    const page = await servePages(capture.database());
    const { host, origin } = new URL(page.uiUrl);
    for (const headers of [
      {},
      { Host: `localhost:${new URL(page.uiUrl).port}` },
      { Host: host, Origin: origin, 'Sec-Fetch-Site': 'same-origin' },
      { Host: host, 'Sec-Fetch-Site': 'none' },
    ]) {
      expect((await ask(page, '/frames.json', { headers })).status).toBe(200);
    }
  });
});

describe('every answer', () => {
  it('lets a browser run the page alone, in no frame, and keep no data', async () => {
    const page = await servePages(capture.database());
    for (const address of ['/', '/frames.json', '/frames.csv', '/nothing']) {
      const { headers } = await ask(page, address);
      const policy = String(headers['content-security-policy']);
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|\*|https?:/);
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'no-store',
      });
    }
  });

  it('never is markup where a recording is in it', async () => {
    const evil = captureScript(`
      open 1
      1 < HELLO
      1 < MESSAGE_CREATE {"content":"</script><script>alert(1)</script>\\u202e\\ud800","author":{"username":"<img onerror=alert(1)>"}}`);
    const page = await servePages(evil.database());
    for (const address of [
      '/frames.json',
      '/frames/2.json',
      '/frames.csv',
      '/frames/2',
      '/frames?f=%3Cscript%3E',
    ]) {
      const { headers, text } = await ask(page, address, { headers: { Accept: 'text/html' } });
      if (String(headers['content-type']).includes('html')) expect(text).not.toContain('alert(1)');
    }
    const { text } = await ask(page, '/frames.json');
    const [, line] = (JSON.parse(text) as { frames: { words: string }[] }).frames;
    expect(line!.words).toBe('<img onerror=alert(1)>: </script><script>alert(1)</script>');
  });
});

describe('other machines', () => {
  it('are refused unless they are permitted, and then need the token of the printed address', async () => {
    const db = capture.database();
    await expect(startPage({ db, listen: '0.0.0.0:0' })).rejects.toThrow(UsageError);
    const warnings: string[] = [];
    const log = (_level: string, line: string): void => void warnings.push(line);
    const page = await servePages(db, { listen: '0.0.0.0:0', allowRemote: true, log });
    expect(warnings).toHaveLength(1);
    const token = new URL(page.uiUrl).searchParams.get('token')!;
    expect(token.length).toBeGreaterThan(30);
    for (const address of ADDRESSES) expect((await ask(page, address)).status, address).toBe(401);
    expect((await ask(page, `/frames.json?token=${token.slice(1)}`)).status).toBe(401);
    expect((await ask(page, `/frames.json?token=${token}`)).status).toBe(200);
    const first = await ask(page, `/frames?f=op:HELLO&token=${token}`);
    expect([first.status, first.headers.location]).toEqual([302, '/frames?f=op%3AHELLO']);
    const [cookie = ''] = first.headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
    const headers = { Cookie: `other=1; ${cookie.split(';')[0]!}` };
    expect((await ask(page, '/frames.json', { headers })).status).toBe(200);
    expect(
      (await ask(page, '/frames.json', { headers: { ...headers, Origin: 'https://evil.com' } })).status,
    ).toBe(403);
  });
});

it('a link on a page of another site opens the page', async () => {
  const page = await servePages(capture.database());
  expect((await ask(page, '/frames/1', { headers: OPENED_BY_A_LINK })).status).toBe(200);
});
