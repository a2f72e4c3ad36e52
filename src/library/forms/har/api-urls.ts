/**
 * URLs of a HAR file that are calls of the API, and what they are below its base.
 *
 * A page loads much else, from the API's own host as well. What counts is below the base's path, on one of the hosts that
 * a forward proxy would look into, or on one that served a gateway in the same file, as a recorder or a test does.
 */
import { interceptedHosts, isIntercepted, withoutBrackets } from '../../../proxy/intercept.js';

/** Former name of Discord's API, which answers still. */
const FORMER_HOST = 'discordapp.com';

/** Path and query of an http(s) URL below the base of `api`, on whatever host; null where it is not below. */
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
