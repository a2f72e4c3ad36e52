/**
 * A bot of discord.js that answers a message: its REST calls are on the timeline of its session's frames, and a mock of
 * that session answers them.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client, Events, GatewayIntentBits } from 'discord.js';
import { expect, it, onTestFinished } from 'vitest';
import { startMockGateway } from '../../src/library/mock.js';
import { startRecorder } from '../../src/library/record.js';
import { loadRecording } from '../../src/library/recording.js';
import { formatTape, parseTape } from '../../src/replay/tape/tape.js';
import { messageCreate, SECRETS } from '../support/payloads.js';
import { scratchFile } from '../support/scratch.js';
import { ScriptedGateway } from '../support/scripted-gateway.js';

/** A bot that posts `pong` on the first message it sees. */
class PongBot {
  readonly #client: Client;
  /** What the API answered to that. */
  readonly posted: Promise<unknown>;

  constructor(api: string) {
    const client = new Client({ intents: [GatewayIntentBits.GuildMessages], rest: { api } });
    this.#client = client;
    this.posted = new Promise((resolve) => {
      client.on(Events.Raw, ({ t }: { t: string }) => {
        if (t === 'MESSAGE_CREATE')
          resolve(client.rest.post('/channels/5/messages', { body: { content: 'pong' } }));
      });
    });
  }

  async ready(): Promise<void> {
    const ready = once(this.#client, Events.ClientReady);
    await this.#client.login(SECRETS.token);
    await ready;
  }

  end(): Promise<void> {
    return this.#client.destroy();
  }
}

it('a message that a bot posts on MESSAGE_CREATE is recorded between the frames, goes into the tape, and is answered by a mock', async () => {
  await using gateway = await ScriptedGateway.start({ guilds: 1 });
  const answer = '{"id":"77","channel_id":"5","content":"pong"}';
  const server = createServer((request, response) => {
    request.resume();
    response.setHeader('content-type', 'application/json');
    const start = { total: 1000, remaining: 999, reset_after: 1, max_concurrency: 1 };
    const bot = { url: gateway.url, shards: 1, session_start_limit: start };
    response.end(request.method === 'POST' ? answer : JSON.stringify(bot));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const db = scratchFile();
  const api = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
  const recorder = await startRecorder({ listen: '127.0.0.1:0', upstream: gateway.url, api, db });
  const bot = new PongBot(recorder.apiUrl);
  await bot.ready();
  await gateway.dispatch('MESSAGE_CREATE', messageCreate(1));
  expect(await bot.posted).toEqual(JSON.parse(answer));
  await gateway.dispatch('MESSAGE_CREATE_ACK', {});
  await bot.end();
  await recorder.close();

  const { recording } = loadRecording({ session: 'latest', db });
  const [discovery] = recording.exchanges;
  const posts = recording.exchanges.filter(({ method }) => method === 'POST');
  expect(posts).toHaveLength(1);
  expect(discovery).toMatchObject({ method: 'GET', path: '/v10/gateway/bot', status: 200 });
  expect(discovery?.atUs).toBeLessThan(0);
  expect(posts[0]).toMatchObject({
    method: 'POST',
    path: '/v10/channels/5/messages',
    status: 200,
    requestBody: '{"content":"pong"}',
    responseBody: answer,
  });
  const lines = formatTape(recording).split('\n');
  const at = (text: string): number => lines.findIndex((line) => line.includes(text));
  expect(at('"MESSAGE_CREATE"')).toBeGreaterThan(0);
  expect(at('"method":"POST"')).toBeGreaterThan(at('"MESSAGE_CREATE"'));
  expect(at('"method":"POST"')).toBeLessThan(at('"MESSAGE_CREATE_ACK"'));
  expect(parseTape(lines.join('\n')).exchanges).toEqual(recording.exchanges);

  // The other half of the loop: a mock of that session alone, with the gateway and the API out of reach.
  server.closeAllConnections();
  server.close();
  await using mock = await startMockGateway({ session: 'latest', db, speed: 'max' });
  const again = new PongBot(mock.apiUrl);
  await again.ready();
  expect(await again.posted).toMatchObject(JSON.parse(answer) as object);
  await again.end();
  const calls = mock.restCalls.filter(({ method }) => method === 'POST');
  expect(calls).toMatchObject([{ path: '/v10/channels/5/messages', status: 200, origin: 'recorded' }]);
});
