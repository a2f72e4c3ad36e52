/**
 * Answers that the proxy writes itself on a raw socket: its own refusals, and an upstream's answer to an
 * upgrade, passed on unchanged. The connection is closed afterwards. Source: RFC 9112 sections 4 and 6.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { endToEndHeaders } from './headers.js';

/** Limit for a client to keep its half of the socket open after its answer, also while it sends. */
const LINGER_MS = 5_000;
/** Limit for the body of an upstream's answer: it is an error of a few hundred bytes. */
const BODY_MS = 30_000;

/** Body of a refusal, in the shape of Discord's own error answers, which client libraries can print. */
function refusalBody(message: string): string {
  return `${JSON.stringify({ message: `gatetape: ${message}`, code: 0 })}\n`;
}

/**
 * Answers a request with an error of the proxy and closes: after a bad request the start of the next one is unknown.
 */
export function refuseRequest(response: ServerResponse, status: number, message: string): void {
  const body = refusalBody(message);
  const length = Buffer.byteLength(body);
  const ending = status < 500 ? { connection: 'close' } : {};
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': length, ...ending })
    .end(body);
}

/** Answers an upgrade, or input that is not HTTP, with an error of the proxy. */
export function refuseSocket(socket: Socket, status: number, message: string): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = refusalBody(message);
  dropAfter(socket, LINGER_MS);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** Status line and headers of an upgrade's 101, names, order and repetitions as the upstream sent them. */
export function switchingHead(response: IncomingMessage): string {
  return formatHead(response, response.rawHeaders);
}

/**
 * Passes an upstream's answer other than 101 on: status, headers and body; the end of the body ends the socket. A body
 * that has not arrived after `bodyMs` is cut off.
 */
export function passOn(response: IncomingMessage, socket: Socket, bodyMs = BODY_MS): void {
  const headers = endToEndHeaders(response).flat();
  socket.write(formatHead(response, [...headers, 'Connection', 'close']), 'latin1');
  const overdue = setTimeout(() => response.destroy(), bodyMs).unref();
  pipeline(response, socket, () => {
    clearTimeout(overdue);
    dropAfter(socket, LINGER_MS);
  });
}

/** Destroys a socket after its time limit, also while it is busy. */
export function dropAfter(socket: Socket, ms: number): NodeJS.Timeout {
  const timer = setTimeout(() => socket.destroy(), ms).unref();
  if (socket.destroyed) clearTimeout(timer);
  else socket.once('close', () => clearTimeout(timer));
  return timer;
}

function formatHead(response: IncomingMessage, headers: readonly string[]): string {
  const lines = [`HTTP/1.1 ${response.statusCode ?? 0} ${response.statusMessage ?? ''}`];
  for (let at = 0; at + 1 < headers.length; at += 2)
    lines.push(`${headers[at] ?? ''}: ${headers[at + 1] ?? ''}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}
