/**
 * Server of the page: checks each request (guard.ts) and answers it with data, CSV, a file or the page itself.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { GatetapeError, StoreError, UsageError } from '../errors.js';
import { FilterError } from '../filter/filter-error.js';
import { HTTP_BOUNDS } from '../serving/http.js';
import type { FailureAnswer } from './answers.js';
import type { PageContext } from './context.js';
import { type Guard, NO_TOKEN, type PageRefusal } from './guard.js';
import { findViewAddress, readPageRequest, type PageRequest } from './request.js';
import { NotThere } from './not-there.js';
import { findRoute, type FoundRoute } from './routes.js';
import type { StaticFile, StaticFiles } from './static-files.js';

/** Parts of a server. */
export interface PageServerParts {
  readonly context: PageContext;
  readonly guard: Guard;
  readonly files: StaticFiles;
  /** Receives bugs. */
  readonly report: (line: string) => void;
}

const JSON_TYPE = 'application/json; charset=utf-8';
const TEXT_TYPE = 'text/plain; charset=utf-8';
/** Answer for an unknown path. It never repeats the path, which anyone can have written. */
const UNKNOWN = 'there is nothing at this address';

/** Makes a server, which does not listen yet. */
export function createPageServer(parts: PageServerParts): Server {
  const options = {
    maxHeaderSize: HTTP_BOUNDS.headBytes,
    headersTimeout: HTTP_BOUNDS.headMs,
    requestTimeout: HTTP_BOUNDS.headMs,
  };
  return createServer(options, (request, response) => {
    void handle(parts, request, response);
  });
}

async function handle(
  parts: PageServerParts,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  parts.guard.protect(response);
  const { method, headers, url = '/' } = message;
  const refusal = parts.guard.refusal(method, headers);
  if (refusal !== null) {
    refuse(response, refusal);
    return;
  }
  const request = url.length > HTTP_BOUNDS.targetLength ? null : readPageRequest(url, headers);
  if (request === null) {
    sendFailure(response, 400, new UsageError('the address is no path, or too long', 'begin at /overview'));
    return;
  }
  try {
    const { isAdmitted, isNew } = parts.guard.admit(request.query, headers);
    if (!isAdmitted) {
      refuse(response, NO_TOKEN);
      return;
    }
    if (isNew && request.form === 'html') {
      greet(parts.guard, request, response);
      return;
    }
    await answer(parts, request, message, response);
  } catch (error) {
    fail(parts, response, error);
  }
}

/** Sets the cookie and redirects to the same address without the token. */
function greet(guard: Guard, request: PageRequest, response: ServerResponse): void {
  guard.remember(response);
  const others = new URLSearchParams(request.query);
  others.delete('token');
  redirect(response, others.size === 0 ? request.path : `${request.path}?${others.toString()}`);
}

async function answer(
  parts: PageServerParts,
  request: PageRequest,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const isHead = message.method === 'HEAD';
  const file = request.form === 'html' ? parts.files.find(request.path) : null;
  if (file !== null) {
    sendFile(response, file, isHead);
    return;
  }
  if (request.path === '/') {
    const address = findViewAddress(request);
    if (address !== null) {
      redirect(response, address);
      return;
    }
  }
  const route = findRoute(request.path);
  if (route === null) throw new NotThere(UNKNOWN, 'begin at /overview');
  if (request.form === 'html' && route.isView) {
    sendFile(response, parts.files.index, isHead);
    return;
  }
  await sendAnswer(parts, route, request, message, response);
}

async function sendAnswer(
  { context }: PageServerParts,
  route: FoundRoute,
  request: PageRequest,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  if (route.stream !== undefined) {
    if (message.method !== 'HEAD') return route.stream(context, request, response, gone.signal);
    // For HEAD, the file is not made, so that its length is unknown.
    response.writeHead(200).end();
    return;
  }
  const { answer: make, rows } = route;
  if (make === undefined) throw new NotThere(UNKNOWN, 'begin at /overview');
  if (request.form === 'csv' && rows === undefined)
    throw new NotThere('there are no rows for a spreadsheet at this address', 'ask for .json');
  const data = await make(context, request, gone.signal);
  if (response.closed) return;
  if (request.form === 'csv' && rows !== undefined) {
    response.setHeader('Content-Disposition', `attachment; filename="${route.name}.csv"`);
    send(response, 200, 'text/csv; charset=utf-8', rows(data), message.method === 'HEAD');
  } else send(response, 200, JSON_TYPE, `${JSON.stringify(data)}\n`, message.method === 'HEAD');
}

function fail({ report }: PageServerParts, response: ServerResponse, error: unknown): void {
  if (response.closed || response.destroyed) return;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (error instanceof NotThere) {
    sendFailure(response, 404, error);
    return;
  }
  if (error instanceof UsageError) {
    sendFailure(response, 400, error);
    return;
  }
  if (error instanceof GatetapeError) {
    sendFailure(response, 503, error);
    return;
  }
  report(`the page: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  const hint = 'please report it, with the line that gatetape has printed';
  sendFailure(response, 500, new StoreError('this is a bug of gatetape', hint));
}

function refuse(response: ServerResponse, { status, reason, hint }: PageRefusal): void {
  if (status === 405) response.setHeader('Allow', 'GET, HEAD');
  // The request's body is not read, so the connection has to end.
  response.setHeader('Connection', 'close');
  send(response, status, TEXT_TYPE, `gatetape: ${reason}: ${hint}\n`, false);
}

function sendFailure(response: ServerResponse, status: number, error: GatetapeError): void {
  const { message, hint } = error;
  const column = error instanceof FilterError ? error.column : null;
  const body: FailureAnswer = { error: { message, hint, column } };
  send(response, status, JSON_TYPE, `${JSON.stringify(body)}\n`, false);
}

function sendFile(response: ServerResponse, { type, body, isHashed }: StaticFile, isHead: boolean): void {
  if (isHashed) response.setHeader('Cache-Control', 'private, max-age=31536000, immutable');
  send(response, 200, type, body, isHead);
}

function redirect(response: ServerResponse, address: string): void {
  response.setHeader('Location', address);
  send(response, 302, TEXT_TYPE, '', false);
}

function send(
  response: ServerResponse,
  status: number,
  type: string,
  body: string | Buffer,
  isHead: boolean,
): void {
  response.setHeader('Content-Type', type);
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.writeHead(status);
  response.end(isHead ? undefined : body);
}
