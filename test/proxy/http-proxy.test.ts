/** http-proxy must not call `util._extend`, which prints a warning from Node 22 on. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createRequestProxy } from '../../src/proxy/http-proxy.js';

const util = createRequire(import.meta.url)('node:util') as { _extend: unknown };

async function listening(server: Server): Promise<string> {
  onTestFinished(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('http-proxy passes requests on without util._extend, and does not replace it', async () => {
  const deprecated = (): never => {
    throw new Error('util._extend was called');
  };
  const original = util._extend;
  onTestFinished(() => void (util._extend = original));
  util._extend = deprecated;

  const target = await listening(createServer((_request, response) => response.end('passed')));
  const proxy = createRequestProxy();
  expect(util._extend).toBe(deprecated);
  proxy.on('proxyRes', (answer, _request, response) => void answer.pipe(response));
  const front = await listening(
    createServer((request, response) => proxy.web(request, response, { target })),
  );
  expect(await (await fetch(front)).text()).toBe('passed');
});
