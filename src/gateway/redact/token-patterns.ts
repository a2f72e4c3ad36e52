/**
 * Finds unknown tokens by their shape: tokens of other users in a message, in a body or in a log line.
 *
 * Discord's tokens and JSON Web Tokens have full stops in them, and hashes of passwords dollar signs, so a payload is
 * searched for those bytes, and what is around one is looked at only then. Tokens of interactions have a common
 * beginning; the index of known values finds it at no extra cost. Each scan is linear: a run of letters is read at most
 * twice.
 * Source: shapes of Discord's tokens, `id.time.signature` in base64url and `mfa.…` (Discord Docs/Reference,
 * "Authentication"); RFC 7519; the PHC string format and crypt(5) for hashes.
 */
import { type Occurrence, withoutOverlaps } from './value-index.js';
import type { Splice } from '../../wire/splices.js';

const DOT = 0x2e;
const MIN_ID = 18;
const MAX_ID = 30;
const MIN_TIME = 5;
const MAX_TIME = 7;
const MIN_SIGNATURE = 25;
const MIN_MFA = 20;
const MIN_JWT_PART = 8;

const DOLLAR = 0x24;
/** Beginning of a hash of a password: `$2b$`, `$argon2id$`, `$scrypt$`, `$6$`. */
const HASH_HEAD = String.raw`\$(?:2[abxy]?|argon2\w{1,2}|scrypt|pbkdf2[\w-]{0,12}|7|y|gy|[156])\$`;
const IS_HASH_HEAD = new RegExp(`^${HASH_HEAD}`);
/** Longest beginning that matches. */
const MAX_HASH_HEAD = 20;
/** Shortest rest of a hash. */
const MIN_HASH = 16;
const PASSWORD_HASH = new RegExp(String.raw`${HASH_HEAD}[\w./+=,$-]{16}[\w./+=,$-]*`, 'g');
/** Base64 of `interaction:`, with which every token of an interaction begins. */
export const INTERACTION_MARK = 'aW50ZXJhY3Rpb246';
/** Shortest rest of such a token. */
const MIN_INTERACTION = 8;

/** Bytes of base64url, of which tokens are made. */
const TOKEN_BYTES = bytesThatAre(/[\w-]/);
const HASH_BYTES = bytesThatAre(/[\w./+=,$-]/);
const INTERACTION_BYTES = bytesThatAre(/[\w+/=-]/);

type Placeholder = (secret: string) => string;

/** Adds the splices for tokens in the valid JSON text `json`. */
export function tokenSplices(json: Buffer, placeholder: Placeholder, splices: Splice[]): void {
  let from = 0;
  for (let dot = json.indexOf(DOT); dot >= 0; dot = json.indexOf(DOT, from > dot ? from : dot + 1)) {
    // A quick check for most full stops of times, numbers and sentences: a token has its letters three bytes away, too.
    if (TOKEN_BYTES[json[dot - 3] ?? 0] === 0 || TOKEN_BYTES[json[dot + 3] ?? 0] === 0) continue;
    const token = tokenAround(json, from, dot);
    if (token === null) continue;
    const { start, end } = token;
    splices.push({ start, end, text: placeholder(json.toString('latin1', start, end)) });
    from = end;
  }
}

/** `text` without tokens and hashes of passwords. */
export function maskTokens(text: string, placeholder: Placeholder): string {
  let result = text;
  if (text.includes('$')) result = result.replace(PASSWORD_HASH, placeholder);
  if (!text.includes('.')) return result;
  const bytes = Buffer.from(result);
  const splices: Splice[] = [];
  tokenSplices(bytes, placeholder, splices);
  let at = 0;
  let masked = '';
  for (const { start, end, text: mask } of splices) {
    masked += bytes.toString('utf8', at, start) + mask;
    at = end;
  }
  return at === 0 ? result : masked + bytes.toString('utf8', at);
}

/** Adds the splices for hashes of passwords in the valid JSON text `json`. */
export function hashSplices(json: Buffer, placeholder: Placeholder, splices: Splice[]): void {
  for (let start = json.indexOf(DOLLAR); start >= 0;) {
    const [head] = IS_HASH_HEAD.exec(json.toString('latin1', start, start + MAX_HASH_HEAD)) ?? [];
    const from = start + (head?.length ?? 1);
    const end = head === undefined ? from : endOfRun(json, from, HASH_BYTES);
    if (end - from >= MIN_HASH)
      splices.push({ start, end, text: placeholder(json.toString('latin1', start, end)) });
    start = json.indexOf(DOLLAR, end);
  }
}

/** `found`, with each mark of an interaction's token extended to the whole token, or left out if that is too short. */
export function withWholeTokens(found: readonly Occurrence[], bytes: Uint8Array): readonly Occurrence[] {
  if (found.length === 0 || !found.some(({ value }) => value === INTERACTION_MARK)) return found;
  const whole: Occurrence[] = [];
  let reached = 0; // end of the last token: a mark within it begins no other
  for (const one of found) {
    if (one.value !== INTERACTION_MARK) whole.push(one);
    if (one.value !== INTERACTION_MARK || one.start < reached) continue;
    reached = endOfRun(bytes, one.end, INTERACTION_BYTES);
    if (reached - one.end < MIN_INTERACTION) continue;
    const { buffer, byteOffset } = bytes;
    const value = Buffer.from(buffer, byteOffset + one.start, reached - one.start).toString('latin1');
    whole.push({ start: one.start, end: reached, value });
  }
  return withoutOverlaps(whole);
}

/** Whether a byte can occur in a token, full stops excluded. */
export function isTokenByte(byte: number): boolean {
  return TOKEN_BYTES[byte] === 1;
}

/** Token whose first part is from `from` on, or follows a full stop there, and ends at `dot`; or null. */
function tokenAround(
  bytes: Uint8Array,
  from: number,
  dot: number,
): { readonly start: number; readonly end: number } | null {
  const start = Math.max(from, startOfRun(bytes, dot));
  const second = endOfRun(bytes, dot + 1);
  const [first, middle] = [dot - start, second - dot - 1];
  if (first === 3) return middle >= MIN_MFA && startsAt(bytes, start, 'mfa') ? { start, end: second } : null;
  if (bytes[second] !== DOT) return null;
  const end = endOfRun(bytes, second + 1);
  const isJwt = Math.min(first, middle) >= MIN_JWT_PART && startsAt(bytes, start, 'eyJ');
  return isJwt || isDiscordToken(first, middle, end - second - 1) ? { start, end } : null;
}

/** Whether three parts of these lengths can be a token of Discord. */
function isDiscordToken(id: number, time: number, signature: number): boolean {
  return id >= MIN_ID && id <= MAX_ID && time >= MIN_TIME && time <= MAX_TIME && signature >= MIN_SIGNATURE;
}

function startOfRun(bytes: Uint8Array, end: number): number {
  let start = end;
  while (start > 0 && TOKEN_BYTES[bytes[start - 1] ?? 0] === 1) start -= 1;
  return start;
}

function endOfRun(bytes: Uint8Array, from: number, members = TOKEN_BYTES): number {
  let end = from;
  while (members[bytes[end] ?? 0] === 1) end += 1;
  return end;
}

/** Table of bytes: 1 for each whose character matches. */
function bytesThatAre(letter: RegExp): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => Number(letter.test(String.fromCharCode(byte))));
}

function startsAt(bytes: Uint8Array, start: number, text: string): boolean {
  for (let i = 0; i < text.length; i += 1) if (bytes[start + i] !== text.charCodeAt(i)) return false;
  return true;
}
