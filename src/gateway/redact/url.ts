/**
 * Secrets in URLs: the token of a webhook, the query of a signed CDN link, credentials before the host, and fields with
 * secret names.
 *
 * People and bots paste webhook URLs into messages, so their tokens are searched for in all text, not only under a URL
 * key; slashes may be escaped, as in JSON within JSON and in a URL within a URL. The other rules apply only under a URL
 * key.
 * Source: Discord Docs/Webhook Resource, "Execute Webhook"; Discord Docs/Reference, "Signed Attachment CDN URLs"; RFC 3986
 * section 3.2.1 for user information.
 */
import { decodeField, mapFields } from './fields.js';
import type { Splice } from '../../wire/splices.js';

type Placeholder = (secret: string) => string;

/**
 * Path up to a token that is not a placeholder, and the token; a full stop behind it ends the sentence around it.
 * Backslashes before a slash are bounded: of more than JSON within JSON within JSON has, the last ones do.
 */
const WEBHOOK = new RegExp(
  String.raw`((?:\/|%(?:25){0,9}2f)webhooks(?:\\{0,64}\/|%(?:25){0,9}2f)\d{1,20}(?:\\{0,64}\/|%(?:25){0,9}2f))` +
    String.raw`(?!(?:%(?:25){0,9}(?:2f|5c)){0,8}redacted(?::|%(?:25){0,9}3a)[0-9a-f]{8})([\w.~%-]{0,2048}[\w~%-])`,
  'gi',
);
/**
 * Text in every such path, and in hardly any other text. Node looks for fewer than eight bytes by memchr, which in
 * large payloads is several times quicker than its search for more (node/src/string_search.h).
 */
const MARK = Buffer.from('/webhoo');
/** Byte in every such path, and not in many payloads: searching it costs a quarter of searching seven bytes. */
const SLASH = 0x2f;
/** Longest match: token, digits, slashes with their backslashes. */
const MAX_WEBHOOK = 2400;
/** A long text is searched in pieces, so that its memory is bounded. */
const PIECE_BYTES = 64 * 1024;
const SIGNATURE = /[?&]hm=/;
const USER_INFO = /^[a-z][a-z0-9+.-]{0,30}:\/\/([^/?#@\\]{1,2048})@/i;

/**
 * `url` with its secret parts replaced; other URLs unchanged. `maskField` returns the replacement of a field's value,
 * or null.
 */
export function maskUrl(
  url: string,
  placeholder: Placeholder,
  maskField: (name: string, value: string) => string | null = () => null,
): string {
  const [, userInfo] = USER_INFO.exec(url) ?? [];
  const host = url.indexOf('://') + 3;
  const bare =
    userInfo === undefined
      ? url
      : url.slice(0, host) + placeholder(userInfo) + url.slice(host + userInfo.length);
  const hash = bare.indexOf('#');
  const page = hash === -1 ? bare : bare.slice(0, hash);
  const question = page.indexOf('?');
  const masked = (part: string): string =>
    maskWebhooks(
      mapFields(part, ({ name, value }) => maskField(name, decodeField(value))),
      placeholder,
    );
  if (question === -1 || !SIGNATURE.test(page.slice(question))) return masked(bare);
  return (
    masked(page.slice(0, question + 1)) +
    placeholder(page.slice(question + 1)) +
    masked(bare.slice(page.length))
  );
}

/** `text` with the tokens of all webhooks in it replaced. */
export function maskWebhooks(text: string, placeholder: Placeholder): string {
  return text.replace(WEBHOOK, (_, path: string, token: string) => path + placeholder(token));
}

/**
 * Adds the splices for the tokens of webhooks in the strings of the JSON text `json`. `hasPercent`: there is a percent
 * sign in it, as every escape of a slash has.
 */
export function webhookSplices(
  json: Buffer,
  hasPercent: boolean,
  placeholder: Placeholder,
  splices: Splice[],
): void {
  // A search for bytes is far cheaper than decoding; the text is decoded only if the search finds a match.
  if (!hasPercent && (json.indexOf(SLASH) === -1 || json.indexOf(MARK) === -1)) return;
  // In Latin-1, where positions are those of the bytes. No part of a URL ends a string, so all of it is in one.
  for (let from = 0; from < json.length;) {
    const piece = json.toString('latin1', from, from + PIECE_BYTES + MAX_WEBHOOK);
    let next = PIECE_BYTES;
    for (const { 0: whole, index, 1: path = '', 2: token = '' } of piece.matchAll(WEBHOOK)) {
      if (index >= PIECE_BYTES) break;
      const start = from + index + path.length;
      splices.push({ start, end: start + token.length, text: placeholder(token) });
      next = Math.max(next, index + whole.length);
    }
    from += next;
  }
}
