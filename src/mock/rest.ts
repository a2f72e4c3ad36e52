/**
 * REST: answers HTTP requests to the mock at once and records them.
 *
 *   request ─► discovery, recorded answer, default answer, or 404 ─► response      and a `RestCall` for the test
 *
 * This is the shell; other modules decide on the answer. Anything unknown is answered as Discord answers an
 * unknown route. Source: Discord Docs/Reference, "Error Messages".
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JsonValue } from '../gateway/payload.js';
import type { Host } from '../host.js';
import type { Recording } from '../replay/recording.js';
import { RecordedAnswers, type RestAnswer } from '../replay/rest/recorded-answers.js';
import { MADE_ROUTES, DefaultAnswers } from '../replay/rest/default-answers.js';
import { parseBody, formatRequestKey, type RestRequest } from '../replay/rest/routes.js';
import { belowApi, readBody } from '../serving/http.js';
import { letPageRead } from '../serving/pages.js';
import { visitorRefusal } from '../serving/visitors.js';
import type { RestCall } from './gateway.js';

/** Options for answering REST calls. */
export interface MockRestOptions {
  readonly host: Host;
  readonly discovery: DiscoveryAddress;
  /** Names by which clients reach the mock, in addition to local ones. */
  readonly ownNames: readonly string[];
  /** Origins of the web pages that may call. */
  readonly pages: readonly string[];
  /** Whether a value of the header `authorization` is accepted; by default all are. */
  readonly isAuthorized?: (authorization?: string | null) => boolean;
  /** Called once for each request; true answers it with 503. */
  readonly isRefusing?: () => boolean;
}

type Found = RestAnswer & Pick<RestCall, 'origin'>;

const JSON_TYPE = 'application/json';
// Discord accepts 25 MiB with attachments from a bot; a client with more than this is cut off.
const MAX_BODY_BYTES = 32 * 1024 * 1024;
/** Number of routes that the answer to an unknown call lists. */
const MAX_ROUTES_TOLD = 10;
// Routes without a token in a header: discovery, and those with a token in their path.
const OPEN_ROUTE = /^(?:GET \/gateway$|\w+ \/(?:webhooks|interactions)\/\d+\/:token)/;

// Answer of Discord's edge if no backend is available.
const UNAVAILABLE: Found = {
  status: 503,
  origin: 'made',
  type: 'text/plain',
  headers: {},
  body: 'upstream connect error or disconnect/reset before headers. reset reason: connection termination',
};

/** REST side of a mock. */
export class MockRest {
  readonly #options: MockRestOptions;
  readonly #recorded: RecordedAnswers;
  readonly #defaults: DefaultAnswers;
  readonly #calls: RestCall[] = [];

  constructor(recordings: readonly Recording[], options: MockRestOptions) {
    this.#options = options;
    this.#recorded = new RecordedAnswers(recordings.flatMap(({ exchanges }) => exchanges));
    this.#defaults = new DefaultAnswers(recordings);
  }

  /** Calls so far, in the order in which they were answered. */
  get calls(): readonly RestCall[] {
    return [...this.#calls];
  }

  /** Answers one request. */
  handle(request: IncomingMessage, response: ServerResponse): void {
    const refused = visitorRefusal(request.headers, this.#options.ownNames, this.#options.pages);
    if (refused !== null) {
      const { status, reason } = refused;
      this.#options.host.log('warn', `refused a request: ${reason}`, 'request_refused');
      response
        .writeHead(status, { 'content-type': JSON_TYPE, connection: 'close' })
        .end(JSON.stringify({ message: reason, code: 0 }));
      return;
    }
    if (letPageRead(request, response)) return;
    readBody(request, MAX_BODY_BYTES).then(
      (body) => this.#respond(request, response, body),
      () => response.destroy(), // the client went away, or sends without end
    );
  }

  #respond(
    { method = 'GET', url = '/', headers }: IncomingMessage,
    response: ServerResponse,
    body: Buffer,
  ): void {
    const text = body.length === 0 ? null : body.toString();
    const type = headers['content-type'] ?? null;
    const request: RestRequest = { method, path: belowApi(url), type, body: text };
    const found = this.#find(request, headers.authorization);
    const { host } = this.#options;
    const call = { atUs: host.nowUs(), method, path: request.path, body: toJsonValue(request) };
    this.#calls.push({ ...call, status: found.status, origin: found.origin });
    response.writeHead(found.status, {
      ...found.headers,
      ...(found.type === null ? {} : { 'content-type': found.type }),
    });
    response.end(found.body ?? undefined);
  }

  #find(request: RestRequest, authorization: string | undefined): Found {
    const { isAuthorized = () => true, isRefusing = () => false } = this.#options;
    if (isRefusing()) return UNAVAILABLE;
    const isOpen = OPEN_ROUTE.test(formatRequestKey(request)) || isAuthorized(authorization);
    return isOpen ? this.#answer(request) : refusal(401, 'Unauthorized', 'made');
  }

