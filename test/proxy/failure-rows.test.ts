import { expect, it } from 'vitest';
import { FailureRows } from '../../src/proxy/failure-rows.js';
import { startFixture } from '../support/proxy-fixture.js';
import { rawClient, upgradeRequest } from '../support/raw-peers.js';

it('the first failures of a kind get a row each, and later ones one row with their count', () => {
  const rows: [number, number, number][] = [];
  const failures = new FailureRows<number>((...row) => rows.push(row));
  for (let at = 0; at < 8_000; at += 1) failures.add('502 ws://a', at, at);
  failures.add('502 ws://b', 8_000, 8_000);
  const single = [0, 1, 2, 3, 4, 8_000];
  expect(rows).toEqual(single.map((at) => [at, at, 0]));
  failures.close();
  expect(rows.slice(single.length)).toEqual([[5, 7_999, 7_994]]);
  failures.close();
  expect(rows).toHaveLength(single.length + 1);
});

it('failures beyond the limit of kinds count as one kind', () => {
  const rows: number[] = [];
  const failures = new FailureRows<number>((first, _, repeats) => rows.push(first, repeats));
  for (let kind = 0; kind < 8_000; kind += 1) failures.add(`502 ws://${kind}`, kind, kind);
  failures.close();
  expect(rows.slice(-2)).toEqual([105, 7_894]);
  expect(rows).toHaveLength(2 * 106);
});

it('a client that retries without a pause makes a few rows with counts', async () => {
  const fixture = await startFixture({ upstream: new URL('ws://127.0.0.1:1') });
  for (let count = 0; count < 30; count += 1) {
    const client = await rawClient(fixture.proxy.gatewayUrl);
    client.socket.write(upgradeRequest('/', ['Host: localhost']));
    await client.until(() => client.isEnded);
  }
  await fixture[Symbol.asyncDispose]();
  const repeats = fixture.tap.connections.map(({ end }) => end?.repeats);
  expect(repeats).toEqual([0, 0, 0, 0, 0, 24]);
});

it('a failed dial is closed by the proxy, a refusal by the gateway', async () => {
  await using dead = await startFixture({ upstream: new URL('ws://127.0.0.1:1') });
  const client = await rawClient(dead.proxy.gatewayUrl);
  client.socket.write(upgradeRequest('/', ['Host: localhost']));
  await client.until(() => client.isEnded);
  expect(dead.tap.connections).toMatchObject([
    { handshake: { upgradeStatus: 502 }, end: { endedBy: 'proxy' } },
  ]);
  await using fixture = await startFixture();
  const refused = await rawClient(fixture.proxy.gatewayUrl);
  refused.socket.write(upgradeRequest('/', ['Host: localhost']));
  (await fixture.gateway.peer()).socket.end('HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\n\r\n');
  await refused.until(() => refused.isEnded);
  expect(fixture.tap.connections).toMatchObject([
    { handshake: { upgradeStatus: 503 }, end: { endedBy: 'gateway' } },
  ]);
});
