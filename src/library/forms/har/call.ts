/**
 * REST calls of a HAR file: which URLs are calls, and the events that a tap would emit for one.
 *
 * A page loads much else, also from the API's own host. A call is a URL below the base's path, on one of the hosts that a
 * forward proxy would intercept, or on a host that served a gateway in the same file, as a recorder or a test does.
 *
 * HAR has bodies without their content coding, so that the number of bytes on the wire is known only if the file says
 * so. A body that the file leaves out counts as cut. Form fields without a text are encoded again.
 */
import type { HttpMessage, TapEvent } from '../../../capture/tap.js';
import { pickRateLimitHeaders } from '../../../gateway/rest-path.js';
import { readHeaderSecrets } from '../../../proxy/handshake.js';
import { interceptedHosts, isIntercepted, withoutBrackets } from '../../../proxy/hosts.js';
import { parseHarTime, toHeaders, type HarCall } from './entry.js';

/** Body as far as the file has it. */
interface HarBody {
  readonly bytes: Uint8Array;
  readonly wireBytes: number;
}

/** Content of the file of this name beside the HAR; null if the file is missing. */
type ReadAttached = (name: string) => Uint8Array | null;

/** Events of one call; `path` is path and query below the API base. */
export function* callEvents(
  exchange: number,
  path: string,
  call: HarCall,
  readAttached: ReadAttached,
): Generator<TapEvent, void> {
  const { request, response, time } = call;
  const atUs = parseHarTime(call.startedDateTime) ?? 0;
  const headers = toHeaders(request.headers);
  const start = {
    atUs,
    method: request.method,
    path,
    contentType: given(headers['content-type'] ?? request.postData?.mimeType),
    contentEncoding: null,
    userAgent: headers['user-agent'] ?? null,
    authorization: headers['authorization'] ?? null,
    secrets: readHeaderSecrets(headers),
  };
  yield { type: 'exchange', exchange, start };
  const asked = requestBody(call, readAttached);
  yield* bodyEvents(exchange, 'request', asked);
  const isAnswered = response.status !== 0;
  const answered = isAnswered ? responseBody(call, readAttached) : { bytes: new Uint8Array(0), wireBytes: 0 };
  if (isAnswered) {
    yield { type: 'answer', exchange, answer: { ...toAnswer(call), contentEncoding: null } };
    yield* bodyEvents(exchange, 'response', answered);
  }
  const end = {
    atUs: atUs + Math.round(time * 1000),
    requestBytes: asked.wireBytes,
    responseBytes: answered.wireBytes,
    fault: isAnswered ? null : ('no_answer' as const),
  };
  yield { type: 'exchange_end', exchange, end };
}

function toAnswer({ response: { status, headers, content } }: HarCall): {
  readonly status: number;
  readonly contentType: string | null;
  readonly headers: Readonly<Record<string, string>>;
} {
  const all = toHeaders(headers);
  const contentType = given(all['content-type'] ?? content?.mimeType);
  return { status, contentType, headers: pickRateLimitHeaders(all) };
}

function* bodyEvents(exchange: number, message: HttpMessage, { bytes }: HarBody): Generator<TapEvent, void> {
  if (bytes.length > 0) yield { type: 'body', exchange, message, bytes };
}

function requestBody({ request: { postData, bodySize } }: HarCall, readAttached: ReadAttached): HarBody {
  const attached = postData?._file === undefined ? null : readAttached(postData._file);
  const fields = new URLSearchParams(
    postData?.params.map(({ name, value }): [string, string] => [name, value]),
  );
  return toBody(attached ?? Buffer.from(postData?.text ?? fields.toString()), [bodySize]);
}

function responseBody({ response: { content, bodySize } }: HarCall, readAttached: ReadAttached): HarBody {
  const attached = content?._file === undefined ? null : readAttached(content._file);
  const bytes =
    attached ?? Buffer.from(content?.text ?? '', content?.encoding === 'base64' ? 'base64' : 'utf8');
  return toBody(bytes, [bodySize, content?.size ?? 0]);
}

// More bytes on the wire than there are in the end, which a coding makes of very short texts, would look like a cut.
function toBody(bytes: Uint8Array, sizes: readonly number[]): HarBody {
  const said = sizes.find((size) => size > 0) ?? bytes.length;
  return { bytes, wireBytes: bytes.length === 0 ? said : Math.min(said, bytes.length) };
}

function given(text: string | undefined): string | null {
  return text === undefined || text === '' || text === 'x-unknown' ? null : text;
}

/** Former host name of Discord's API, which still works. */
const FORMER_HOST = 'discordapp.com';

/** Path and query of an http(s) URL below the base of `api`, on any host; null if it is not below. */
export function pathBelow(api: URL, url: string): string | null {
  if (!/^https?:/i.test(url) || !URL.canParse(url)) return null;
  const { pathname, search } = new URL(url);
  const base = api.pathname.replace(/\/$/, '');
  const path = pathname.slice(base.length);
  if (!pathname.startsWith(base) || !(path === '' || path.startsWith('/'))) return null;
  return (path === '' ? '/' : path) + search;
}

/** Whether `url` names a host of the API, or one of `gateways`, which are URLs too. */
export function apiHosts(api: URL, gateways: readonly string[]): (url: string) => boolean {
  const allowHosts = [FORMER_HOST, ...gateways.map((url) => withoutBrackets(new URL(url).hostname))];
  const hosts = interceptedHosts({ upstream: api, api, allowHosts });
  return (url) => isIntercepted(new URL(url).hostname, hosts);
}
