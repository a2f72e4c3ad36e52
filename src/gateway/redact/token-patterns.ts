/**
 * Tokens that nobody said to be secret, by their shape: somebody else's in a message, in a body or in a log line.
 *
 * Discord's tokens and JSON Web Tokens have full stops in them, so a payload is searched for those, and what is around one
 * is looked at only then. Hashes of passwords and tokens of interactions are searched for in bodies and texts, where there
 * is time for it. Each scan is linear: a run of letters is looked at twice at most.
 * Source: shapes of Discord's tokens, `id.time.signature` in base64url and `mfa.…` (Discord Docs/Reference,
 * "Authentication"); RFC 7519; the PHC string format and crypt(5) for hashes.
 */
import type { Splice } from './walk.js';

const DOT = 0x2e;
const MIN_ID = 18;
const MAX_ID = 30;
const MIN_TIME = 5;
const MAX_TIME = 7;
const MIN_SIGNATURE = 25;
const MIN_MFA = 20;
const MIN_JWT_PART = 8;

/** `$2b$10$…`, `$argon2id$v=19$…`, `$scrypt$…`, `$6$…`. */
const PASSWORD_HASH =
  /\$(?:2[abxy]?|argon2\w{1,2}|scrypt|pbkdf2[\w-]{0,12}|7|y|gy|[156])\$[\w./+=,$-]{16}[\w./+=,$-]*/g;
/** Base64 of `interaction:` and what follows. */
const INTERACTION_TOKEN = /aW50ZXJhY3Rpb246[\w+/=-]{8}[\w+/=-]*/g;

/** Bytes of base64url, of which tokens are made. */
const TOKEN_BYTES = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[\w-]/.test(String.fromCharCode(byte)) ? 1 : 0,
);
type Placeholder = (secret: string) => string;

/** Adds the splices for tokens in the valid JSON text `json`. */
export function tokenSplices(json: Buffer, placeholder: Placeholder, splices: Splice[]): void {
  let from = 0;
  for (let dot = json.indexOf(DOT); dot >= 0; dot = json.indexOf(DOT, from > dot ? from : dot + 1)) {
    // Times, numbers and the ends of sentences have something else here.
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
  if (text.includes('aW50ZXJhY3Rpb246')) result = result.replace(INTERACTION_TOKEN, placeholder);
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

/** Adds the splices for hashes of passwords and tokens of interactions in the valid JSON text `json`. */
export function hashSplices(json: Buffer, placeholder: Placeholder, splices: Splice[]): void {
  const text = json.toString('latin1');
  for (const shape of [PASSWORD_HASH, INTERACTION_TOKEN]) {
    for (const { index, 0: match } of text.matchAll(shape)) {
      splices.push({ start: index, end: index + match.length, text: placeholder(match) });
    }
  }
}

/** Whether a byte can be one of a token, full stops aside. */
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

function endOfRun(bytes: Uint8Array, from: number): number {
  let end = from;
  while (TOKEN_BYTES[bytes[end] ?? 0] === 1) end += 1;
  return end;
}

function startsAt(bytes: Uint8Array, start: number, text: string): boolean {
  for (let i = 0; i < text.length; i += 1) if (bytes[start + i] !== text.charCodeAt(i)) return false;
  return true;
}
