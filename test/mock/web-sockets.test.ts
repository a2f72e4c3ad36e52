/** Who may open a WebSocket of the mock, and how one ends that the client does not end. */
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { isVersionSpoken } from '../../src/mock/web-sockets.js';
import { serve } from '../support/mocks.js';
import { rawClient, upgradeRequest } from '../support/raw-peers.js';
import { readySession } from '../support/capture/steps.js';

/** Status of the answer to an upgrade. */
async function statusFor(url: string, origin: string): Promise<number> {
  const socket = new WebSocket(url, { origin });
  socket.on('error', () => undefined);
  const [status] = await Promise.race([
    once(socket, 'open').then(() => [101]),
    once(socket, 'unexpected-response').then(([, response]) => [
      (response as { statusCode: number }).statusCode,
    ]),
  ]);
  socket.terminate();
  return status ?? 0;
}

describe('a web page', () => {
  it.each([
    ['https://evil.org', 403],
    ['http://localhost:5173', 403],
    ['null', 403],
    ['https://discord.com', 101],
    ['https://app.example.org', 101],
  ])('of %s gets %i where https://*.example.org may ask', async (origin, status) => {
    const mock = await serve(readySession(), 'max', { allowOrigins: ['https://*.example.org'] });
    expect(await statusFor(mock.gatewayUrl, origin)).toBe(status);
  });
});

it('a client that answers no close frame is not waited for', async () => {
  const mock = await serve(readySession());
  const client = await rawClient(mock.gatewayUrl);
  client.socket.write(upgradeRequest('/?v=10'));
  await client.until(() => client.body.includes('"op":10'));
  mock.disconnect(4000);
  await client.until(() => client.isEnded);
  expect(client.body.subarray(-4).readUInt16BE(2)).toBe(4000);
});

it.each([
  [null, true],
  ['10', true],
  ['6', true],
  ['5', false],
  ['ten', false],
])('WebSocket version %s is accepted: %s', (version, isSpoken) => {
  expect(isVersionSpoken(version)).toBe(isSpoken);
});
