import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { NetworkError } from '../../src/errors.js';
import { listenOn } from '../../src/serving/http.js';

describe('listenOn', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['0.0.0.0', '127.0.0.1'],
    ['localhost', 'localhost'],
  ])('says how %s is reached', async (host, reached) => {
    const server = createServer();
    const authority = await listenOn(server, { host, port: 0 });
    expect(authority).toBe(`${reached}:${(server.address() as AddressInfo).port}`);
    server.close();
  });

  it('says in a sentence what is wrong', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const again = listenOn(createServer(), { host: '127.0.0.1', port });
    await expect(again).rejects.toThrow(NetworkError);
    await expect(again).rejects.toThrow(`cannot listen on 127.0.0.1:${port}: the port is in use`);
    taken.close();

    const elsewhere = listenOn(createServer(), { host: '192.0.2.1', port: 0 });
    await expect(elsewhere).rejects.toThrow(
      'cannot listen on 192.0.2.1:0: this machine does not have that address',
    );
    const unknown = listenOn(createServer(), { host: 'no-such-host.invalid', port: 0 });
    await expect(unknown).rejects.toThrow(NetworkError);
  });
});
