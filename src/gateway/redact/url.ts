/**
 * Secrets in URLs: the token of a webhook, and the query of a signed CDN link.
 *
 * People and bots paste webhook URLs into messages, so their tokens are searched for in all text, not only where a key
 * says URL; slashes may be escaped, as JSON within JSON and a URL within a URL have them. Links are only signed where a key
 * says URL.
 * Source: Discord Docs/Webhook Resource, "Execute Webhook"; Discord Docs/Reference, "Signed Attachment CDN URLs".
 */
import type { Splice } from './walk.js';

type Placeholder = (secret: string) => string;

/** Path up to a token that is no stand-in, and the token; a full stop behind it ends the sentence around it. */
const WEBHOOK = new RegExp(
  String.raw`((?:\/|%(?:25){0,9}2f)webhooks(?:\\*\/|%(?:25){0,9}2f)\d{1,20}(?:\\*\/|%(?:25){0,9}2f))` +
    String.raw`(?!redacted(?::|%(?:25){0,9}3a)[0-9a-f]{8})([\w.~%-]*[\w~%-])`,
  'gi',
);
/**
 * What every such path has in it, and hardly any text besides. Node looks for fewer than eight bytes by memchr, which
 * in large payloads is several times quicker than its search for more (node/src/string_search.h).
 */
const MARK = Buffer.from('/webhoo');
/** What every escape of a slash has in it, and few payloads besides. */
const PERCENT = 0x25;
/** A query that carries the signature `hm`, without its question mark. */
const SIGNED_QUERY = /(?<=^[^?#]*\?)(?=[^#]*\bhm=)[^#]+/;

/** `url` with its secret parts replaced; other URLs as they are. */
export function maskUrl(url: string, placeholder: Placeholder): string {
  return maskWebhooks(url, placeholder).replace(SIGNED_QUERY, (query) => placeholder(query));
}

/** `text` with the tokens of all webhooks in it replaced. */
export function maskWebhooks(text: string, placeholder: Placeholder): string {
  return text.replace(WEBHOOK, (_, path: string, token: string) => path + placeholder(token));
}

/** Adds the splices for the tokens of webhooks that stand in the strings of the JSON text `json`. */
export function webhookSplices(json: Buffer, placeholder: Placeholder, splices: Splice[]): void {
  // A search for bytes costs next to nothing beside decoding; only where it finds some, the text is looked at.
  if (json.indexOf(MARK) === -1 && json.indexOf(PERCENT) === -1) return;
  // In Latin-1, where positions are those of the bytes. No part of a URL ends a string, so all of it is in one.
  for (const { index, 1: path = '', 2: token = '' } of json.toString('latin1').matchAll(WEBHOOK)) {
    const start = index + path.length;
    splices.push({ start, end: start + token.length, text: placeholder(token) });
  }
}
