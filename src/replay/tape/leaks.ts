/**
 * Leaks: secrets and personal data that a file still holds, line by line.
 *
 * A line of JSON is searched value by value, so that a find has a path. Then it is searched as text, for parts that a
 * parser does not show, such as a repeated key. Texts that are JSON themselves are searched in the same way, because
 * HAR and CSV hold payloads so. The base64 in which gatetape writes bytes of frames is decoded and searched. Any other
 * line is searched as text. A find is never printed in full. It changes nothing. The known shapes are at the end of
 * this file.
 */
import type { JsonValue } from '../../gateway/payload.js';
import { decodeEtf } from '../../wire/etf/decode.js';
import { parseJson } from './line.js';

/** Something that should not be there. */
export interface Leak {
  /** From 1. */
  readonly line: number;
  /**
   * Path in the line's JSON, such as `payload.d.token`; null if the line is not JSON, or the parser does not show it.
   */
  readonly path: string | null;
  /** Short stable name of the kind. */
  readonly kind: string;
  /** The beginning of it, and its length. */
  readonly excerpt: string;
}

interface Find {
  readonly kind: string;
  readonly match: string;
}

const PLAIN_KEY = /^[\w$-]+$/;
/** Length of plain text before a match that is searched for the match's key. */
const KEY_REACH = 200;

/** Leaks in the lines of a text; `known` are secrets that must not be in it, of any shape. */
export function* findLeaks(lines: Iterable<string>, known: readonly string[] = []): Generator<Leak, void> {
  let line = 0;
  for (const row of lines) {
    line += 1;
    const reported = new Set<string>();
    for (const { path, find } of findInRow(row, known)) {
      const name = `${find.kind} ${find.match}`;
      if (path === null && reported.has(name)) continue;
      reported.add(name);
      yield { line, path, kind: find.kind, excerpt: elided(find.match) };
    }
  }
}

interface Found {
  readonly path: string | null;
  readonly find: Find;
}

function* findInRow(row: string, known: readonly string[]): Generator<Found, void> {
  let rest = row;
  // In a HAR of gatetape each message has a line of its own, behind a comma.
  const value = parsed(row.replace(/^,/, ''));
  const leaves = value === undefined ? [] : listLeaves(value);
  for (const leaf of leaves) {
    if (leaf.isBytes) rest = rest.replace(leaf.text, '');
    yield* leaf.isBytes ? findsInBytes(leaf, known) : findsInLeaf(leaf, known);
  }
  const cell = value === undefined ? bytesCell(row) : null;
  if (cell !== null) {
    rest = rest.replace(cell, '');
    yield* findsInBytes({ path: 'bytes', text: cell }, known);
  }
  for (const find of findsInText(rest, known, (at) => keyBefore(rest, at))) yield { path: null, find };
}

/** Cell of bytes in a line of CSV that gatetape wrote, behind the session and before the rows that end the line; or null. */
function bytesCell(row: string): string | null {
  // Within a cell quotes are doubled, so that this begins one.
  const rowsAt = row.indexOf(',"[');
  const line = row.endsWith('\r') ? row.slice(0, -1) : row;
  const end = rowsAt >= 0 || !line.endsWith(',') ? rowsAt : line.length - 1;
  const start = row.lastIndexOf(',', end - 1) + 1;
  if (end < 0 || start < 2) return null;
  const session = row.slice(row.lastIndexOf(',', start - 2) + 1, start - 1);
  const cell = row.slice(start, end);
  return cell !== '' && IS_BASE64.test(cell) && /^\d{0,16}$/.test(session) ? cell : null;
}

/** How many texts of JSON one within the other are looked into. */
const MAX_WITHIN = 3;

/** Finds in a value, and in the JSON that it may be the text of. */
function* findsInLeaf(leaf: Leaf, known: readonly string[], within = 0): Generator<Found, void> {
  const { path, key, text } = leaf;
  const value = within < MAX_WITHIN ? parsed(text) : undefined;
  if (value !== undefined) {
    for (const inner of listLeaves(value)) {
      yield* findsInLeaf({ ...inner, path: joined(path, inner.path) }, known, within + 1);
    }
    return;
  }
  for (const find of findsInText(text, known, () => key)) yield { path, find };
  if (isNamedSecret(text, leaf.isWithinSecret ? WITHIN_SECRET : key))
    yield { path, find: { kind: 'named-secret', match: text } };
}

/** Most that a term of ETF may inflate to. */
const LIMITS = { maxPayloadBytes: 2 ** 26 };

/** Finds in base64-encoded bytes; the bytes of an ETF payload are decoded as ETF. */
function* findsInBytes(
  { path, text }: Pick<Leaf, 'path' | 'text'>,
  known: readonly string[],
): Generator<Found, void> {
  const bytes = Buffer.from(text, 'base64');
  const etf = decodeEtf(bytes, LIMITS);
  const decoded = etf.ok ? Buffer.from(etf.json).toString() : bytes.toString('latin1');
  yield* findsInLeaf({ path, key: '', text: decoded, isBytes: false, isWithinSecret: false }, known);
}

