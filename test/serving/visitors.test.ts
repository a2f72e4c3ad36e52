/** Who may ask a server on this machine: the same at the proxy (test/proxy/access.test.ts) and at the mock. */
import { expect, it } from 'vitest';
import { serveRecordings } from '../../src/mock/server.js';
import { systemHost } from '../../src/host.js';
import { startMockGateway } from '../../src/library/mock.js';
import { rawClient, upgradeRequest } from '../support/raw-peers.js';
import { readySession } from '../support/capture/steps.js';

const REFUSED: readonly (readonly string[])[] = [
  ['Host: evil.org'],
  ['Host: evil.org', 'Sec-Fetch-Site: same-origin'],
  ['Host: evil.org', 'Origin: http://evil.org'],
  ['Host: localhost.evil.org'],
  ['Host: a b'],
  ['Host: localhost', 'Origin: https://evil.org'],
  ['Host: localhost', 'Origin: null'],
  ['Host: localhost', 'Sec-Fetch-Site: cross-site'],
];
const SERVED: readonly (readonly string[])[] = [
  ['Host: localhost'],
  ['Host: 127.0.0.1'],
  ['Host: localhost', 'Origin: https://discord.com'],
  ['Host: localhost', 'Origin: http://localhost'],
  ['Host: localhost', 'Origin: https://app.example'],
];

const get = (headers: readonly string[]): string =>
  `GET /api/v10/gateway HTTP/1.1\r\n${headers.join('\r\n')}\r\nConnection: close\r\n\r\n`;

async function statusOf(request: string): Promise<string> {
  await using mock = await serveRecordings([readySession()], {
    host: systemHost(),
    listen: { host: '127.0.0.1', port: 0 },
    speed: 'max',
    allowOrigins: ['https://app.example'],
  });
  const client = await rawClient(mock.gatewayUrl);
  client.socket.write(request);
  await client.until(() => client.head !== '');
  client.socket.destroy();
  return client.head.slice('HTTP/1.1 '.length, 'HTTP/1.1 '.length + 3);
}

it.each(REFUSED.map((headers) => [headers]))(
  'a mock does not answer %j, by REST or WebSocket',
  async (headers) => {
    expect(await statusOf(get(headers))).toMatch(/^40[03]$/);
    expect(await statusOf(upgradeRequest('/?v=10&encoding=json', headers))).toMatch(/^40[03]$/);
  },
);

it.each(SERVED.map((headers) => [headers]))('a mock answers %j', async (headers) => {
  expect(await statusOf(get(headers))).toBe('200');
  expect(await statusOf(upgradeRequest('/?v=10&encoding=json', headers))).toBe('101');
});

it('a mock listens for other machines only if that is permitted', async () => {
  const tape = 'tapes/demo.tape.ndjson';
  await expect(startMockGateway({ tape, listen: '0.0.0.0:0' })).rejects.toThrow(
    'can be reached by other machines',
  );
  const lines: string[] = [];
  const log = (_: string, line: string): void => void lines.push(line);
  await using mock = await startMockGateway({ tape, listen: '0.0.0.0:0', allowRemote: true, log });
  expect(mock.gatewayUrl).toContain('127.0.0.1');
  expect(lines).toEqual([expect.stringContaining('other machines can use the mock')]);
});
