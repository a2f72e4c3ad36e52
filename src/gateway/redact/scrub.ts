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
import { isPlaceholder, NOT_IN_PLACEHOLDER, PLACEHOLDER } from './placeholder.js';
import { maskWebhooks } from './url.js';

const KEYS = 'token|secret|password|session_id|authorization|email|phone';
/**
 * Keys whose quoted text is a secret: the ticket and the fingerprint of a login by QR code, and the code of an OAuth2
 * grant, as remote auth and the local RPC send them in messages that are no payloads.
 */
const TEXT_KEYS = String.raw`${KEYS}|"ticket|fingerprint|"code`;
const SCHEME = '(?:Bot |Bearer )?';
/** What is between a key and its value. */
const IS = String.raw`[\\"']{0,4}\s{0,8}[:=]\s{0,8}`;
/** `"token":"`, its quotes escaped or not; or the same with single quotes, as programs print objects. */
const QUOTED = new RegExp(String.raw`(?:${TEXT_KEYS})${IS}(\\{0,3})(["'])${SCHEME}`, 'gi');
/** `"token":[` or `{`, up to the bracket. */
const CONTAINED = new RegExp(String.raw`(?:${TEXT_KEYS})(\\{0,3})(["']?)\s{0,8}[:=]\s{0,8}(?=[[{])`, 'gi');
/** `token=…`, as in a query or a header. */
const BARE = new RegExp(String.raw`((?:${KEYS})${IS}${SCHEME})([^\s"'\\,;&{[}\]][^\s"\\,;&}\]]*)`, 'gi');
/**
 * A key and the head of its value in ETF: a binary with four bytes of length, a list of bytes with two, or a list, map
 * or tuple.
 */
const ETF_VALUE = new RegExp(
  String.raw`(?:${KEYS})(?:m([\x00-\xff]{4})|k([\x00-\x07][\x00-\xff])|(?=[lti]\x00|h[\x01-\x1f][a-z]))`,
  'gi',
);
/** A run of the characters of tokens, except existing placeholders. */
const RUN = new RegExp(String.raw`${NOT_IN_PLACEHOLDER}[\w.-]{20}[\w.-]*`, 'g');
const MIN_TOKEN_PART = 20;
const PLACEHOLDERS = new RegExp(PLACEHOLDER, 'g');
const FIELD_NAME = /["']\w{0,64}\\{0,3}["']\s{0,8}:/g;
const MASKED_SCALAR = /\b(?:0|null|true|false)\b/g;

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
  return scrubQuoted(scrubContained(text, placeholder), placeholder).replace(BARE, replace);
}

/** Masks arrays and objects after a suspicious key as one value, unless all in them is masked already. */
function scrubContained(text: string, placeholder: Replace): string {
  let result = '';
  let at = 0;
  let searched = 0;
  for (const { 0: before, 1: escape = '', 2: quote = '', index } of text.matchAll(CONTAINED)) {
    if (index < searched) continue;
    const start = index + before.length;
    const end = findContainerEnd(text, start, escape.length);
    searched = end;
    const secret = text.slice(start, end);
    if (isMasked(secret)) continue;
    result += `${text.slice(at, start)}${escape}${quote}${placeholder(secret)}${escape}${quote}`;
    at = end;
  }
  return result + text.slice(at);
}

/**
 * End of the array or object at `start`; the end of the text if it is cut. Its quotes have that many backslashes before
 * them; more of them belong to the text within.
 */
function findContainerEnd(text: string, start: number, backslashes: number): number {
  let depth = 0;
  let quote = '';
  for (const { 0: mark, index } of marksFrom(text, start)) {
    if (mark === '"' || mark === "'") {
      const isOwn = countBackslashes(text, index) % (2 * backslashes + 2) === backslashes;
      if (isOwn && (quote === '' || quote === mark)) quote = quote === '' ? mark : '';
    } else if (quote === '') {
      depth += mark === '[' || mark === '{' ? 1 : -1;
      if (depth === 0) return index + 1;
    }
  }
  return text.length;
}

/** Quotes and brackets at `start` and behind it. */
function* marksFrom(text: string, start: number): Generator<RegExpExecArray, void> {
  const marks = /["'[\]{}]/g;
  marks.lastIndex = start;
  for (let mark = marks.exec(text); mark !== null; mark = marks.exec(text)) yield mark;
}

function countBackslashes(text: string, end: number): number {
  let start = end;
  while (text[start - 1] === '\\') start -= 1;
  return end - start;
}

/** Whether an array or object has no values but placeholders and what masks numbers. */
function isMasked(text: string): boolean {
  const rest = text.replace(PLACEHOLDERS, '').replace(FIELD_NAME, '').replace(MASKED_SCALAR, '');
  return !/[^\s[\]{},:"'\\]/.test(rest);
}

function scrubQuoted(text: string, placeholder: Replace): string {
  let result = '';
  let at = 0;
  for (const match of text.matchAll(QUOTED)) {
    const start = match.index + match[0].length;
    if (match.index < at) continue;
    const [, escape, quote = '"'] = match;
    const end = escape === '' ? findQuote(text, start, quote) : findEscapedQuote(text, start, quote);
    const secret = text.slice(start, end);
    result += text.slice(at, start) + (secret === '' || isPlaceholder(secret) ? secret : placeholder(secret));
    at = end;
  }
  return result + text.slice(at);
}

/** Place of the quote that ends a string, which has escapes; the end of the text if it is cut. */
function findQuote(text: string, start: number, quote: string): number {
  for (let at = start; at < text.length; at += 1) {
    if (text[at] === quote) return at;
    if (text[at] === '\\') at += 1;
  }
  return text.length;
}

/** The same of a string whose own quotes are escaped: before the backslashes of the next quote. */
function findEscapedQuote(text: string, start: number, quote: string): number {
  const next = text.indexOf(quote, start);
  let end = next === -1 ? text.length : next;
  while (end > start && text[end - 1] === '\\') end -= 1;
  return end;
}

function scrubEtf(text: string, placeholder: Replace): string {
  let result = '';
  let at = 0;
  for (const match of text.matchAll(ETF_VALUE)) {
    if (match.index < at) continue;
    const start = match.index + match[0].length;
    const length = Buffer.from(match[1] ?? match[2] ?? '', 'latin1');
    // Where a list, map or tuple ends is not looked for.
    const end = length.length === 0 ? text.length : start + length.readUIntBE(0, length.length);
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
