import { createServer, request, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { letPageRead, pageRefusal } from '../../src/serving/pages.js';

describe('a page', () => {
  it.each([
    [undefined, []],
    ['https://app.example.org', ['https://app.example.org']],
    ['https://a.b.example.org', ['https://*.example.org']],
    ['http://localhost:5173', ['http://*:5173']],
    ['null', ['null']],
  ])('of %s may ask where %j may', (origin, patterns) => {
    expect(pageRefusal(origin, patterns)).toBeNull();
  });

  it.each([
    ['https://evil.org', []],
    ['', ['https://app.example.org']],
    ['https://app.example.org.evil.org', ['https://app.example.org']],
    ['https://evil.org/.example.org', ['https://*.example.org']],
    ['https://evil.org', ['null']],
  ])('of %s may not where %j may', (origin, patterns) => {
    expect(pageRefusal(origin, patterns)).toMatch(/^a web page of .* asks: --allow-origin permits it$/);
  });
});

/** Answer of a server that says `read` to what `letPageRead` leaves. */
async function answerTo(method: string, headers: Record<string, string>): Promise<IncomingMessage> {
  const server = createServer((asked, response) => {
    if (!letPageRead(asked, response)) response.end('read');
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const [answer] = (await once(
    request({ port, host: '127.0.0.1', method, headers, agent: false }).end(),
    'response',
  )) as [IncomingMessage];
  answer.resume();
  return answer;
}

const ORIGIN = 'https://app.example.org';

describe('letPageRead', () => {
  it('answers a preflight itself, with what was asked for', async () => {
    const { statusCode, headers } = await answerTo('OPTIONS', {
      origin: ORIGIN,
      'access-control-request-method': 'PATCH',
      'access-control-request-headers': 'authorization,content-type',
      'access-control-request-private-network': 'true',
    });
    expect(statusCode).toBe(204);
    expect(headers).toMatchObject({
      'access-control-allow-origin': ORIGIN,
      'access-control-allow-methods': 'PATCH',
      'access-control-allow-headers': 'authorization,content-type',
      'access-control-allow-private-network': 'true',
    });
    expect(headers['access-control-allow-credentials']).toBeUndefined();
  });

  it.each(['GET', 'OPTIONS'])('opens the answer to %s, and leaves it to others', async (method) => {
    const { statusCode, headers } = await answerTo(method, { origin: ORIGIN });
    expect(statusCode).toBe(200);
    expect(headers).toMatchObject({
      'access-control-allow-origin': ORIGIN,
      'access-control-expose-headers': '*',
    });
  });

  it('adds no headers for clients that are not pages', async () => {
    const { headers } = await answerTo('OPTIONS', { 'access-control-request-method': 'PATCH' });
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});
