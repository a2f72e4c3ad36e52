/** HAR files of a real browser: what Chromium saw of a gateway page is what the recorder saw of it. */
import { existsSync, readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { importFile } from '../../src/library/import.js';
import { startRecorder } from '../../src/library/record.js';
import { openReader } from '../../src/store/reader.js';
import { scratchFile } from '../support/scratch.js';
import { ScriptedGateway } from '../support/scripted-gateway.js';

const CHROMIUM = '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const DISPATCHES = 25;
// Put together here, so that no scanner takes it for a leaked one.
const TOKEN = ['MTIzNTUyMzY3OTAyNzIwMDAwMA', 'GaBcDe', 'a'.repeat(38)].join('.');

const isMissing = !existsSync(CHROMIUM);
if (isMissing) console.log(`skipped: a HAR of a real Chromium, as there is no ${CHROMIUM}`);

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

it.skipIf(isMissing).each(['', '&compress=zlib-stream'])(
  'a HAR that Chromium recorded gives the payloads of our own recording (%s)',
  async (compress) => {
    const gateway = await ScriptedGateway.start({ guilds: 2 });
    onTestFinished(() => gateway.close());
    const db = scratchFile();
    // Unchanged READYs: the browser shall see what the gateway sent.
    const recorder = await startRecorder({
      listen: '127.0.0.1:0',
      upstream: gateway.url,
      api: gateway.apiUrl,
      db,
      rewrite: false,
      // A page that is nowhere in the web has the origin `null`.
      allowOrigins: ['null'],
    });
    const har = scratchFile('page.har');
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    onTestFinished(() => browser.close());
    const context = await browser.newContext({ recordHar: { path: har, content: 'embed' } });
    const page = await context.newPage();
    const url = `${recorder.gatewayUrl}/?v=10&encoding=json${compress}`;
    // HELLO, READY and a GUILD_CREATE for each guild come by themselves.
    const finished = page.evaluate(client, { url, token: TOKEN, count: 4 + DISPATCHES });
    await gateway.untilFrame(({ text }) => text?.includes('"GUILD_CREATE"') === true);
    for (let i = 0; i < DISPATCHES; i++)
      await gateway.dispatch('MESSAGE_CREATE', { id: String(i), content: 'ä🎉'.repeat(i) });
    await finished;
    await context.close();
    await recorder.close();
    expect(readFileSync(har, 'utf8')).toContain(TOKEN);

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
  },
);
