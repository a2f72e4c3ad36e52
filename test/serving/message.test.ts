import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { belowApi, readBody } from '../../src/serving/http.js';

describe('belowApi', () => {
  it.each([
    ['/api/v10/gateway?x=1', '/v10/gateway?x=1'],
    ['/v10/gateway', '/v10/gateway'],
    ['/api', '/'],
    ['/api?x', '/?x'],
    ['/apis/x', '/apis/x'],
    ['', '/'],
  ])('of %j is %j', (url, path) => {
    expect(belowApi(url)).toBe(path);
  });
});

describe('readBody', () => {
  async function sent(body: string, maxBytes: number): Promise<Buffer> {
    const server = createServer();
    onTestFinished(() => void server.close());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const asked = fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {
      method: 'POST',
      body,
    });
    const [request, response] = (await once(server, 'request')) as [IncomingMessage, { end: () => void }];
    try {
      return await readBody(request, maxBytes);
    } finally {
      response.end();
      await asked.catch(() => undefined);
    }
  }

  it('is all of it, up to its limit', async () => {
    expect((await sent('abc', 3)).toString()).toBe('abc');
    await expect(sent('abcd', 3)).rejects.toThrow('its body is too long');
  });
});
