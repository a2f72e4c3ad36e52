/**
 * A browser as the client: the pages that `--allow-origin` names, and those of anybody else.
 *
 * Chromium offers permessage-deflate, and this gateway takes it: what `ws` sent is what the page reads, and what is
 * in the database to the letter, through either mode.
 */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { startRecorder, type RecorderOptions } from '../../src/library/record.js';
import { hasBrowser, launchOptions } from '../support/browser.js';
import { guildCreate, messageCreate, ready, sessionId } from '../support/payloads.js';
import { serve } from '../support/mocks.js';
import { dispatch, readySession } from '../support/capture/steps.js';
import { scratchFile } from '../support/scratch.js';
import { rowsOf } from '../support/stores.js';

/** More plain text than the window of deflate holds, so that a rewritten stream becomes the gateway's own again. */
const MESSAGES = 150;

async function listening(
  listener: RequestListener,
): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

/** A gateway and its API on one port. */
class Upstream implements AsyncDisposable {
  readonly asked: string[] = [];
  readonly sent: string[] = [];
  readonly heard: string[] = [];
  readonly #server: Server;
  readonly authority: string;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.authority = `127.0.0.1:${port}`;
    const perMessageDeflate = { threshold: 0 };
    new WebSocketServer({ server, perMessageDeflate }).on('connection', (socket) => {
      const send = (payload: object): void => {
        this.sent.push(JSON.stringify(payload));
        socket.send(this.sent.at(-1) ?? '');
      };
      send({ t: null, s: null, op: 10, d: { heartbeat_interval: 41_250 } });
      socket.once('message', (data: Buffer) => {
        this.heard.push(data.toString());
        const events = [
          ['READY', ready(`ws://${this.authority}`, 1, sessionId(0))],
          ['GUILD_CREATE', guildCreate(0)],
          ...Array.from({ length: MESSAGES }, (_, index) => ['MESSAGE_CREATE', messageCreate(index)]),
        ];
        events.forEach(([t, d], index) => send({ t, s: index + 1, op: 0, d }));
      });
    });
  }

  static async start(): Promise<Upstream> {
    const { server, port } = await listening((request, response) => {
      upstream.asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
      response.setHeader('x-ratelimit-limit', '5').setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ url: `ws://${upstream.authority}` }));
    });
    const upstream = new Upstream(server, port);
    return upstream;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** In the page: texts of the messages that a WebSocket gets until there are `count`; fewer when it was refused. */
function textsOf({ url, count }: { readonly url: string; readonly count: number }): Promise<string[]> {
  return new Promise((resolve) => {
    const texts: string[] = [];
    const socket = new WebSocket(url);
    socket.onmessage = ({ data }): void => {
      texts.push(String(data));
      if (texts.length === 1) socket.send('{"op":2,"d":{"token":"t","intents":513,"properties":{}}}');
      if (texts.length === count) socket.close(1000);
    };
    socket.onclose = (): void => resolve(texts);
  });
}

/** In the page: what a REST call comes to. */
async function answerTo(
  url: string,
): Promise<{ status: number; limit: string | null; url: unknown } | string> {
  try {
    const headers = { authorization: 'Bot t', 'content-type': 'application/json' };
    const answer = await fetch(url, { headers });
    const posted = await fetch(url.replace('gateway/bot', 'channels/1/messages'), {
      method: 'POST',
      headers,
      body: '{}',
    });
    const { url: named } = (await answer.json()) as { url: unknown };
    return { status: posted.status, limit: answer.headers.get('x-ratelimit-limit'), url: named };
  } catch (error) {
    return (error as Error).name;
  }
}

