/**
 * Redaction of REST: secrets in paths and in bodies of every kind, before they are written anywhere.
 *
 * Secrets in the path are found by position: tokens of webhooks and interactions, codes, telling parameters. JSON goes
 * through the gateway's redactor, by the rows of the table that are about REST, even if it is truncated; forms by the
 * names of their fields, and any other text by value and by shape.
 * Source: Discord Docs/Webhook Resource, Receiving and Responding to Interactions, OAuth2.
 */
import { isUtf8 } from 'node:buffer';
import { byteAt, OPEN_BRACE, OPEN_BRACKET, skipSpace, skipValue, TOO_DEEP } from '../../wire/json/grammar.js';
import { escapedOnce, walkPath } from '../rest-path.js';
import { completeJson, wordStart } from './cut-json.js';
import { decodeField, mapFields } from './fields.js';
import type { Redactor } from './redact.js';

/** The segment after an id of one of these is a token. */
const TOKEN_AFTER_ID: ReadonlySet<string> = new Set(['webhooks', 'interactions']);
const CODE_AFTER: ReadonlySet<string> = new Set(['invites', 'gift-codes']);
const ID = /^\d{1,20}$/;
const FORM = /^application\/x-www-form-urlencoded\b/i;
/** Text that is certainly a form: names and values without a space. */
const LOOKS_LIKE_FORM = /^[\w%.+*~[\]-]{1,64}=[^\s<>"{}]*$/;
/** A URL with its scheme. */
const ABSOLUTE = /^[a-z][a-z0-9+.-]{0,30}:\/\//i;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** Path and query without their secrets. */
export function redactPath(path: string, redactor: Redactor): string {
  if (redactor.isOff) return path;
  const url = ABSOLUTE.test(path) ? redactor.url(path) : path;
  const [bare = ''] = url.split(/[?#]/, 1);
  const rest = url.slice(bare.length);
  return redactor.text(redactSegments(escapedOnce(bare), redactor) + redactFields(rest, redactor));
}

/** A path without the segments that are secret by position, for any spelling of the path. */
function redactSegments(path: string, redactor: Redactor): string {
  let redacted = '';
  let at = 0;
  walkPath(path, ({ start, end, name }, way) => {
    if (!isSecretAfter(way) || name === '.' || name === '..') return;
    redacted += path.slice(at, start) + redactor.secret(name);
    at = end;
  });
  return redacted + path.slice(at);
}

function isSecretAfter(way: readonly string[]): boolean {
  const [holder = '', last = ''] = way.slice(-2);
  return (TOKEN_AFTER_ID.has(holder) && ID.test(last)) || CODE_AFTER.has(way.at(-1) ?? '');
}

/** A REST body and its facts. */
export interface RestBody {
  /** In UTF-8. */
  readonly text: Uint8Array;
  readonly route: string;
  /** Its content type, or an empty string. */
  readonly type: string;
  /** Whether its end is missing. */
  readonly isCut: boolean;
}

/** Text of a form (`a=1&token=x`) without its secrets. */
export function redactForm(text: string, redactor: Redactor): string {
  return redactor.isOff ? text : redactor.text(redactFields(text, redactor));
}

/** Body of a call without its secrets, or null if they cannot be removed. */
export function redactBody({ text, route, type, isCut }: RestBody, redactor: Redactor): Uint8Array | null {
  if (redactor.isOff) return text;
  const body = Buffer.from(text.buffer, text.byteOffset, text.length);
  if (body.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)) {
    const marked = redactBody({ text: body.subarray(BYTE_ORDER_MARK.length), route, type, isCut }, redactor);
    return marked === null ? null : Buffer.concat([BYTE_ORDER_MARK, marked]);
  }
  const start = skipSpace(body, 0);
  const end = skipValue(body, start, null);
  if (end > 0 && skipSpace(body, end) === body.length) return redactor.json(body, route);
  if (end === TOO_DEEP) return null;
  const first = byteAt(body, start);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return redactBrokenJson(body, route, redactor);
  const whole = (isCut ? body.subarray(0, wordStart(body, 0)) : body).toString();
  const isForm = FORM.test(type) || LOOKS_LIKE_FORM.test(whole);
  return Buffer.from(isForm ? redactForm(whole, redactor) : redactor.text(whole));
}

/** Redacts invalid JSON: the complete part of truncated text, or several texts in a row; else null. */
function redactBrokenJson(body: Buffer, route: string, redactor: Redactor): Uint8Array | null {
  const completed = completeJson(body);
  if (completed === null) return null;
  const { text, closers } = completed;
  const end = skipValue(text, skipSpace(text, 0), null);
  if (end < 0 || skipSpace(text, end) !== text.length || !isUtf8(text)) return null;
  const redacted = redactor.json(text, route);
  return redacted.subarray(0, redacted.length - closers.length);
}

function redactFields(text: string, redactor: Redactor): string {
  return mapFields(text, ({ name, value }) => {
    const plain = decodeField(value);
    const masked = redactor.field(name, plain);
    if (masked !== null) return masked;
    // A secret behind escapes, such as a webhook URL, is not found by a search of the text.
    const bare = redactValue(plain, value, redactor);
    return bare === plain ? null : encodeURIComponent(bare);
  });
}

/** A value of a field, decoded and as it is written, without secrets; JSON and URLs in it are such. */
function redactValue(plain: string, value: string, redactor: Redactor): string {
  if (/^\s*[{[]/.test(plain)) {
    const body = { text: Buffer.from(plain), route: '', type: '', isCut: false };
    return Buffer.from(redactBody(body, redactor) ?? []).toString();
  }
  if (ABSOLUTE.test(plain)) return redactor.text(redactor.url(plain));
  return value.includes('%') ? redactor.text(plain) : plain;
}
