/**
 * Secrets in URLs: the token of a webhook, and the query of a signed CDN link.
 *
 * Source: Discord Docs/Webhook Resource, "Execute Webhook"; Discord Docs/Reference, "Signed Attachment CDN URLs".
 */

const WEBHOOK_TOKEN = /(\/webhooks\/\d{1,20}\/)([^/?#]+)/;
/** A query that carries the signature `hm`, without its question mark. */
const SIGNED_QUERY = /(?<=^[^?#]*\?)(?=[^#]*\bhm=)[^#]+/;

/** `url` with its secret parts replaced; other URLs as they are. */
export function maskUrl(url: string, placeholder: (secret: string) => string): string {
  return url
    .replace(WEBHOOK_TOKEN, (_, path: string, token: string) => path + placeholder(token))
    .replace(SIGNED_QUERY, (query) => placeholder(query));
}
