/**
 * Recorded answers: gives the recorded answers of a client's REST calls to a live client.
 *
 *   live request ─► exchange of the same route with the most similar request ─► its answer
 *
 * Equally similar ones are given once each, in order, then the last one repeatedly. Rate limits are not replayed,
 * because recorded waits would be wrong for another client. No answer is generated here: a call that was never recorded
 * has none. Source: Discord Docs/Rate Limits; Discord Docs/Message, "Create Message".
 */
import { asObject } from '../../gateway/payload.js';
import type { RecordedExchange } from '../recording.js';
import { readAsked, parseBody, formatRequestKey, type RestRequest } from './routes.js';
import { spliceObject } from '../payload-splice.js';

/** Answer to a REST call. */
export interface RestAnswer {
  readonly status: number;
  readonly type: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

interface Entry {
  readonly asked: ReadonlyMap<string, string>;
  readonly answer: RestAnswer;
  isGiven: boolean;
}

const TOO_MANY_REQUESTS = 429;
const LIMIT_HEADER = /^(?:x-ratelimit-|retry-after$)/;

// Valid header names (RFC 9110 section 5): a tape may be written by hand.
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const isHeaderValue = (text: string): boolean => /^[\t -~\x80-\xff]*$/.test(text);

/** Answers of some recordings' exchanges. */
export class RecordedAnswers {
  readonly #entries = new Map<string, Entry[]>();

  constructor(exchanges: readonly RecordedExchange[]) {
    for (const exchange of exchanges) {
      const answer = toAnswer(exchange);
      if (answer === null) continue;
      const { method, path, requestType: type, requestBody: body } = exchange;
      const request = { method, path, type, body };
      const route = formatRequestKey(request);
      const entries = this.#entries.get(route) ?? [];
      entries.push({ asked: readAsked(request), answer, isGiven: false });
      this.#entries.set(route, entries);
    }
  }

  /** Routes that have an answer, the most like that of a request first. */
  routesLike(request: RestRequest): readonly string[] {
    const asked = formatRequestKey(request).split('/');
    const score = (route: string): number =>
      route.split('/').filter((part, index) => part === asked[index]).length;
    return [...this.#entries.keys()].sort((a, b) => score(b) - score(a));
  }

  /** Recorded answer to a live request, with its nonce; null when its route was never recorded. */
  answer(request: RestRequest): RestAnswer | null {
    const entry = choose(this.#entries.get(formatRequestKey(request)) ?? [], readAsked(request));
    if (entry === null) return null;
    entry.isGiven = true;
    return withNonce(entry.answer, request);
  }
}

function choose(entries: readonly Entry[], asked: ReadonlyMap<string, string>): Entry | null {
  const likenesses = entries.map((entry) => rateSimilarity(asked, entry.asked));
  const best = likenesses.reduce((most, one) => Math.max(most, one), 0);
  const alike = entries.filter((_, index) => likenesses[index] === best);
  return alike.find(({ isGiven }) => !isGiven) ?? alike.at(-1) ?? null;
}

// From 0 to 1: the number of equal parameters, divided by that of all parameters of either request.
function rateSimilarity(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): number {
  let common = 0;
  for (const [key, value] of one) if (other.get(key) === value) common += 1;
  return common / (one.size + other.size - common);
}

function toAnswer({
  status,
  responseType,
  responseHeaders,
  responseBody,
}: RecordedExchange): RestAnswer | null {
  if (status === null || status === TOO_MANY_REQUESTS) return null;
  const headers = Object.entries(responseHeaders).filter(
    ([name, value]) => HEADER_NAME.test(name) && isHeaderValue(value) && !LIMIT_HEADER.test(name),
  );
  const type = responseType !== null && isHeaderValue(responseType) ? responseType : null;
  return { status, type, headers: Object.fromEntries(headers), body: responseBody };
}

// A message comes back with the nonce that it was sent with.
function withNonce(answer: RestAnswer, request: RestRequest): RestAnswer {
  const nonce = asObject(parseBody(request))?.['nonce'];
  if (nonce === undefined || nonce === null || answer.body === null || answer.status >= 300) return answer;
  return { ...answer, body: spliceObject(answer.body, new Map([['nonce', JSON.stringify(nonce)]])) };
}
