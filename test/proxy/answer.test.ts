import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer, get } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer as createTcpServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { passOn, refuseSocket, switchingHead } from '../../src/proxy/answer.js';

/** What a client reads of what `answer` writes to its socket, to the end. */
async function readAnswer(answer: (socket: Socket) => void | Promise<void>): Promise<string> {
  const server = createTcpServer((socket) => void answer(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let read = '';
  client.setEncoding('latin1').on('data', (chunk: string) => (read += chunk));
  await once(client, 'end');
  server.close();
  return read;
}

/** An answer of a real HTTP server. */
async function answerOf(write: Parameters<typeof createServer>[1]): Promise<IncomingMessage> {
  const server = createServer(write).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const call = get({ port: (server.address() as AddressInfo).port, agent: false });
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  server.close();
  return response;
}

describe('refuse', () => {
  it('answers with a status, one line of JSON and the end of the connection', async () => {
    const read = await readAnswer((socket) => refuseSocket(socket, 403, 'not “there”'));
    const [head = '', body = ''] = read.split('\r\n\r\n');
    expect(head.split('\r\n')).toEqual([
      'HTTP/1.1 403 Forbidden',
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
      'Connection: close',
    ]);
    expect(JSON.parse(Buffer.from(body, 'latin1').toString())).toEqual({
      message: 'gatetape: not “there”',
      code: 0,
    });
  });
});

describe('passOn', () => {
  it('cuts off a body that does not arrive', async () => {
    const response = await answerOf((_, answer) => {
      answer.writeHead(429, { 'content-length': 100 }).write('half');
    });
    const read = await readAnswer((socket) => passOn(response, socket, 50));
    expect(read).toMatch(/^HTTP\/1\.1 429 [^]*half$/);
    expect(response.destroyed).toBe(true);
  });

  it('repeats status, headers in order and body', async () => {
    const body = 'x'.repeat(200_000);
    const response = await answerOf((_, answer) => {
      answer.writeHead(429, 'Slow Down', [
        'B',
        '2',
        'A',
        '1',
        'A',
        'again',
        'Content-Length',
        String(body.length),
      ]);
      answer.end(body);
    });
    const read = await readAnswer((socket) => passOn(response, socket));
    const [head = '', received] = read.split('\r\n\r\n');
    expect(head).toMatch(
      /^HTTP\/1\.1 429 Slow Down\r\nB: 2\r\nA: 1\r\nA: again\r\nContent-Length: 200000\r\n/,
    );
    expect(head).toMatch(/\r\nConnection: close$/);
    expect(received === body).toBe(true);
  });
});

describe('switchingHead', () => {
  it('is the status line and headers of the answer', async () => {
    const response = await answerOf((_, answer) =>
      answer.writeHead(200, 'Fine', ['X-a', 'é', 'X-a', '2']).end(),
    );
    expect(switchingHead(response)).toMatch(/^HTTP\/1\.1 200 Fine\r\nX-a: é\r\nX-a: 2\r\n.*\r\n\r\n$/s);
  });
});
