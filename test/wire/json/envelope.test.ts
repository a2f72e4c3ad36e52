/** Envelopes out of JSON text; JSON.parse is the referee. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_JSON_DEPTH } from '../../../src/wire/json/grammar.js';
import { scanEnvelope } from '../../../src/wire/json/envelope.js';
import { JsonKeys } from '../../../src/wire/json/keys.js';
import { damagedJsonText, jsonText } from '../../support/json-texts.js';

const scan = (text: string): ReturnType<typeof scanEnvelope> => scanEnvelope(Buffer.from(text));

/** What a decoder that parses would say of the same bytes. */
function parsedEnvelope(bytes: Uint8Array): unknown {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return 'not_json';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'not_object';
  const { op, s, t, d } = value as Record<string, unknown>;
  if (!Number.isSafeInteger(op)) return 'not_object';
  return { op, s: Number.isSafeInteger(s) ? s : null, t: typeof t === 'string' ? t : null, d };
}

function scannedEnvelope(bytes: Uint8Array): unknown {
  const envelope = scanEnvelope(bytes);
  if (typeof envelope === 'string') return envelope;
  const { op, s, t, dStart, dEnd } = envelope;
  const d: unknown = dEnd > 0 ? JSON.parse(Buffer.from(bytes.subarray(dStart, dEnd)).toString()) : undefined;
  return { op, s, t, d };
}