describe.skipIf(!hasBrowser('web pages as clients'))('a page in Chromium', () => {
  let browser: Browser;
  let pages: Server;
  let origin: string;
  let foreign: string;

  beforeAll(async () => {
    browser = await chromium.launch(launchOptions());
    const { server, port } = await listening((_, response) =>
      response.setHeader('content-type', 'text/html').end(),
    );
    pages = server;
    [origin, foreign] = [`http://127.0.0.1:${port}`, `http://localhost:${port}`];
  });
  afterAll(async () => {
    await browser.close();
    pages.close();
  });

  async function pageOf(at: string, server?: string): Promise<Page> {
    const proxy =
      server === undefined ? {} : { proxy: { server, bypass: `<-loopback>,${new URL(at).host}` } };
    const context = await browser.newContext(proxy);
    const page = await context.newPage();
    await page.goto(at);
    return page;
  }

  async function record(
    upstream: Upstream,
    options: RecorderOptions,
  ): Promise<{ db: string; recorder: Awaited<ReturnType<typeof startRecorder>> }> {
    const db = scratchFile();
    const { authority } = upstream;
    const at = { listen: '127.0.0.1:0', upstream: `ws://${authority}`, api: `http://${authority}/api` };
    const recorder = await startRecorder({ ...at, db, redact: 'none', allowOrigins: [origin], ...options });
    return { db, recorder };
  }

  const bodiesOf = (db: string, sender: string): unknown[] =>
    rowsOf(
      db,
      `SELECT payload FROM frame_view WHERE sender = '${sender}' AND op IS NOT NULL ORDER BY id`,
    ).map(({ payload }) => payload);

  it('is served in reverse mode, REST and gateway, where its origin is allowed; any other gets nothing', async () => {
    await using upstream = await Upstream.start();
    const { db, recorder } = await record(upstream, {});
    const api = `${recorder.apiUrl}/v10/gateway/bot`;
    const gateway = `${recorder.gatewayUrl}/?v=10&encoding=json`;

    const evil = await pageOf(foreign);
    expect(await evil.evaluate(answerTo, api)).toBe('TypeError');
    expect(await evil.evaluate(textsOf, { url: gateway, count: 1 })).toEqual([]);
    expect([upstream.asked, upstream.sent]).toEqual([[], []]);

    const page = await pageOf(origin);
    expect(await page.evaluate(answerTo, api)).toEqual({ status: 200, limit: '5', url: recorder.gatewayUrl });
    expect(upstream.asked).toEqual(['GET /api/v10/gateway/bot', 'POST /api/v10/channels/1/messages']);
    const texts = await page.evaluate(textsOf, { url: gateway, count: MESSAGES + 3 });
    const resumeUrl = `${recorder.gatewayUrl}/r/${upstream.authority}`;
    expect(texts).toEqual(upstream.sent.map((text) => text.replace(`ws://${upstream.authority}`, resumeUrl)));

    await recorder.close();
    expect(bodiesOf(db, 'gateway')).toEqual(upstream.sent);
    expect(bodiesOf(db, 'client')).toEqual(upstream.heard);
    expect(
      rowsOf(db, "SELECT relay_mode, extensions LIKE 'permessage-deflate%' AS deflated FROM connection"),
    ).toEqual([{ relay_mode: 'converged', deflated: 1 }]);
    expect(rowsOf(db, 'SELECT method, status FROM exchange_view ORDER BY id')).toEqual([
      { method: 'GET', status: 200 },
      { method: 'POST', status: 200 },
    ]);
  });

  it('is served in forward mode, byte for byte', async () => {
    await using upstream = await Upstream.start();
    const { db, recorder } = await record(upstream, { mode: 'forward', caDir: scratchFile('authority') });
    const page = await pageOf(origin, recorder.apiUrl.replace('/api', ''));
    const url = `ws://${upstream.authority}/?v=10&encoding=json`;
    expect(await page.evaluate(textsOf, { url, count: MESSAGES + 3 })).toEqual(upstream.sent);
    await recorder.close();
    expect(bodiesOf(db, 'gateway')).toEqual(upstream.sent);
    expect(
      rowsOf(db, "SELECT relay_mode, extensions LIKE 'permessage-deflate%' AS deflated FROM connection"),
    ).toEqual([{ relay_mode: 'verbatim', deflated: 1 }]);
  });

  it('is served by a mock by the same rules', async () => {
    const events = [dispatch(30, 2, 'TYPING_START', { id: '5' })];
    const mock = await serve(readySession(...events), 'max', { allowOrigins: [origin] });
    const url = `${mock.gatewayUrl}/?v=10&encoding=json`;
    const evil = await pageOf(foreign);
    expect(await evil.evaluate(answerTo, `${mock.apiUrl}/v10/gateway/bot`)).toBe('TypeError');
    expect(await evil.evaluate(textsOf, { url, count: 1 })).toEqual([]);
    const page = await pageOf(origin);
    expect(await page.evaluate(answerTo, `${mock.apiUrl}/v10/gateway/bot`)).toMatchObject({
      url: mock.gatewayUrl,
    });
    expect(await page.evaluate(textsOf, { url, count: 3 })).toHaveLength(3);
  });
});
