/**
 * Secrets by shape, for bytes that no decoder understands: the value after a suspicious key, and anything that looks
 * like a token.
 *
 * A broken IDENTIFY, or one that a reset cut in two, must not carry its token to the disk; so these patterns prefer
 * false positives. Each runs in linear time over any bytes, and without a backtracking stack: V8 keeps one for `x{20,}`
 * and for `(?:x|y)+`, and throws when it is full after some 8 MiB, but none for `x{20}x*`. Bytes are read as Latin-1,
 * where one is one character.
 * Source: shapes of Discord's tokens, `id.time.signature` in base64url and `mfa.…`; erlang.org, External Term
 * Format, for BINARY_EXT.
 */
import { isPlaceholder, NOT_IN_PLACEHOLDER } from './placeholder.js';
import { maskWebhooks } from './url.js';

const KEYS = 'token|secret|password|session_id|authorization|email|phone';
/**
 * Keys whose quoted text is a secret: the ticket and the fingerprint of a login by QR code, and the code of an OAuth2
 * grant, as remote auth and the local RPC send them in messages that are no payloads.
 */
const TEXT_KEYS = String.raw`${KEYS}|"ticket|fingerprint|"code`;
const SCHEME = '(?:Bot |Bearer )?';
/** `"token":"`, its quotes escaped or not. */
const QUOTED = new RegExp(String.raw`(?:${TEXT_KEYS})[\\"]{0,4}\s{0,8}[:=]\s{0,8}(\\{0,3})"${SCHEME}`, 'gi');
/** `token=…`, as in a query or a header. */
const BARE = new RegExp(
  String.raw`((?:${KEYS})[\\"]{0,4}\s{0,8}[:=]\s{0,8}${SCHEME})([^\s"\\,;&}\]]+)`,
  'gi',
);
/** A key and the head of an ETF binary: tag and four bytes of length. */
const ETF_BINARY = new RegExp(String.raw`(?:${KEYS})m([\x00-\xff]{4})`, 'gi');
/** A run of the characters of tokens, except existing placeholders. */
const RUN = new RegExp(String.raw`${NOT_IN_PLACEHOLDER}[\w.-]{20}[\w.-]*`, 'g');
const MIN_TOKEN_PART = 20;

type Replace = (secret: string) => string;

/** `bytes` without anything that looks like a secret; the identical buffer if nothing does. */
export function scrubBytes(bytes: Uint8Array, placeholder: Replace): Uint8Array {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const scrubbed = replaceRuns(
    scrubKeyed(scrubEtf(maskWebhooks(text, placeholder), placeholder), placeholder),
    looksRandom,
    placeholder,
  );
  return scrubbed === text ? bytes : Buffer.from(scrubbed, 'latin1');
}

/**
 * `text` without values after a suspicious key or a webhook's path, and without anything of a token's shape; host names
 * stay.
 */
export function scrubText(text: string, placeholder: Replace): string {
  return replaceRuns(scrubKeyed(maskWebhooks(text, placeholder), placeholder), isToken, placeholder);
}

function replaceRuns(text: string, isSecret: (run: string) => boolean, placeholder: Replace): string {
  return text.replace(RUN, (run) => (isSecret(run) ? placeholder(run) : run));
}

function scrubKeyed(text: string, placeholder: Replace): string {
  const replace = (_: string, before: string, secret: string): string =>
    before + (isPlaceholder(secret) ? secret : placeholder(secret));
  return scrubQuoted(text, placeholder).replace(BARE, replace);
}

function scrubQuoted(text: string, placeholder: Replace): string {
  let result = '';
  let at = 0;
  for (const match of text.matchAll(QUOTED)) {
    const start = match.index + match[0].length;
    if (match.index < at) continue;
    const end = match[1] === '' ? findQuote(text, start) : findEscapedQuote(text, start);
    const secret = text.slice(start, end);
    result += text.slice(at, start) + (secret === '' || isPlaceholder(secret) ? secret : placeholder(secret));
    at = end;
  }
  return result + text.slice(at);
}

/** Place of the quote that ends a string, which has escapes; the end of the text if it is cut. */
function findQuote(text: string, start: number): number {
  for (let at = start; at < text.length; at += 1) {
    if (text[at] === '"') return at;
    if (text[at] === '\\') at += 1;
  }
  return text.length;
}

/** The same of a string whose own quotes are escaped: before the backslashes of the next quote. */
function findEscapedQuote(text: string, start: number): number {
  const quote = text.indexOf('"', start);
  let end = quote === -1 ? text.length : quote;
  while (end > start && text[end - 1] === '\\') end -= 1;
  return end;
}

function scrubEtf(text: string, placeholder: Replace): string {
  let result = '';
  let at = 0;
  for (const match of text.matchAll(ETF_BINARY)) {
    if (match.index < at) continue;
    const start = match.index + match[0].length;
    const end = start + Buffer.from(match[1] ?? '', 'latin1').readUInt32BE();
    result += text.slice(at, start) + placeholder(text.slice(start, end));
    at = Math.min(end, text.length);
  }
  return at === 0 ? text : result + text.slice(at);
}

/** A long part of letters and digits mixed: a token, whole or cut, a session id, a key. */
function looksRandom(run: string): boolean {
  return (
    run.startsWith('mfa.') ||
    run.split('.').some((part) => part.length >= MIN_TOKEN_PART && /\d/.test(part) && /[A-Za-z]/.test(part))
  );
}

function isToken(run: string): boolean {
  const [id = '', time = '', signature = '', ...rest] = run.split('.');
  if (id === 'mfa') return time.length >= MIN_TOKEN_PART && signature === '';
  return id.length >= 18 && time.length >= 5 && signature.length >= MIN_TOKEN_PART && rest.length === 0;
}
