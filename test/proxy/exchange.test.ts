/** Calls of a tap for REST calls, by real requests between real servers. */
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { Exchanges } from '../../src/proxy/exchange.js';
import { RecordingTap } from '../support/recording-tap.js';

interface Stage {
  readonly tap: RecordingTap;
  readonly exchanges: Exchanges;
  readonly url: string;
  /** Requests as they reach the proxy. */
  readonly requests: IncomingMessage[];
}

async function listening(server: Server): Promise<string> {
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A minimal proxy that reports its traffic to an `Exchanges`; at most 8 bytes of a body. */
async function stage(api: RequestListener): Promise<Stage> {
  const tap = new RecordingTap();
  let nowUs = 0;
  const exchanges = new Exchanges({ tap, nowUs: () => (nowUs += 10), maxBodyBytes: 8 });
  const upstream = await listening(createServer(api));
  const requests: IncomingMessage[] = [];
  const front = createServer((request, response) => {
    exchanges.begin(request, response, `/v10${request.url ?? ''}`);
    requests.push(request);
    const { method, headers } = request;
    const call = httpRequest(upstream + request.url!, { method, headers, agent: false });
    call.on('error', () => {
      exchanges.failed(response);
      response.destroy();
    });
    call.on('response', (answer) => {
      exchanges.answered(response, answer);
      answer.on('error', () => {
        exchanges.failed(response);
        response.destroy();
      });
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    request.pipe(call);
  });
  return { tap, exchanges, url: await listening(front), requests };
}

it('an exchange is reported with selected headers, bodies up to the limit, and their lengths', async () => {
  const { tap, exchanges, url } = await stage((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(201, {
        'content-type': 'text/plain',
        'X-RateLimit-Limit': '5',
        'retry-after': '2',
        location: '/elsewhere',
        'set-cookie': 'a=b',
        via: 'x',
      });
      response.end('0123456789');
    });
  });
  const body = 'abcdefghijkl';
  const headers = { 'content-type': 'text/html', 'user-agent': 'me', authorization: 'Bot abc' };
  expect(await (await fetch(`${url}/x?y=1`, { method: 'POST', body, headers })).text()).toBe('0123456789');
  const { start, answer, bodies, end } = await tap.exchanged();
  expect(start).toMatchObject({
    atUs: 10,
    method: 'POST',
    path: '/v10/x?y=1',
    contentType: 'text/html',
    contentEncoding: null,
    userAgent: 'me',
    authorization: 'Bot abc',
  });
  expect(start.secrets).toEqual(['Bot abc', 'abc']);
  expect(answer).toEqual({
    status: 201,
    contentType: 'text/plain',
    contentEncoding: null,
    headers: { 'x-ratelimit-limit': '5', 'retry-after': '2', location: '/elsewhere' },
  });
  expect(Buffer.concat(bodies.request).toString()).toBe('abcdefgh');
  expect(Buffer.concat(bodies.response).toString()).toBe('01234567');
  expect(end).toEqual({ atUs: 20, requestBytes: 12, responseBytes: 10, fault: null });
  expect(exchanges.count).toBe(1);
});

it('a body that the tap does not take is counted and never offered again', async () => {
  const { tap, url } = await stage((request, response) => {
    request.resume().on('end', () => response.end('abc'));
  });
  tap.isFull = true;
  const offered: string[] = [];
  const take = tap.body.bind(tap);
  tap.body = (exchange, message, bytes) => {
    offered.push(message);
    return take(exchange, message, bytes);
  };
  const call = httpRequest(url, { method: 'POST', agent: false });
  call.write('one');
  call.end('two');
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  await once(response.resume(), 'end');
  const { bodies, end } = await tap.exchanged();
  expect(bodies).toEqual({ request: [], response: [] });
  expect(end).toMatchObject({ requestBytes: 6, responseBytes: 3, fault: null });
  expect(offered).toEqual(['request', 'response']);
});

it.each([
  ['no_answer', (request: IncomingMessage) => void request.socket.destroy()],
  [
    'broken_off',
    (_: IncomingMessage, response: ServerResponse) => {
      response.writeHead(200, { 'content-length': '9' }).write('half', () => response.destroy());
    },
  ],
] as const)('a failed API is reported once, as %s', async (fault, api) => {
  const { tap, exchanges, url } = await stage(api);
  const faults: unknown[] = [];
  const end = tap.endExchange.bind(tap);
  tap.endExchange = (key, how) => {
    faults.push(how.fault);
    end(key, how);
  };
  await expect(fetch(url).then((answer) => answer.text())).rejects.toThrow();
  await tap.exchanged();
  exchanges.stop();
  expect(faults).toEqual([fault]);
});

it('a client that leaves and a proxy that stops are distinguished; nothing is tapped after the stop', async () => {
  const { tap, exchanges, url, requests } = await stage((request) => void request.resume());
  const open = async (): Promise<ReturnType<typeof httpRequest>> => {
    const count = tap.exchanges.length;
    const call = httpRequest(url, { method: 'POST', agent: false }).on('error', () => undefined);
    call.write('first');
    while (tap.exchanges.length === count) await new Promise((resolve) => setImmediate(resolve));
    return call;
  };
  (await open()).destroy();
  expect((await tap.exchanged(1)).end?.fault).toBe('client_left');
  const call = await open();
  exchanges.stop();
  expect((await tap.exchanged(2)).end?.fault).toBe('stopped');
  const { requestBytes } = tap.exchanges[1]!.end!;
  const request = requests[1]!;
  call.end('more');
  await once(request, 'end');
  expect(tap.exchanges[1]!.end).toMatchObject({ requestBytes, fault: 'stopped' });
  expect(Buffer.concat(tap.exchanges[1]!.bodies.request).length).toBe(requestBytes);
});
