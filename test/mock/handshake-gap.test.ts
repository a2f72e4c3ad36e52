import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemHost } from '../../src/host.js';
import { serve } from '../support/mocks.js';
import { readySession } from '../support/capture/steps.js';

const REQUEST =
  'HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

/** What the first two reads of a client bring. */
async function reads(gatewayUrl: string, query: string): Promise<readonly Buffer[]> {
  const { hostname, port } = new URL(gatewayUrl);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  socket.write(`GET /${query} ${REQUEST}`);
  const [first] = (await once(socket, 'data')) as [Buffer];
  const [second] = (await once(socket, 'data')) as [Buffer];
  return [first, second];
}

describe('the 101 answer', () => {
  it.each([
    ['HELLO', '?v=10&encoding=json', 0x81],
    ['a refusal', '?v=99', 0x88],
  ])('arrives in a read of its own, before %s, on a busy machine too', async (_, query, firstByte) => {
    const mock = await serve(readySession());
    const { nowUs } = systemHost();
    const hog = setInterval(() => {
      for (const endUs = nowUs() + 15_000; nowUs() < endUs;);
    }, 5);
    onTestFinished(() => clearInterval(hog));
    const clients = await Promise.all(Array.from({ length: 30 }, () => reads(mock.gatewayUrl, query)));
    const alone = clients.filter(
      ([first, second]) => first?.toString().endsWith('\r\n\r\n') === true && second?.[0] === firstByte,
    );
    expect(alone).toHaveLength(30);
  });

  it('does not keep a client that leaves at once', async () => {
    const mock = await serve(readySession());
    const { hostname, port } = new URL(mock.gatewayUrl);
    const socket = connect(Number(port), hostname);
    socket.write(`GET / ${REQUEST}`);
    await once(socket, 'data');
    socket.resetAndDestroy();
    await expect(reads(mock.gatewayUrl, '?v=10')).resolves.toHaveLength(2);
    await mock.close();
  });
});