function* findsInText(
  text: string,
  known: readonly string[],
  keyAt: (at: number) => string,
): Generator<Find, void> {
  for (const secret of known) if (text.includes(secret)) yield { kind: 'known-secret', match: secret };
  let taken: Uint8Array | null = null; // a byte for each character that is part of a find
  for (const { kind, pattern, isHarmless } of LEAK_PATTERNS) {
    for (const { 0: match, index } of text.matchAll(pattern)) {
      const end = index + match.length;
      if (taken?.subarray(index, end).includes(1) === true) continue;
      if (isHarmless?.(match, keyAt(index), text.slice(end, end + 8)) === true) continue;
      taken ??= new Uint8Array(text.length);
      taken.fill(1, index, end);
      yield { kind, match };
    }
  }
}

interface Leaf {
  readonly path: string;
  readonly key: string;
  readonly text: string;
  /** Whether it is base64 in which gatetape wrote the bytes of a frame. */
  readonly isBytes: boolean;
  /** Whether an object around it is one of secrets, whose keys are their names. */
  readonly isWithinSecret: boolean;
}

/** Keys of objects of secrets, such as the `secrets` of an activity, and a name for the keys in them. */
const SECRETS_KEY = /(?:secret|token|password|cookie)s?$/i;
const WITHIN_SECRET = 'secret';
/** Keys of the objects that have such bytes, under `bytes`. */
const BYTES_WITHIN: readonly string[] = ['_gatetape', 'frame_bytes'];
const IS_BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** A value that is still to be looked into, and its place. */
interface OpenValue extends Pick<Leaf, 'path' | 'key' | 'isWithinSecret'> {
  readonly value: JsonValue;
  readonly around: string;
}

// Strings, keys and numbers, with a stack of our own: a line may be nested as deeply as it likes.
function* listLeaves(root: JsonValue): Generator<Leaf, void> {
  const open: OpenValue[] = [{ path: '', key: '', value: root, around: '', isWithinSecret: false }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { path, key, value, around, isWithinSecret } = next;
    if (typeof value === 'string' || typeof value === 'number') {
      const text = String(value);
      const isBytes = key === 'bytes' && BYTES_WITHIN.includes(around) && IS_BASE64.test(text);
      yield { path, key, text, isBytes, isWithinSecret };
    } else if (Array.isArray(value)) {
      const items = value as readonly JsonValue[];
      for (const [index, item] of items.entries())
        open.push({ ...next, path: `${path}[${index}]`, value: item });
    } else if (value !== null && typeof value === 'object') {
      // A find in a key is reported at its object, because the path would show the key in full.
      for (const name of Object.keys(value))
        yield { path, key: '', text: name, isBytes: false, isWithinSecret: false };
      for (const member of listMembers(next, value as Readonly<Record<string, JsonValue>>)) open.push(member);
    }
  }
}

function listMembers(
  { path, key, isWithinSecret }: OpenValue,
  value: Readonly<Record<string, JsonValue>>,
): readonly OpenValue[] {
  return Object.entries(value).map(([name, item]) => ({
    path: PLAIN_KEY.test(name) && name.length < 40 ? joined(path, name) : `${path}[…]`,
    key: name,
    value: item,
    around: key,
    isWithinSecret: isWithinSecret || SECRETS_KEY.test(key),
  }));
}

function joined(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

/** Key of the text that a match is in; within a text its quotes are escaped, or doubled as CSV has them. */
function keyBefore(text: string, at: number): string {
  const before = text
    .slice(Math.max(0, at - KEY_REACH), at)
    .replaceAll('\\', '')
    .replaceAll('""', '"');
  const [, key] = /"([^"]*)"\s*:\s*\[?\s*"[^"]*$/.exec(before) ?? [];
  return key ?? '';
}

function elided(match: string): string {
  const start = match.length < 12 ? 1 : 4;
  return `${match.slice(0, start)}… (${match.length} characters)`;
}

