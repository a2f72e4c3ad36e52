/**
 * Redaction of REST: secrets in paths and in bodies of every kind, before they are written anywhere.
 *
 * What the path says is secret by its place: tokens of webhooks and interactions, codes, telling parameters. JSON goes
 * through the gateway's redactor, forms by the names of their fields, and any other text by value and by shape.
 * Source: Discord Docs/Webhook Resource, Receiving and Responding to Interactions, OAuth2; RFC 6749 section 4.
 */
import { escapedOnce, walkPath } from '../rest-path.js';
import type { Redactor } from './redact.js';

/** What follows an id of one of these is a token. */
const TOKEN_AFTER_ID: ReadonlySet<string> = new Set(['webhooks', 'interactions']);
const CODE_AFTER: ReadonlySet<string> = new Set(['invites', 'gift-codes']);
const ID = /^\d{1,20}$/;
const PARAMETER = /(^\??|&)([^=&#]*)=([^&#]*)/g;
/** Fields that are secret in a form or a query, though not in JSON, besides those that are secret anywhere. */
const SECRET_FIELDS: ReadonlySet<string> = new Set(['code', 'code_verifier', 'assertion', 'ticket', 'key']);
/** Routes whose bodies are credentials through and through. */
const CREDENTIAL_ROUTE = /^\/(?:auth|oauth2\/token|users\/@me\/mfa|mfa)(?:\/|$)/;

/** Path and query without their secrets. */
export function redactPath(path: string, redactor: Redactor): string {
  if (redactor.isOff) return path;
  const [bare = ''] = path.split(/[?#]/, 1);
  const rest = path.slice(bare.length);
  return redactor.text(redactSegments(escapedOnce(bare), redactor) + redactFields(rest, redactor));
}

/** A path without the segments that are secret by where they stand, on whatever way the path leads there. */
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

/** Text of a form (`a=1&token=x`) without its secrets. */
export function redactForm(text: string, redactor: Redactor): string {
  return redactor.isOff ? text : redactor.text(redactFields(text, redactor));
}

/** Body of a call on `route`, in UTF-8, without its secrets; `type` is its content type. */
export function redactBody(body: Uint8Array, route: string, type: string, redactor: Redactor): Uint8Array {
  if (redactor.isOff) return body;
  if (isJson(body)) return redactor.json(body, CREDENTIAL_ROUTE.test(route));
  const text = Buffer.from(body.buffer, body.byteOffset, body.length).toString();
  const isForm = type.startsWith('application/x-www-form-urlencoded');
  return Buffer.from(isForm ? redactForm(text, redactor) : redactor.text(text));
}

function redactFields(text: string, redactor: Redactor): string {
  return text.replace(PARAMETER, (field, before: string, name: string, value: string) => {
    const key = decoded(name);
    const plain = decoded(value);
    const isSecret = value !== '' && (SECRET_FIELDS.has(key) || redactor.isSecretKey(key));
    if (isSecret) return `${before}${name}=${redactor.secret(plain)}`;
    // What stands behind escapes, such as the URL of a webhook, is not found by whoever searches the text.
    const bare = value.includes('%') ? redactor.text(plain) : plain;
    return bare === plain ? field : `${before}${name}=${encodeURIComponent(bare)}`;
  });
}

/** A name or value of a form as it was meant; as it stands where its escapes are broken. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

function isJson(body: Uint8Array): boolean {
  try {
    JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.length).toString());
    return true;
  } catch {
    return false;
  }
}