  #answer(request: RestRequest): Found {
    const discovered = discover(request.method, request.path, this.#options.discovery);
    if (discovered !== null) return { ...json(200, discovered), origin: 'made' };
    const recorded = this.#recorded.answer(request);
    if (recorded !== null) return { ...recorded, origin: 'recorded' };
    const made = this.#defaults.answer(request);
    if (made !== null) return { ...made, origin: 'made' };
    return this.#unmatched(request);
  }

  // The request, the known routes, and the expected answer, for the author of the test.
  #unmatched(request: RestRequest): Found {
    const asked = formatRequestKey(request);
    const routes = this.#recorded.routesLike(request);
    const recorded = routes.slice(0, MAX_ROUTES_TOLD);
    const made = MADE_ROUTES.filter((route) => isNear(route, asked)).slice(0, MAX_ROUTES_TOLD);
    const known = recorded.length === 0 ? 'no call' : recorded.slice(0, 3).join(', ');
    const more = routes.length > 3 ? ` and ${routes.length - 3} more` : '';
    const hint = made.length === 0 ? '' : `; without a recording it answers ${made.slice(0, 3).join(', ')}`;
    this.#options.host.log(
      'warn',
      `no answer to ${asked}, it gets a 404: the recording has ${known}${more}${hint}`,
      'rest_unanswered',
    );
    const value = { message: '404: Not Found', code: 0, gatetape: { asked, recorded, made } };
    return { ...json(404, value), origin: 'unknown' };
  }
}

// Whether a template has the same method or resource as the request.
function isNear(template: string, asked: string): boolean {
  const [method = '', path = ''] = template.split(' ', 2);
  const [askedMethod = '', askedPath = ''] = asked.split(' ', 2);
  return (
    path.split('/')[1] === askedPath.split('/')[1] && (method === askedMethod || sameShape(path, askedPath))
  );
}

function sameShape(template: string, path: string): boolean {
  return template.split('/').length === path.split('/').length;
}

function json(status: number, value: object): RestAnswer {
  return { status, type: JSON_TYPE, headers: {}, body: JSON.stringify(value) };
}

function refusal(status: number, name: string, origin: RestCall['origin']): Found {
  return { ...json(status, { message: `${status}: ${name}`, code: 0 }), origin };
}

/** Value of a JSON body, otherwise its text. */
function toJsonValue(request: RestRequest): JsonValue {
  return parseBody(request) ?? request.body;
}

/** Facts in the discovery answers. */
export interface DiscoveryAddress {
  readonly gatewayUrl: string;
  /** Number of shards that the client should run. */
  readonly shards: number;
  /** Number of shards that may identify within five seconds. */
  readonly maxConcurrency: number;
}

const ROUTE = /^(?:\/v\d+)?\/gateway(\/bot)?\/?(?:\?.*)?$/;
const DAY_MS = 86_400_000;

/**
 * Answer to `GET /gateway` or `GET /gateway/bot` below the API base, as a value for JSON; null for any other request.
 * The URL has no query and no trailing slash, because libraries append theirs in many ways.
 *
 * Source: Discord Docs/Gateway, "Get Gateway" and "Get Gateway Bot".
 */
function discover(method: string, path: string, facts: DiscoveryAddress): object | null {
  const match = ROUTE.exec(path);
  if (match === null || method !== 'GET') return null;
  const { gatewayUrl: url, shards, maxConcurrency } = facts;
  const limit = { total: 1000, remaining: 1000, reset_after: DAY_MS, max_concurrency: maxConcurrency };
  return match[1] === undefined ? { url } : { url, shards, session_start_limit: limit };
}
