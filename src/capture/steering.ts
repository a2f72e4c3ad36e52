/**
 * Headers of an API's answer that steer a client: how often it may ask, and where else it should. The others are not
 * recorded. Source: Discord Docs/Rate Limits; RFC 9110 sections 10.2.2 and 10.2.3.
 */

const RECORDED_HEADERS = /^(?:x-ratelimit-.*|retry-after|location)$/;

/** Those of `headers` that steer; names in lower case. */
export function pickRateLimitHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Readonly<Record<string, string>> {
  const all = Object.entries(headers).filter(([name]) => RECORDED_HEADERS.test(name));
  return Object.fromEntries(all.map(([name, value]) => [name, String(value)]));
}
