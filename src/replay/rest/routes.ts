/**
 * Routes: a table of the API's routes, matched against a path.
 *
 * A template such as `/channels/:channel/messages/:message` names its values; a value is one segment. The first row that
 * fits is taken, so special ones come before general ones.
 */
import { isId } from '../../gateway/snowflake.js';
import { asObject, type JsonObject, type JsonValue } from '../../gateway/payload.js';
import { escapedOnce, walkPath } from '../../gateway/rest-path.js';
import { isTooDeep } from '../../wire/json/grammar.js';

/** Values of a template's names in a path. */
export type PathValues<Name extends string = string> = Readonly<Record<Name, string>>;

/** Names of a template: of `/channels/:channel/pins` it is `channel`. */
export type PathName<Template extends string> = Template extends `${string}/:${infer Name}/${infer Rest}`
  ? Name | PathName<`/${Rest}`>
  : Template extends `${string}/:${infer Name}`
    ? Name
    : never;

/** Method, template, and their answer. */
export type Route<Answer> = readonly [method: string, template: string, answer: Answer];

/** A row that fits, and the values of its names. */
export interface MatchedRoute<Answer> {
  readonly answer: Answer;
  readonly values: PathValues;
}

/** The row of a request's method and segments, or null. */
export function matchRoute<Answer>(
  routes: readonly Route<Answer>[],
  method: string,
  segments: readonly string[],
): MatchedRoute<Answer> | null {
  for (const [rowMethod, template, answer] of routes) {
    const values = rowMethod === method ? readValues(template.slice(1).split('/'), segments) : null;
    if (values !== null) return { answer, values };
  }
  return null;
}

function readValues(template: readonly string[], segments: readonly string[]): PathValues | null {
  if (template.length !== segments.length) return null;
  const values: Record<string, string> = {};
  for (const [index, part] of template.entries()) {
    const segment = segments[index] ?? '';
    if (part.startsWith(':')) values[part.slice(1)] = segment;
    else if (part !== segment) return null;
  }
  return values;
}

/**
 * A request to the API. Requests are compared by route and parameters. The API version is ignored, and so are the
 * tokens of webhooks and interactions, which a recording has as placeholders. In parameters, nonces are ignored, and
 * ids are all equal, because the live client has its own.
 *
 * Source: Discord Docs/Reference; Discord Docs/Webhook; Discord Docs/Receiving and Responding.
 */
export interface RestRequest {
  readonly method: string;
  /** Path and query below the API base, version included or not. */
  readonly path: string;
  /** Content type of the body, or null. */
  readonly type: string | null;
  /** Text of the body, or null. */
  readonly body: string | null;
}

const VERSION = /^\/v\d+(?=\/|$)/;
const TOKEN = /^(\/(?:webhooks|interactions)\/\d+\/)[^/]+/;
const PAYLOAD_PART = 'name="payload_json"';
const EMPTY_LINE = /\r\n\r\n|\n\n/;

/** Method and path, ids included, such as `POST /channels/5/messages`. */
export function formatRequestKey({ method, path }: Pick<RestRequest, 'method' | 'path'>): string {
  const [bare = ''] = path.split('?');
  const plain = `/${walkPath(escapedOnce(bare)).join('/')}`;
  return `${method} ${plain.replace(VERSION, '').replace(TOKEN, '$1:token')}`;
}

/** Segments of a path below the API base, without version and query, tokens as they are. */
export function splitSegments(path: string): readonly string[] {
  const [bare = ''] = path.split('?');
  const segments = walkPath(escapedOnce(bare));
  return VERSION.test(`/${segments[0] ?? ''}`) ? segments.slice(1) : segments;
}

/**
 * Value of a JSON body, or of the JSON part of one that comes with files; null for any other, and for one that is nested
 * too deep.
 */
export function parseBody({ body }: Pick<RestRequest, 'body'>): JsonValue {
  if (body === null) return null;
  const json = findPayloadPart(body) ?? body;
  // Values are walked by recursion, and a client may nest them as deep as it likes.
  if (isTooDeep(json)) return null;
  try {
    return JSON.parse(json) as JsonValue;
  } catch {
    return null;
  }
}

/** Content of the part `payload_json` of a multipart body (RFC 2046 section 5.1.1), or null. Takes linear time. */
function findPayloadPart(body: string): string | null {
  const at = body.indexOf(PAYLOAD_PART);
  if (at === -1) return null;
  const part = body.slice(at);
  const gap = EMPTY_LINE.exec(part);
  if (gap === null) return null;
  const start = gap.index + gap[0].length;
  const end = part.indexOf('\n--', start);
  return end === -1 ? null : part.slice(start, end);
}

/** Parameters of a request, as comparable texts by name: the query, and each member of the body. */
export function readAsked(request: RestRequest): ReadonlyMap<string, string> {
  const value = parseBody(request);
  const object = asObject(value);
  const asked = new Map([['?', request.path.split('?')[1] ?? '']]);
  if (object === null) return asked.set('', value === null ? (request.body ?? '') : comparable(value));
  for (const [key, member] of Object.entries(object)) {
    if (key !== 'nonce') asked.set(key, comparable(member));
  }
  return asked;
}

// JSON with sorted keys and equal ids; an omitted member and a null one are the same.
function comparable(value: JsonValue): string {
  return JSON.stringify(value, (key, member: JsonValue) => {
    if (typeof member === 'string' && isId(member)) return '#';
    const object = asObject(member);
    return object === null || key === 'nonce' ? member : sorted(object);
  });
}

function sorted(object: JsonObject): JsonObject {
  const entries = Object.entries(object).filter(([, value]) => value !== null);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
