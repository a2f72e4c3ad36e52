import { expect, it } from 'vitest';
import { FailureRows } from '../../src/proxy/failure-rows.js';
import { startFixture } from '../support/proxy-fixture.js';
import { rawClient, upgradeRequest } from '../support/raw-peers.js';

it('records the first of a kind in a window, and tells how many it left out', () => {
  const told: string[] = [];
  const rows = new FailureRows((_, line) => told.push(line));
  const recorded = Array.from({ length: 8_000 }, (_, at) => rows.isRecorded('502 ws://a', at * 1_000));
  expect(recorded.filter(Boolean)).toHaveLength(20);
  expect(rows.isRecorded('502 ws://b', 8_000_000)).toBe(true);
  expect(rows.isRecorded('502 ws://a', 10_000_000)).toBe(true);
  expect(told).toEqual([expect.stringMatching(/^7980 more upgrades failed/)]);
  rows.close();
  expect(told).toHaveLength(1);
});

it('says that the proxy ended what it could not dial, and the gateway what it refused', async () => {
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
