/**
 * Every scanner that meets foreign text takes linear time, whatever the text: 16 times as much of it takes nothing like
 * 256 times as long. Times are the processor's and the best of several tries, and the limit is generous: only the order of
 * growth counts.
 */
import { expect, it } from 'vitest';
import { keepBody } from '../../../src/capture/exchange-body.js';
import { readFields } from '../../../src/gateway/redact/fields.js';
import { Redactor } from '../../../src/gateway/redact/redact.js';
import { redactBody, redactForm } from '../../../src/gateway/redact/rest-body.js';
import { maskUrl } from '../../../src/gateway/redact/url.js';
import { withoutSecrets } from '../../../src/replay/tape/free-text.js';
import { mapLeaves } from '../../../src/replay/tape/json-leaves.js';
import { findLeaks } from '../../../src/replay/tape/leaks.js';

const SMALL_BYTES = 65_536;
const GROWTH = 16;
/** Between linear, 16, and quadratic, 256. */
const MAX_RATIO = 80;
const TRIES = 3;

const placeholder = (): string => 'redacted:0123456789abcdef';
const TOKEN = ['MTk4NjIyNDgzNDcxOTI1MjQ4', 'Cl2FMQ', 'ZnCjm1XVW7vRze4b7Cq4se7kKWs'].join('.');

function newRedactor(): Redactor {
  const redactor = new Redactor({ redaction: 'personal', placeholder });
  // Values that begin alike, that end alike, and one that repeats itself.
  const prefix = ['aW50ZXJhY3Rpb246', 'MTIzNDU2Nzg5'].join('');
  redactor.learn(Array.from({ length: 300 }, (_, n) => `${prefix}${n}`));
  redactor.learn(Array.from({ length: 300 }, (_, n) => `${n}${'z'.repeat(40)}`));
  redactor.learn([TOKEN, 'ab'.repeat(1000), `${'ab'.repeat(1000)}x`, 'a'.repeat(64), 'shorties']);
  return redactor;
}

/** What texts are made of: repeated beginnings, nested quotes, escapes, boundaries; the first ones for every scanner. */
const UNITS: readonly string[] = ['z', '.', '?token', 'token="', TOKEN.slice(0, 40)];
const MORE: Readonly<Record<string, readonly string[]>> = {
  payloads: ['%25', '\\n', '/webhooks/1/..', 'aW50ZXJhY3Rpb246MTIzNDU2Nzg5', 'aW50ZXJhY3Rpb246', '$', '$2b$'],
  texts: ['\\', '/webhooks/1/..', 'https://a@', '$2b$', 'eyJ.'],
  bytes: ['\\', '{"a":', 'aW50ZXJhY3Rpb246MTIzNDU2Nzg5'],
  bodies: ['{"a":', '$2b$', 'eyJ.'],
  'cut JSON': ['\\', '{"a":', '[1,', '\\\\"'],
  forms: ['&token=', '%25', 'eyJ.'],
  fields: ['&token=', '%25'],
  URLs: ['&token=', '%25', 'https://a@', '/webhooks/1/..'],
  'multipart bodies': ['\r\n--b'],
  'nets of tapes': ['x@a.', 'eyJ.'],
  'leaves of tapes': ['ab'],
  leaks: ['\\', 'x@a.', 'eyJ.'],
};

const redactor = newRedactor();
const buffer = (text: string): Buffer => Buffer.from(text);
const body = (text: string, type: string): unknown =>
  redactBody({ text: buffer(text), route: '/auth/login', type, isCut: true }, redactor);

/** Scanners by name; each takes a text as a peer may send it. */
const SCANNERS: Readonly<Record<string, (text: string) => unknown>> = {
  payloads: (text) => {
    const bytes = buffer(JSON.stringify({ op: 0, t: 'X', d: { url: text, x: [text] } }));
    return redactor.body({ op: 0, t: 'X', bytes, hasSecretKey: true });
  },
  texts: (text) => redactor.text(text),
  bytes: (text) => redactor.raw(buffer(text)),
  bodies: (text) => body(text, ''),
  'cut JSON': (text) => body(`{"a":"${text}`, 'application/json'),
  forms: (text) => redactForm(text, redactor),
  fields: (text) => [...readFields(text)].length,
  URLs: (text) => maskUrl(text, placeholder),
  'multipart bodies': (text) => {
    const bytes = buffer(`--b${text}\r\n\r\n`);
    const contentType = 'multipart/form-data; boundary=b';
    return keepBody({ contentType, contentEncoding: null, bytes, wireBytes: bytes.length }, 1 << 22);
  },
  'nets of tapes': (text) => withoutSecrets(text, placeholder),
  'leaves of tapes': (text) =>
    mapLeaves(JSON.stringify([text]), {
      string: (value) => value,
      key: (name) => name,
      number: (n) => n,
      cover: () => null,
    }),
  leaks: (text) => [...findLeaks(text.split('\n'))].length,
};

/** Time of the processor, which does not pass while other processes have it. */
function cpuMs(scan: (text: string) => unknown, text: string): number {
  const from = process.cpuUsage();
  scan(text);
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1000;
}

it.each(Object.entries(SCANNERS))('%s are scanned in linear time', { timeout: 60_000 }, (name, scan) => {
  const slow = [...UNITS, ...(MORE[name] ?? [])].filter((unit) => {
    const text = unit.repeat(Math.ceil(SMALL_BYTES / unit.length));
    const smallMs = Math.max(Math.min(cpuMs(scan, text), cpuMs(scan, text)), 2);
    for (let n = 0; n < TRIES; n += 1)
      if (cpuMs(scan, text.repeat(GROWTH)) < smallMs * MAX_RATIO) return false;
    return true;
  });
  expect(slow).toEqual([]);
});
