/**
 * REST beside the gateway: a real API behind the recorder, every way in which a body can come, and how calls can end.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startRecorder, type Recorder, type RecorderOptions } from '../../src/library/record.js';
import type { ExchangeFilter } from '../../src/store/exchanges/filter.js';
import type { ExchangeRow } from '../../src/capture/columns.js';
import { openReader } from '../../src/store/reader.js';
import { scratchFile } from '../support/scratch.js';

interface Stage {
  readonly recorder: Recorder;
  /** Ends the recorder: what it recorded. */
  readonly recorded: (filter?: ExchangeFilter) => Promise<ExchangeRow[]>;
}

/** An API behind a recorder. */
async function stage(listener: RequestListener, options: RecorderOptions = {}): Promise<Stage> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const db = scratchFile();
  const api = `http://127.0.0.1:${port}/api`;
  const recorder = await startRecorder({
    listen: '127.0.0.1:0',
    upstream: 'ws://127.0.0.1:1',
    api,
    db,
    ...options,
  });
  onTestFinished(async () => {
    await recorder.close();
  });
  const recorded = async (filter?: ExchangeFilter): Promise<ExchangeRow[]> => {
    await recorder.close();
    using reader = openReader(db);
    return [...reader.exchanges(filter)];
  };
  return { recorder, recorded };
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** How often memory is looked at during an upload, in bytes. */
const STEP = 2 ** 22;

