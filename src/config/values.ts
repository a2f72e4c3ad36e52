/**
 * Values as people write them: addresses and URLs.
 *
 * Text in, value out, or null for any other text; the caller says what was expected.
 */
import { parseBytes, parseDuration } from '../filter/quantities.js';
import { findIntent } from '../gateway/intents.js';
import type { ListenAddress } from '../serving/address.js';

/** Host of `:PORT` and of a port alone: not reachable from outside by accident. */
const LOOPBACK = '127.0.0.1';

const LISTEN = /^(?:(?:\[(?<ipv6>[0-9a-fA-F:.]+)\]|(?<name>[^\s:[\]/]*)):)?(?<port>\d{1,5})$/;

/** Reads `HOST:PORT`, `[IPV6]:PORT`, `:PORT` or `PORT`; null for any other text. */
export function parseListen(text: string): ListenAddress | null {
  const groups = LISTEN.exec(text.trim())?.groups;
  if (groups === undefined) return null;
  const host = groups['ipv6'] ?? groups['name'] ?? '';
  const port = Number(groups['port']);
  return port > 65_535 ? null : { host: host === '' ? LOOPBACK : host, port };
}

/** Age or size of a file; Infinity for the one that does not matter. */
export interface FileLimit {
  readonly ageUs: number;
  readonly bytes: number;
}

const LEAST_AGE_US = 1_000_000;
const LEAST_BYTES = 2 ** 20;

/** Reads an age from a second on, such as `1d`, or a size from a mebibyte on, such as `10GiB`; null for any other text. */
export function parseFileLimit(text: string): FileLimit | null {
  const ageUs = parseDuration(text);
  if (ageUs !== null) return ageUs < LEAST_AGE_US ? null : { ageUs, bytes: Infinity };
  const bytes = parseBytes(text);
  return bytes === null || bytes < LEAST_BYTES ? null : { ageUs: Infinity, bytes };
}

/**
 * Whether a URL can contain secrets: it has a user and a password, a query or a fragment. Such a URL must not become a
 * setting, because settings are printed and stored in the database.
 */
export function mayHoldSecrets(text: string): boolean {
  return /[@?#]/.test(text);
}

/** Hint for a URL that may contain secrets. */
export const SECRETS_HINT =
  'give scheme, host and path alone; what a client sends to log in (headers, query, IDENTIFY) is passed on';

/** Whether `text` is a URL with one of these schemes, such as `wss:`. */
export function isUrl(text: string, schemes: readonly string[]): boolean {
  return URL.canParse(text) && schemes.includes(new URL(text).protocol);
}

/** Bits of privileged intents from their names with commas between; null if one is unknown. */
export function parseIntents(text: string): number | null {
  const intents = text.split(',').map((name) => findIntent(name.trim()));
  const bits = intents.map((intent) => (intent?.isPrivileged === true ? intent.bit : null));
  return bits.every((bit) => bit !== null) ? bits.reduce((all, bit) => all | bit, 0) : null;
}

/** HTTP statuses from `404,5xx,none`, as ranges, null for no answer; null if a word is not a status. */
export function parseStatuses(
  given: string,
): readonly ({ readonly from: number; readonly to: number } | null)[] | null {
  const words = given.split(',').map((word) => word.trim().toLowerCase());
  if (!words.every((word) => /^(?:[1-9]\d\d|[1-9]xx|none)$/.test(word))) return null;
  return words.map((word) => {
    if (word === 'none') return null;
    return { from: Number(word.replace('xx', '00')), to: Number(word.replace('xx', '99')) };
  });
}
