/** Keys of ETF maps that are lists of bytes mean what the string does, and none hides a secret in its base64. */
import { describe, expect, it } from 'vitest';
import { DecodedPayload } from '../../../src/gateway/decode/decoded.js';
import { PayloadDecoder } from '../../../src/gateway/decode/decoder.js';
import { Redactor } from '../../../src/gateway/redact/redact.js';
import { hasTermKey, readTermKey, readTermName } from '../../../src/gateway/redact/term-keys.js';
import { placeholder } from '../../support/capture-playbook.js';

const SECRET = ['hunter', 'two-and', 'more'].join('-');
// In parts, so that no scanner takes this made-up token for a leaked one.
const TOKEN = ['MTk4NjIyNDgzNDcxOTI1MjQ4', 'Cl2FMQ', 'ZnCjm1XVW7vRze4b7Cq4se7kKWs'].join('.');

const head = (tag: number, count: number): Buffer => {
  const bytes = Buffer.alloc(5, tag);
  bytes.writeUInt32BE(count, 1);
  return bytes;
};
const atom = (text: string): Buffer => Buffer.concat([Buffer.of(119, text.length), Buffer.from(text)]);
const binary = (text: string): Buffer => Buffer.concat([head(109, text.length), Buffer.from(text)]);
const string = (text: string): Buffer => Buffer.concat([Buffer.of(107, 0, text.length), Buffer.from(text)]);
const list = (text: string): Buffer =>
  Buffer.concat([
    head(108, text.length),
    ...Array.from(text, (c) => Buffer.of(97, c.charCodeAt(0))),
    Buffer.of(106),
  ]);
const tuple = (...terms: Buffer[]): Buffer => Buffer.concat([Buffer.of(104, terms.length), ...terms]);
const map = (...terms: Buffer[]): Buffer => Buffer.concat([head(116, terms.length / 2), ...terms]);

/** Projection and document of op 3 with `d`, as they are recorded. */
function recorded(redactor: Redactor, d: Buffer): { readonly json: string; readonly etf: Buffer | null } {
  const decoder = new PayloadDecoder({
    sender: 'client',
    transport: { version: 10, encoding: 'etf', compress: 'none' },
    extensions: null,
    maxPayloadBytes: 1e6,
    secretKeys: redactor.secretKeys,
  });
  const data = Buffer.concat([Buffer.of(131), map(atom('op'), Buffer.of(97, 3), atom('d'), d)]);
  const [payload] = decoder.push({
    kind: 'binary',
    data,
    wireBytes: data.length,
    isDeflated: false,
    error: null,
  });
  if (!(payload instanceof DecodedPayload)) throw new Error('not a payload');
  const body = redactor.body(payload);
  const etf = redactor.etf(payload, body);
  return { json: Buffer.from(body).toString(), etf: etf && Buffer.from(etf) };
}

const newRedactor = (): Redactor => new Redactor({ redaction: 'secrets', placeholder });
/** Everything in a text, and in the base64 in it. */
const unfolded = (text: string): string =>
  text +
  [...text.matchAll(/[\w+/]{8,}={0,2}/g)]
    .map(([run]) => Buffer.from(run, 'base64').toString('latin1'))
    .join(' ');

describe('a key that is a list of bytes', () => {
  it.each([
    ['a string', string('password')],
    ['a list', list('password')],
  ])('means what the string does: %s', (_, key) => {
    const { json, etf } = recorded(newRedactor(), map(key, binary(SECRET), atom('n'), Buffer.of(97, 1)));
    expect(json).toContain(placeholder(SECRET));
    expect(json).not.toContain(SECRET);
    expect(etf?.includes(SECRET)).not.toBe(true);
  });

  it('leaves other keys alone', () => {
    const { json } = recorded(
      newRedactor(),
      map(string('content'), binary('hello'), tuple(atom('a')), binary('b')),
    );
    expect(Object.values((JSON.parse(json) as { d: object }).d)).toEqual(['hello', 'b']);
    expect(Object.keys((JSON.parse(json) as { d: object }).d).every((key) => readTermKey(key) !== null)).toBe(
      true,
    );
  });
});

describe('a key that is a term', () => {
  it.each([
    ['a tuple', tuple(binary(TOKEN), Buffer.of(97, 1))],
    ['a string', string(TOKEN)],
    ['a list', list(TOKEN)],
    ['a map', map(atom('a'), binary(TOKEN))],
  ])('does not hide a token: %s', (_, key) => {
    const redactor = newRedactor();
    redactor.learn([TOKEN]);
    const { json, etf } = recorded(redactor, map(key, binary('x')));
    expect(unfolded(json)).not.toContain(TOKEN.slice(-20));
    expect(etf).toBeNull();
  });
});

it('reads names of lists only', () => {
  const document = (term: Buffer): Buffer => Buffer.concat([Buffer.of(131), term]);
  expect(
    [string('token'), list('token'), tuple(atom('token')), head(108, 9)].map((term) =>
      readTermName(document(term)),
    ),
  ).toEqual(['token', 'token', '', '']);
  expect([
    readTermKey('token'),
    hasTermKey(Buffer.from('{"$etf":1}')),
    hasTermKey(Buffer.from('{"$etf:g2o=":1}')),
  ]).toEqual([null, false, true]);
});

it('a key that is longer than any name, or no list of bytes, is not read as a name', () => {
  const name = (text: string): Buffer => Buffer.concat([Buffer.of(131), string(text)]);
  expect(readTermName(name('token'))).toBe('token');
  expect(readTermName(name('\0\xff'))).toBe(Buffer.of(0, 255).toString());
  expect(readTermName(name('t'.repeat(252)))).toBe('t'.repeat(252));
  expect(readTermName(name('t'.repeat(253)))).toBe('');
  expect(readTermName(Buffer.concat([Buffer.of(131), atom('token')]))).toBe('');
  expect(readTermName(Buffer.of(131))).toBe('');
  const numbers = (...terms: Buffer[]): Buffer =>
    Buffer.concat([Buffer.of(131), head(108, terms.length), ...terms, Buffer.of(106)]);
  const integer = (value: number): Buffer => {
    const bytes = Buffer.alloc(5, 98);
    bytes.writeInt32BE(value, 1);
    return bytes;
  };
  expect(readTermName(numbers(integer(0), integer(255)))).toBe(Buffer.of(0, 255).toString());
  for (const value of [-1, 256]) expect(readTermName(numbers(Buffer.of(97, 65), integer(value)))).toBe('');
  const half = Buffer.alloc(9, 70);
  half.writeDoubleBE(0.5, 1);
  expect(readTermName(numbers(half))).toBe('');
  expect(readTermName(numbers(binary('token')))).toBe('');
});