// Turned on late, so that no flag has to be given to the runner; only what is alive counts.
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes of buffers in use. */
function liveBytes(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

const USER = '{"id":"1","username":"Zoë","big":12345678901234567890}';

describe('a body', () => {
  it.each([
    ['gzip', gzipSync(USER)],
    ['br', brotliCompressSync(USER)],
    ['deflate', deflateSync(USER)],
    ['deflate', deflateRawSync(USER)],
    ['identity', Buffer.from(USER)],
  ])('in %s passes as it is, and is recorded as the text that it was', async (coding, bytes) => {
    const { recorder, recorded } = await stage((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': coding });
      for (const byte of bytes) response.write(Uint8Array.of(byte));
      response.end();
    });
    const call = httpRequest(`${recorder.apiUrl}/v10/users/@me`, { agent: false }).end();
    const [response] = (await once(call, 'response')) as [IncomingMessage];
    expect(await bodyOf(response)).toEqual(bytes);
    expect(await recorded()).toMatchObject([
      {
        method: 'GET',
        path: '/v10/users/@me',
        route: '/users/@me',
        status: 200,
        fault: null,
        requestBytes: 0,
        requestBody: null,
        responseType: 'application/json',
        responseBytes: bytes.length,
        responseBody: USER,
        responseCut: false,
      },
    ]);
  });

  it('is cut at --max-body, and passes whole; compressed, nothing of it is kept', async () => {
    const long = JSON.stringify({ text: 'words '.repeat(1000) });
    const { recorder, recorded } = await stage(
      (request, response) => {
        const isZipped = request.url?.endsWith('zip') ?? false;
        response.writeHead(200, isZipped ? { 'content-encoding': 'gzip' } : {});
        response.end(isZipped ? gzipSync(long) : long);
      },
      { maxBodyBytes: 1000 },
    );
    expect(await (await fetch(`${recorder.apiUrl}/plain`, { method: 'PUT', body: long })).text()).toBe(long);
    expect(await (await fetch(`${recorder.apiUrl}/zip`)).text()).toBe(long);
    const [plain, zip] = await recorded();
    // The word that is cut is left out: it could be the beginning of a secret.
    const beginning = long.slice(0, long.lastIndexOf(' ', 999) + 1);
    expect(plain).toMatchObject({ requestBytes: long.length, requestCut: true, requestBody: beginning });
    expect(plain).toMatchObject({ responseBytes: long.length, responseCut: true, responseBody: beginning });
    expect(zip).toMatchObject({ responseBody: null, responseCut: true });
  });

  it('of 25 MiB streams to the API with flat memory, and is counted; its JSON part is kept', async () => {
    const size = 25 * 1024 * 1024;
    const held: number[] = [];
    let received = 0;
    const { recorder, recorded } = await stage((request, response) => {
      const before = liveBytes();
      request.on('data', (chunk: Buffer) => {
        const isTime = Math.floor(received / STEP) < Math.floor((received += chunk.length) / STEP);
        if (isTime) held.push(liveBytes() - before);
      });
      request.on('end', () => response.writeHead(204).end());
    });
    const head = '--edge\r\ncontent-disposition: form-data; name="payload_json"\r\n\r\n{"content":"see"}\r\n';
    const file = '--edge\r\ncontent-disposition: form-data; name="files[0]"; filename="a"\r\n\r\n';
    const piece = randomBytes(64 * 1024);
    function* upload(): Generator<Uint8Array> {
      yield Buffer.from(head + file);
      for (let sent = 0; sent < size; sent += piece.length) yield piece;
      yield Buffer.from('\r\n--edge--\r\n');
    }
    const call = httpRequest(`${recorder.apiUrl}/v10/channels/5/messages`, {
      method: 'POST',
      agent: false,
      headers: { 'content-type': 'multipart/form-data; boundary=edge' },
    });
    Readable.from(upload()).pipe(call);
    const [response] = (await once(call, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(204);
    expect(received).toBeGreaterThan(size);
    // What is kept of the upload would be there in each of the last looks; what else the process holds, in some.
    expect(Math.min(...held.slice(-3))).toBeLessThan(size / 2);
    expect(await recorded()).toMatchObject([
      {
        requestBytes: received,
        requestBody: '{"content":"see"}',
        requestCut: true,
        status: 204,
        responseBody: null,
      },
    ]);
  });

  it('that streams is handed on piece by piece, in both directions', async () => {
    const { recorder, recorded } = await stage((request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      request.on('data', (chunk: Buffer) => response.write(`got ${chunk.toString()};`));
      request.on('end', () => response.end('end'));
    });
    const call = httpRequest(`${recorder.apiUrl}/stream`, { method: 'POST', agent: false });
    call.write('one');
    const [response] = (await once(call, 'response')) as [IncomingMessage];
    expect(String((await once(response, 'data'))[0])).toBe('got one;');
    call.write('two');
    expect(String((await once(response, 'data'))[0])).toBe('got two;');
    call.end();
    await bodyOf(response);
    expect(await recorded()).toMatchObject([{ requestBody: 'onetwo', responseBody: 'got one;got two;end' }]);
  });
});

describe('a call', () => {
  it('that is refused for its rate keeps the headers that say so; HEAD, 204 and 304 have no body', async () => {
    const { recorder, recorded } = await stage((request, response) => {
      const limits = {
        'x-ratelimit-limit': '5',
        'X-RateLimit-Remaining': '0',
        'x-ratelimit-scope': 'shared',
      };
      if (request.url?.includes('limited') === true) {
        response.writeHead(429, {
          ...limits,
          'Retry-After': '3',
          'content-type': 'application/json',
          via: 'x',
        });
        response.end('{"retry_after":2.5,"global":false}');
      } else if (request.method === 'HEAD') response.writeHead(200, { 'content-length': '999' }).end();
      else response.writeHead(request.url?.includes('same') === true ? 304 : 204).end();
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    for (const [method, path] of [
      ['GET', '/limited'],
      ['HEAD', '/head'],
      ['DELETE', '/gone/7'],
      ['GET', '/same'],
    ]) {
      const call = httpRequest(`${recorder.apiUrl}${path!}`, { method, agent }).end();
      const [response] = (await once(call, 'response')) as [IncomingMessage];
      await bodyOf(response);
    }
    const rows = await recorded();
    expect(rows.map(({ method, route, status, fault }) => [method, route, status, fault])).toEqual([
      ['GET', '/limited', 429, null],
      ['HEAD', '/head', 200, null],
      ['DELETE', '/gone/:id', 204, null],
      ['GET', '/same', 304, null],
    ]);
    expect(rows[0]).toMatchObject({
      responseHeaders: {
        'x-ratelimit-limit': '5',
        'x-ratelimit-remaining': '0',
        'x-ratelimit-scope': 'shared',
        'retry-after': '3',
      },
      responseBody: '{"retry_after":2.5,"global":false}',
    });
    expect(rows.slice(1).every((row) => row.responseBody === null && row.responseBytes === 0)).toBe(true);
    const starts = rows.map((row) => row.startedAtUs);
    expect(starts).toEqual([...starts].sort((a, b) => a - b));
  });

  it('that the client, the API or the recorder breaks off says who', async () => {
    const arrived: (() => void)[] = [];
    const { recorder, recorded } = await stage((request, response) => {
      if (request.url?.endsWith('broken') === true) {
        response.writeHead(200, { 'content-type': 'text/plain' });
        response.write('half', () => response.destroy());
      } else arrived.shift()?.();
    });
    await expect(fetch(`${recorder.apiUrl}/broken`).then((answer) => answer.text())).rejects.toThrow();
    const leaving = new Promise<void>((resolve) => arrived.push(resolve));
    const left = httpRequest(`${recorder.apiUrl}/left`, { agent: false })
      .on('error', () => undefined)
      .end();
    await leaving;
    left.destroy();
    const staying = new Promise<void>((resolve) => arrived.push(resolve));
    httpRequest(`${recorder.apiUrl}/stopped`, { agent: false })
      .on('error', () => undefined)
      .end();
    await staying;
    const rows = await recorded();
    expect(rows.map(({ path, status, fault }) => [path, status, fault])).toEqual([
      ['/broken', 200, 'broken_off'],
      ['/left', null, 'client_left'],
      ['/stopped', null, 'stopped'],
    ]);
    expect(rows[0]).toMatchObject({ responseBody: 'half', responseBytes: 4 });
  });

  it('to an API that is down has no answer in the recording, although the client gets a 502', async () => {
    const { recorder, recorded } = await stage(() => undefined, { api: 'http://127.0.0.1:1/api' });
    expect((await fetch(`${recorder.apiUrl}/users/@me`)).status).toBe(502);
    expect(await recorded({ statuses: [null] })).toMatchObject([{ status: null, fault: 'no_answer' }]);
  });

  it('for the gateway’s address is recorded with the address that the API gave', async () => {
    const bot = '{"url":"wss://gateway.discord.gg","shards":1}';
    const { recorder, recorded } = await stage((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(bot);
    });
    const answer = (await (await fetch(`${recorder.apiUrl}/v10/gateway/bot`)).json()) as { url: string };
    expect(answer.url).toBe(recorder.gatewayUrl);
    expect(await recorded()).toMatchObject([{ route: '/gateway/bot', responseBody: bot, fault: null }]);
  });
});
