/** HAR files of a real browser: what Chromium saw of a gateway page is what the recorder saw of it. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { importFile } from '../../src/library/import.js';
import { startRecorder } from '../../src/library/record.js';
import { openReader } from '../../src/store/reader.js';
import { hasBrowser, launchOptions } from '../support/browser.js';
import { scratchFile } from '../support/scratch.js';
import { ScriptedGateway } from '../support/scripted-gateway.js';

const DISPATCHES = 25;
// Put together here, so that no scanner takes it for a leaked one.
const TOKEN = ['MTIzNTUyMzY3OTAyNzIwMDAwMA', 'GaBcDe', 'a'.repeat(38)].join('.');

const isMissing = !hasBrowser('a HAR of a real Chromium');

/** A page's gateway client: identifies at the first message, and resolves when it has `count` of them. */
const client = ({ url, token, count }: { url: string; token: string; count: number }): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.binaryType = 'arraybuffer';
    let received = 0;
    socket.onerror = () => reject(new Error('the socket failed'));
    socket.onclose = () => resolve();
    socket.onmessage = () => {
      received += 1;
      if (received === 1) {
        const properties = { os: 'test', browser: 'page', device: '' };
        socket.send(JSON.stringify({ op: 2, d: { token, intents: 1, properties, shard: [0, 1] } }));
      }
      if (received === count) socket.close(1000, 'done');
    };
  });

/** URL of an API that answers as the API does: in gzip, with rate limits, and with 404 to what it does not know. */
async function startApi(): Promise<string> {
  const server = createServer((request, response) => {
    const isKnown = request.url?.startsWith('/api/v10/users/') === true;
    response.writeHead(isKnown ? 200 : 404, {
      'content-type': 'application/json',
      'content-encoding': 'gzip',
      'x-ratelimit-remaining': '4',
      'access-control-allow-origin': '*',
    });
    response.end(gzipSync(JSON.stringify({ id: '7', bio: 'ä🎉'.repeat(isKnown ? 100 : 0) })));
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
}

/** A page's REST calls, one after the other, and one for something else. */
const call = async (apiUrl: string): Promise<void> => {
  await (await fetch(`${apiUrl}/v10/users/@me`)).text();
  const body = '{"content":"ä"}';
  await (await fetch(`${apiUrl}/v10/channels/12/messages`, { method: 'POST', body })).text();
  await (await fetch(`data:text/plain,${apiUrl}`)).text();
};

it.skipIf(isMissing).each([
  ['', 'page.har', 'embed'],
  ['&compress=zlib-stream', 'page.har', 'embed'],
  ['&compress=zlib-stream', 'page.har.zip', 'attach'],
] as const)(
  'a HAR that Chromium recorded imports as the same payloads as our recording (%s, %s)',
  async (compress, name, content) => {
    const gateway = await ScriptedGateway.start({ guilds: 2 });
    onTestFinished(() => gateway.close());
    const db = scratchFile();
    // Unchanged READYs: the browser shall see what the gateway sent.
    const recorder = await startRecorder({
      listen: '127.0.0.1:0',
      upstream: gateway.url,
      api: await startApi(),
      db,
      rewrite: false,
      // A page that is nowhere in the web has the origin `null`.
      allowOrigins: ['null'],
    });
    const har = scratchFile(name);
    const browser = await chromium.launch(launchOptions());
    onTestFinished(() => browser.close());
    const context = await browser.newContext({ recordHar: { path: har, content } });
    const page = await context.newPage();
    const url = `${recorder.gatewayUrl}/?v=10&encoding=json${compress}`;
    // HELLO, READY and a GUILD_CREATE for each guild come by themselves.
    const finished = page.evaluate(client, { url, token: TOKEN, count: 4 + DISPATCHES });
    await gateway.untilFrame(({ text }) => text?.includes('"GUILD_CREATE"') === true);
    for (let i = 0; i < DISPATCHES; i++)
      await gateway.dispatch('MESSAGE_CREATE', { id: String(i), content: 'ä🎉'.repeat(i) });
    await finished;
    await page.evaluate(call, recorder.apiUrl);
    await context.close();
    await recorder.close();
    if (content === 'embed') expect(readFileSync(har, 'utf8')).toContain(TOKEN);

    const summary = importFile({ file: har, db, redact: 'secrets', maxPayloadBytes: 2 ** 26 });
    expect(summary).toMatchObject({ as: 'har', connections: 1, undecodable: 0, payloads: 5 + DISPATCHES });
    const reader = openReader(db);
    onTestFinished(() => reader.close());
    const [recorded, imported] = [1, 2].map((connection) =>
      [...reader.frames({ connection, statuses: ['ok'] })].map(
        ({ sender, kind, op, event, seq, wireBytes, payloadBytes, status, payloadText }) => ({
          sender,
          kind,
          op,
          event,
          seq,
          wireBytes,
          payloadBytes,
          status,
          payloadText,
        }),
      ),
    );
    expect(recorded).toHaveLength(5 + DISPATCHES);
    expect(imported).toEqual(recorded);
    expect(JSON.stringify(imported)).not.toContain(TOKEN);
    const [one, other] = reader.connections();
    expect(other!.transport).toEqual(one!.transport);
    expect(other!.path).toBe(one!.path);
    const [recordedCalls, importedCalls] = [1, 2].map((capture) =>
      [...reader.exchanges()]
        .filter(({ captureId }) => captureId === capture)
        // Each has its own clock, and a browser counts what frames the bytes of an answer as well.
        .map((row) => ({
          ...row,
          id: 0,
          captureId: 0,
          startedAtUs: 0,
          endedAtUs: 0,
          durationUs: 0,
          responseBytes: 0,
        })),
    );
    expect(recordedCalls).toMatchObject([{ status: 200 }, { status: 404, requestBody: '{"content":"ä"}' }]);
    expect(importedCalls).toEqual(recordedCalls);
  },
);