function parsed(row: string): JsonValue | undefined {
  return /^\s*[[{]/.test(row) ? parseJson(row) : undefined;
}

/** One shape. */
export interface LeakPattern {
  /** Short stable name. */
  readonly kind: string;
  readonly pattern: RegExp;
  /** Whether a match is harmless: by itself, by its key, by the text after it. */
  readonly isHarmless?: (match: string, key: string, after: string) => boolean;
}

const PICTURE_KEY = /avatar|banner|icon|splash|cover_image|asset|image|ratelimit-bucket/i;
const PICTURE_FILE = /^\.(?:png|jpe?g|webp|gif|avif)\b/i;
const IS_UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const isPicture = (_match: string, key: string, after: string): boolean =>
  PICTURE_KEY.test(key) || PICTURE_FILE.test(after);

/**
 * Every shape of a secret or of personal data; of several that match at one place the first counts.
 *
 * This list deliberately differs from the redactor's, so that each finds what the other overlooks. Source: shapes of
 * Discord's tokens (Discord Docs/Reference, "Authentication"), RFC 7519 (JWT), RFC 7468 (PEM), ITU-T E.164 (telephone
 * numbers).
 */
export const LEAK_PATTERNS: readonly LeakPattern[] = [
  {
    kind: 'discord-token',
    pattern: /(?<![\w.-])[A-Za-z0-9_-]{18,30}\.[A-Za-z0-9_-]{5,7}\.[A-Za-z0-9_-]{25,60}(?![\w-])/g,
  },
  { kind: 'discord-mfa-token', pattern: /\bmfa\.[\w-]{20}[\w-]*/g },
  { kind: 'webhook-url', pattern: /\/webhooks\/\d{15,20}\/[\w-]{20}[\w-]*/g },
  { kind: 'interaction-token', pattern: /aW50ZXJhY3Rpb246[\w+/=-]{8}[\w+/=-]*/g }, // base64 of `interaction:`
  { kind: 'jwt', pattern: /\beyJ[\w-]{8}[\w-]*\.[\w-]{8}[\w-]*\.[\w-]*/g },
  { kind: 'private-key', pattern: /-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----/g },
  { kind: 'authorization', pattern: /\b(?:Bearer|Bot|Basic)\s+(?!redacted\b)[\w.~+/=-]{16}[\w.~+/=-]*/g },
  {
    kind: 'api-key',
    pattern:
      /\b(?:AKIA[0-9A-Z]{16}|gh[pousr]_\w{36}\w*|xox[abprs]-[\w-]{10}[\w-]*|sk_live_\w{16}\w*|AIza[\w-]{35})/g,
  },
  { kind: 'cookie', pattern: /\bcookie["']?\s*[:=]\s*["']?[\w-]+=(?!redacted:)[^;\s"']{8}[^;\s"']*/gi },
  {
    kind: 'email',
    pattern: /(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})*\.[A-Za-z]{2}[A-Za-z]*/g,
    isHarmless: (match) => /@\dx\./.test(match),
  },
  { kind: 'phone', pattern: /(?<![\w.])\+[1-9]\d{7,14}(?!\d)/g },
  {
    kind: 'ip-address',
    pattern:
      /(?<![\w.-]|[A-Za-z]\/)(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w.-])/g,
    isHarmless: (match, key) => /^(?:127\.|0\.0\.0\.0$)/.test(match) || /version/i.test(key),
  },
  { kind: 'ip-address', pattern: /(?<![\w:])(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}(?![\w:])/gi },
  { kind: 'ip-address', pattern: /(?<![\w:])(?:[0-9a-f]{1,4}:){3,6}:[0-9a-f]{1,4}(?![\w:])/gi },
  {
    kind: 'hex',
    pattern: /(?<![0-9A-Za-z])[0-9a-f]{32}[0-9a-f]*(?![0-9A-Za-z])/gi,
    isHarmless: (match, key, after) => /^\d+$/.test(match) || isPicture(match, key, after),
  },
  {
    kind: 'random',
    pattern: /(?<![\w+-])[\w+=-]{28}[\w+=-]*(?![\w+=-])/g,
    isHarmless: (match, key, after) => !isRandom(match) || isPicture(match, key, after),
  },
];

/** Keys whose values are secrets, of any shape. */
const SECRET_KEY =
  /token|secret|passw|session_?id|authorization|cookie|e-?mail|phone|api_?key|ticket|assertion|fingerprint|captcha_(?:key|rqdata)|code_verifier|auth_code|signature|upload_id|_trace$|connection_(?:id|request_data)|launch_id/i;
/** Keys that count only as a whole, because other keys contain them. */
const SECRET_KEYS: ReadonlySet<string> = new Set(['auth', 'sdp', 'ip', 'client_ip', 'ip_address']);
const PLACEHOLDER = /^(?:(?:Bot|Bearer) )?redacted:[0-9a-f]{8,64}$/;

/** Whether a value is a secret because of its key. */
export function isNamedSecret(value: string, key: string): boolean {
  // A number alone is an id: `continuation_token` is a member's.
  return (
    value.length >= 8 &&
    (SECRET_KEY.test(key) || SECRET_KEYS.has(key)) &&
    !PLACEHOLDER.test(value) &&
    !/^-?[\d.]+(?:e[+-]?\d+)?$/i.test(value)
  );
}

// Entropy of a run in bits a character: words and snake case stay under 3.8, base64 of 28 characters is over 4.
const MIN_ENTROPY = 3.9;

function isRandom(run: string): boolean {
  if (IS_UUID.test(run) || !/\d/.test(run) || !/[a-z]/.test(run)) return false;
  if (!/[A-Z]/.test(run) && !/[0-9a-z]{32}/.test(run)) return false;
  return measureEntropy(run) >= MIN_ENTROPY;
}

/** Shannon entropy of the characters of a text, in bits for each. */
export function measureEntropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}
