/**
 * Unmodified clients through forward mode: undici by its proxy agent, and a browser by `--proxy-server`.
 *
 * Both dial the gateway by its own name, over TLS, and believe the local authority for this one process. The
 * scripted gateway's log is the referee of what was recorded; nothing was rewritten on the way.
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { fetch, ProxyAgent, WebSocket as UndiciWebSocket } from 'undici';
import { expect, it } from 'vitest';
import { spkiFingerprint } from '../../src/ca/trust.js';
import { startRecorder, type Recorder } from '../../src/library/record.js';
import { hasBrowser, launchOptions } from '../support/browser.js';
import { messageCreate, SECRETS } from '../support/payloads.js';
import { expectAllRecorded, loggedSums } from '../support/recorded.js';
import { scratchFile } from '../support/scratch.js';
import { ScriptedGateway } from '../support/scripted-gateway.js';
import { rowsOf } from '../support/stores.js';
import { TestCa } from '../support/test-ca.js';
import { until } from '../support/until.js';

const ca = new TestCa();

interface Stage extends AsyncDisposable {
  readonly gateway: ScriptedGateway;
  readonly recorder: Recorder;
  readonly db: string;
  /** Certificate of the recorder's authority, in PEM. */
  readonly authority: string;
  readonly proxyUrl: string;
}

/** A gateway behind TLS, and a recorder that clients take for their proxy. */
async function openStage(): Promise<Stage> {
  const [db, upstreamCa, caDir] = [scratchFile(), scratchFile('ca.pem'), scratchFile('authority')];
  writeFileSync(upstreamCa, ca.cert);
  const gateway = await ScriptedGateway.start({ tls: ca.leaf() });
  const recorder = await startRecorder({
    mode: 'forward',
    listen: '127.0.0.1:0',
    upstream: gateway.url,
    api: gateway.apiUrl,
    upstreamCa,
    caDir,
    db,
    // Unredacted payloads, so that they can be compared byte for byte.
    redact: 'none',
  });
  return {
    gateway,
    recorder,
    db,
    authority: readFileSync(join(caDir, 'ca.pem'), 'utf8'),
    proxyUrl: recorder.apiUrl.replace('/api', ''),
    async [Symbol.asyncDispose]() {
      await recorder.close();
      await gateway.close();
    },
  };
}

const identify = (token: string): string =>
  JSON.stringify({ op: 2, d: { token, intents: 1, properties: { os: 'linux', browser: 'x', device: 'x' } } });

/** Sends a message once the client is ready, and resolves when the client has closed the connection. */
async function converse(gateway: ScriptedGateway): Promise<void> {
  await gateway.untilFrame(({ text }) => text?.includes('"GUILD_CREATE"') === true);
  await gateway.dispatch('MESSAGE_CREATE', messageCreate(1));
  await gateway.until(() => !gateway.peer.isOpen);
}

/** Fails unless the conversation was recorded byte for byte, unmodified, with TLS on both sides. */
async function expectRecorded({ gateway, recorder, db }: Stage): Promise<void> {
  await until(() => recorder.figures().openConnections === 0);
  expect(await recorder.close()).toMatchObject(loggedSums(gateway));
  expectAllRecorded(gateway, db);
  const payloads = (sender: string): unknown[] =>
    rowsOf(
      db,
      `SELECT body FROM payload JOIN frame ON frame.id = frame_id JOIN frame_type ON frame_type.id = type_id
       WHERE sender = ? ORDER BY frame.id`,
      sender,
    ).map(({ body }) => body);
  for (const sender of ['client', 'gateway']) {
    const logged = gateway.frames.filter((frame) => frame.sender === sender && frame.text !== null);
    expect(payloads(sender)).toEqual(logged.map(({ text }) => text));
  }
  expect(
    rowsOf(db, 'SELECT is_client_tls, is_upstream_tls, relay_mode, upstream_url FROM connection'),
  ).toEqual([
    {
      is_client_tls: 1,
      is_upstream_tls: 1,
      relay_mode: 'verbatim',
      upstream_url: `${gateway.url}/?v=10&encoding=json`,
    },
  ]);
  expect(rowsOf(db, 'SELECT mode FROM capture')).toEqual([{ mode: 'forward' }]);
}

it('forward mode records undici’s fetch and WebSocket through ProxyAgent', async () => {
  await using stage = await openStage();
  const { gateway, authority, proxyUrl } = stage;
  const dispatcher = new ProxyAgent({
    uri: proxyUrl,
    requestTls: { ca: authority },
    token: 'Basic c2VjcmV0',
  });
  const answer = await fetch(`${gateway.apiUrl}/v10/gateway/bot`, { dispatcher });
  expect(await answer.json()).toMatchObject({ url: gateway.url });

  const client = new UndiciWebSocket(`${gateway.url}/?v=10&encoding=json`, { dispatcher });
  client.addEventListener('message', ({ data }: { data: unknown }) => {
    const { op, t } = JSON.parse(String(data)) as { op: number; t: string | null };
    if (op === 10) client.send(identify(SECRETS.token));
    if (t === 'MESSAGE_CREATE') client.close(1000, 'heard');
  });
  await converse(gateway);
  await dispatcher.close();
  await expectRecorded(stage);
  expect(JSON.stringify(gateway.requests)).not.toContain('c2VjcmV0');
  expect(rowsOf(stage.db, 'SELECT method, path, status FROM exchange_view')).toEqual([
    { method: 'GET', path: '/v10/gateway/bot', status: 200 },
  ]);
});

it.skipIf(!hasBrowser('a browser in forward mode'))(
  'forward mode records a page in Chromium through --proxy-server',
  async () => {
    await using stage = await openStage();
    const { gateway, authority, proxyUrl } = stage;
    const browser = await chromium.launchPersistentContext(scratchFile('profile'), {
      ...launchOptions(
        `--proxy-server=${proxyUrl}`,
        '--proxy-bypass-list=<-loopback>',
        `--ignore-certificate-errors-spki-list=${spkiFingerprint(new X509Certificate(authority))}`,
      ),
    });
    try {
      const page = await browser.newPage();
      const url = `${gateway.url}/?v=10&encoding=json`;
      // A page of a foreign origin gets nowhere.
      expect(await page.evaluate(ended, { url, identify: '' })).toBe(1006);
      expect(gateway.peers).toEqual([]);

      await page.goto(gateway.apiUrl);
      const closed = page.evaluate(ended, { url, identify: identify(SECRETS.token) });
      await converse(gateway);
      expect(await closed).toBe(1000);
      expect(gateway.peer.request.headers['sec-websocket-extensions']).toContain('permessage-deflate');
    } finally {
      await browser.close();
    }
    await expectRecorded(stage);
  },
);

/** In the page: a client that identifies, hears one message, and closes; resolves to the close code. */
function ended(how: { readonly url: string; readonly identify: string }): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(how.url);
    socket.onmessage = ({ data }: { data: unknown }): void => {
      const { op, t } = JSON.parse(String(data)) as { op: number; t: string | null };
      if (op === 10) socket.send(how.identify);
      if (t === 'MESSAGE_CREATE') socket.close(1000);
    };
    socket.onclose = ({ code }: { code: number }): void => resolve(code);
  });
}