describe('scanEnvelope', () => {
  it('reads op, s, t and the position of d', () => {
    const text = '{"t":"MESSAGE_CREATE","s":42,"op":0,"d":{"id":"1"}}';
    const envelope = scan(text);
    expect(envelope).toEqual({ op: 0, s: 42, t: 'MESSAGE_CREATE', dStart: 40, dEnd: 50 });
    expect(text.slice(40, 50)).toBe('{"id":"1"}');
  });

  it.each([
    ['{"op":10}', { op: 10, s: null, t: null, dStart: 0, dEnd: 0 }],
    [' { "d" : null , "op" : 11 } \n', { op: 11, s: null, t: null, dStart: 9, dEnd: 13 }],
    ['{"op":1,"op":2,"d":1,"d":[]}', { op: 2, s: null, t: null, dStart: 25, dEnd: 27 }],
    ['{"op":1,"s":"5","t":5}', { op: 1, s: null, t: null, dStart: 0, dEnd: 0 }],
    ['{"\\u006f\\u0070":3,"t":"\\u00e9"}', { op: 3, s: null, t: 'é', dStart: 0, dEnd: 0 }],
    ['{"op":1e1,"s":2.0}', { op: 10, s: 2, t: null, dStart: 0, dEnd: 0 }],
    ['{"op":0,"s":9007199254740991,"t":"👋"}', { op: 0, s: 9007199254740991, t: '👋', dStart: 0, dEnd: 0 }],
    ['{"op":0,"s":9007199254740993}', { op: 0, s: null, t: null, dStart: 0, dEnd: 0 }],
    ['{"op":"0"}', 'not_object'],
    ['{"op":1.5}', 'not_object'],
    ['{"op":1,"op":null}', 'not_object'],
    ['{"d":{"op":1}}', 'not_object'],
    ['[{"op":1}]', 'not_object'],
    ['"op"', 'not_object'],
    ['', 'not_json'],
    ['{"op":1}{"op":1}', 'not_json'],
    ['{"op":1,}', 'not_json'],
    ['{"op":01}', 'not_json'],
    ['{"op":1', 'not_json'],
    ['{"op" 1}', 'not_json'],
    ['{op:1}', 'not_json'],
    ['\ufeff{"op":1}', 'not_json'],
  ])('reads %s', (text, expected) => {
    expect(scan(text)).toEqual(expected);
  });

  it('bounds the depth of nesting', () => {
    const nested = (depth: number): string => `{"op":0,"d":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    expect(scan(nested(MAX_JSON_DEPTH))).toMatchObject({ op: 0 });
    expect(scan(nested(MAX_JSON_DEPTH + 1))).toBe('too_complex');
    expect(scan('['.repeat(MAX_JSON_DEPTH + 1))).toBe('too_complex');
    expect(scan('['.repeat(1_000_000))).toBe('too_complex');
  });

  it('agrees with JSON.parse on valid and on damaged texts', () => {
    fc.assert(
      fc.property(fc.oneof(jsonText, damagedJsonText), (text) => {
        const bytes = Buffer.from(text);
        expect(scannedEnvelope(bytes)).toEqual(parsedEnvelope(bytes));
      }),
      { numRuns: 3000 },
    );
  });

  it('agrees with JSON.parse on payloads with anything in them', () => {
    const member = fc.tuple(
      fc.constantFrom(
        '"op"',
        '"s"',
        '"t"',
        '"d"',
        '"x"',
        '"xp"',
        '"oo"',
        '"open"',
        '"\\u0073"',
        '"\\u0074"',
        '"\\u0064"',
        '"\\u006fp"',
      ),
      jsonText,
    );
    fc.assert(
      fc.property(fc.array(member, { maxLength: 6 }), (members) => {
        const bytes = Buffer.from(`{"op":0${members.map(([key, value]) => `,${key}:${value}`).join('')}}`);
        expect(scannedEnvelope(bytes)).toEqual(parsedEnvelope(bytes));
      }),
      { numRuns: 1000 },
    );
  });

  it('agrees with JSON.parse on arbitrary bytes', () => {
    const letters = fc.constantFrom(...Buffer.from('{}[]:,"\\u0aE+-.5 \n\x00\x1f\x80\xff tfn', 'latin1'));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.array(letters).map((list) => Uint8Array.from(list)),
        ),
        (bytes) => {
          expect(scannedEnvelope(bytes)).toEqual(parsedEnvelope(bytes));
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('JsonKeys', () => {
  const hasSeen = (names: string[], text: string): boolean => {
    const keys = new JsonKeys(names);
    scanEnvelope(Buffer.from(text), keys);
    return keys.hasSeen;
  };

  it.each([
    ['{"op":2,"d":{"token":"x"}}', true],
    ['{"op":2,"token":"x"}', true],
    ['{"op":2,"d":[[{"a":{"auth_token":null}}]]}', true],
    ['{"op":2,"d":{ "ip" :1}}', true],
    ['{"op":2,"d":{"id":1,"ip":1}}', true],
    ['{"op":2,"d":{"tok\\u0065n":"x"}}', true],
    ['{"op":2,"d":{"x":"\\n","token":"x"}}', true],
    ['{"op":2,"d":"token","t":"token"}', false],
    ['{"op":2,"d":{"tokens":1,"toke":1,"Token":1}}', true],
    ['{"op":2,"d":{"tip":1,"ipp":1,"i":1,"":1}}', false],
    ['{"op":2,"d":{"broken":1}}', false],
    ['{"op":2,"d":{"content":"tok\\u0065n"}}', false],
  ])('looks for "*token" and "ip" in %s', (text, expected) => {
    expect(hasSeen(['*token', 'ip'], text)).toBe(expected);
  });

  it.each(['{', ',', ' ', '\n', '\r', '\t'])('sees a key of two letters behind %j', (before) => {
    const members = before === '{' ? '' : `"a":1,${before === ',' ? '' : before}`;
    expect(hasSeen(['ip'], `{"op":2,"d":{${members}"ip":1}}`)).toBe(true);
  });

  it('sees a key in any mixture of upper and lower case', () => {
    const key = fc.mixedCase(fc.constantFrom('ip', 'token', 'auth_token', 'session_id'));
    fc.assert(
      fc.property(key, (name) => {
        expect(hasSeen(['*token', 'ip', 'session_id'], JSON.stringify({ op: 2, d: { [name]: 1 } }))).toBe(
          true,
        );
      }),
    );
  });

  it('agrees with JSON.parse on which keys a text has, but for keys with escapes', () => {
    const isMember = (key: string): boolean => key === 'ip' || key === 'session_id' || key.endsWith('token');
    const keyOf = fc.constantFrom(
      'ip',
      'tip',
      'id',
      'session_id',
      'guild_id',
      'token',
      'access_token',
      'tokens',
      'é',
      's',
    );
    fc.assert(
      fc.property(
        fc.dictionary(keyOf, fc.dictionary(keyOf, fc.array(fc.dictionary(keyOf, fc.nat())))),
        (d) => {
          const text = JSON.stringify({ op: 0, d });
          let expected = false;
          JSON.parse(text, (key, value: unknown) => {
            expected ||= isMember(key);
            return value;
          });
          expect(hasSeen(['ip', 'session_id', '*token'], text)).toBe(expected);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('can be reset', () => {
    const keys = new JsonKeys(['token']);
    scanEnvelope(Buffer.from('{"op":2,"token":1}'), keys);
    keys.hasSeen = false;
    scanEnvelope(Buffer.from('{"op":2,"d":1}'), keys);
    expect(keys.hasSeen).toBe(false);
  });
});
