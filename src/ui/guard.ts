/**
 * Guard: decides which requests the page's server answers, and sets headers that restrict what a browser does with an
 * answer.
 *
 * Only the page itself may read. Refused are host names of others (DNS rebinding), pages of other origins, frames in
 * them, and all methods but GET and HEAD. If other machines can reach the server, a token in the address is required
 * too; a cookie replaces it after the first request. Source: Fetch Metadata, Content Security Policy 3 (W3C).
 */
import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { visitorRefusal } from '../serving/visitors.js';

/** The page may load its own files and data only; it may not be framed, and its forms send nothing. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "manifest-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': POLICY,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cache-Control': 'no-store',
  Vary: 'Accept, Cookie',
};

/** Name of the cookie that replaces the token. */
const COOKIE = 'gatetape_page';

/** Why a request is refused. */
export interface PageRefusal {
  readonly status: 400 | 401 | 403 | 405;
  readonly reason: string;
  readonly hint: string;
}

/** Guards one server. */
export class Guard {
  readonly #ownNames: readonly string[];
  readonly #token: string | null;

  /** `token`: null if only this machine can reach the server. */
  constructor(ownNames: readonly string[], token: string | null) {
    this.#ownNames = ownNames;
    this.#token = token;
  }

  /** Sets the headers of every answer. */
  protect(response: ServerResponse): void {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
  }

  /** Reason to refuse a request; null if it is to be answered. */
  refusal(method: string | undefined, headers: IncomingHttpHeaders): PageRefusal | null {
    if (method !== 'GET' && method !== 'HEAD')
      return { status: 405, reason: 'the page only reads', hint: 'send GET or HEAD' };
    if (headers.host === undefined)
      return { status: 400, reason: 'the request has no Host header', hint: 'send one' };
    // A link on another site may open the page, because that site cannot read it.
    const isOpened = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
    const visitor = visitorRefusal(
      isOpened ? { ...headers, 'sec-fetch-site': 'none' } : headers,
      this.#ownNames,
      [],
    );
    if (visitor === null) return null;
    return {
      status: visitor.status,
      // The reason would name an option that only the proxy and the mock have.
      reason: visitor.reason.split(': --')[0] ?? visitor.reason,
      hint: 'open the address that gatetape has printed',
    };
  }

  /**
   * Whether a request has the token, in its query or in the cookie. `isNew`: in the query; the browser then gets the
   * cookie and is redirected to the address without the token.
   */
  admit(query: URLSearchParams, headers: IncomingHttpHeaders): { isAdmitted: boolean; isNew: boolean } {
    const token = this.#token;
    if (token === null) return { isAdmitted: true, isNew: false };
    if (isSameText(query.get('token') ?? '', token)) return { isAdmitted: true, isNew: true };
    const cookies = (headers.cookie ?? '').split(';').map((part) => part.trim().split('='));
    const isAdmitted = cookies.some(([name, value = '']) => name === COOKIE && isSameText(value, token));
    return { isAdmitted, isNew: false };
  }

  /** Gives a browser the cookie. */
  remember(response: ServerResponse): void {
    if (this.#token === null) return;
    response.setHeader('Set-Cookie', `${COOKIE}=${this.#token}; Path=/; HttpOnly; SameSite=Strict`);
  }
}

/** The refusal of a request without the token. */
export const NO_TOKEN: PageRefusal = {
  status: 401,
  reason: 'the address lacks its token',
  hint: 'open the whole address that gatetape has printed, with ?token=',
};

function isSameText(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
