/** What looks like a secret goes, whole or cut; what does not stays. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scrubBytes, scrubText } from '../../../src/gateway/redact/scrub.js';

// In parts, so that no scanner takes this made-up token for a leaked one.
const TOKEN = ['MTk4NjIyNDgzNDcxOTI1MjQ4', 'Cl2FMQ', 'ZnCjm1XVW7vRze4b7Cq4se7kKWs'].join('.');
const placeholder = (): string => 'redacted:0123456789abcdef';
const P = placeholder();
const scrub = (text: string): string =>
  Buffer.from(scrubBytes(Buffer.from(text, 'latin1'), placeholder)).toString('latin1');

describe('scrubBytes', () => {
  it.each([
    [`{"op":2,"d":{"token":"${TOKEN}","x":1}`, `{"op":2,"d":{"token":"${P}","x":1}`],
    [`{"op":2,"d":{"token":"MTk4`, `{"op":2,"d":{"token":"${P}`],
    ['{"token" : "Bot abc', `{"token" : "Bot ${P}`],
    ['{"op":"pending_login","ticket":"abc"}', `{"op":"pending_login","ticket":"${P}"}`],
    [
      '{"op":"pending_remote_init","fingerprint":"a_B1"}',
      `{"op":"pending_remote_init","fingerprint":"${P}"}`,
    ],
    ['{"cmd":"AUTHORIZE","data":{"code":"ab1"}}', `{"cmd":"AUTHORIZE","data":{"code":"${P}"}}`],
    ['{"code":4004,"postcode":"12"}', '{"code":4004,"postcode":"12"}'],
    ['{"session_id":"short"}', `{"session_id":"${P}"}`],
    [String.raw`{\"token\":\"ab\u0063\",\"y\":1}`, String.raw`{\"token\":\"${P}\",\"y\":1}`],
    [String.raw`{"password":"a\"b c","x":1`, `{"password":"${P}","x":1`],
    [String.raw`{"password":"\"b c`, `{"password":"${P}`],
    [String.raw`{"password":"a\\","x":"y z"}`, `{"password":"${P}","x":"y z"}`],
    [String.raw`{"password":"a\"b \"token\":\"c","x":1`, `{"password":"${P}","x":1`],
    // Arrays and objects are one value each, however their strings are quoted, and to the end where they are cut.
    ['{"password":["hunter two",{"a":"]"}],"x":"y z"', `{"password":"${P}","x":"y z"`],
    ['{"token" : {"value":"ab","n":7}}x', `{"token" : "${P}"}x`],
    ['{"d":{"secret":{"a":[1,"b', `{"d":{"secret":"${P}"`],
    [String.raw`{"token":["a\"]b"],"y":1}`, String.raw`{"token":"${P}","y":1}`],
    [String.raw`{"token":["a]\\"],"y":1}`, String.raw`{"token":"${P}","y":1}`],
    [String.raw`{\"token\":[\"a]\\\\\"],\"y\":1}`, String.raw`{\"token\":\"${P}\",\"y\":1}`],
    [`{'token': ['ab', 'cd'], 'x': 1}`, `{'token': '${P}', 'x': 1}`],
    [`{'password': 'ab cd', 'x': 1}`, `{'password': '${P}', 'x': 1}`],
    ['token=[ab,cd]&x=1', `token=${P}&x=1`],
    ['\x83t\0\0\0\x01m\0\0\0\x05tokenk\0\x03abc!', `\x83t\0\0\0\x01m\0\0\0\x05tokenk\0\x03${P}!`],
    ['\x83w\x05tokenl\0\0\0\x02ahaij', `\x83w\x05token${P}`],
    ['GET /?token=abc&x=1', `GET /?token=${P}&x=1`],
    ['Authorization: Bearer abc.def', `Authorization: Bearer ${P}`],
    ['\x83t\0\0\0\x01m\0\0\0\x05tokenm\0\0\0\x03abc!', `\x83t\0\0\0\x01m\0\0\0\x05tokenm\0\0\0\x03${P}!`],
    ['\x83m\0\0\0\x05tokenm\0\0\0\x48cut', `\x83m\0\0\0\x05tokenm\0\0\0\x48${P}`],
    [`x ${TOKEN} y`, `x ${P} y`],
    [`x ${TOKEN.slice(0, 30)}`, `x ${P}`],
    ['mfa.VkO_2G4Qv3T-_-WOjT', P],
    ['4f1b9c0de5a24c6f8b7d3e2a1c0f9e8d', P],
  ])('masks %j', (text, expected) => {
    expect(scrub(text)).toBe(expected);
  });

  it.each([
    '',
    '{"op":1,"d":251}',
    '12345678901234567890123',
    'a sentence of words, without a secret',
    'gateway.discord.gg',
    'gateway-us-east1-b.discord.gg',
    'internationalization-of-identifiers',
    `{"token":"${P}"}`,
    `{"token":["${P}",0,{"value":"${P}","n":null}]}`,
    'tokens, passwords and a token list',
    `"${P}"`,
    '\x83m\0\0\0\x05tok',
  ])('leaves %j, as the very same bytes', (text) => {
    const bytes = Buffer.from(text, 'latin1');
    expect(scrubBytes(bytes, placeholder)).toBe(bytes);
  });

  it('keeps every other byte of arbitrary data', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const scrubbed = Buffer.from(scrubBytes(bytes, () => '')).toString('latin1');
        expect(Buffer.from(bytes).toString('latin1').length).toBeGreaterThanOrEqual(scrubbed.length);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    'a',
    '0',
    '.',
    '-',
    'token',
    'token:',
    'token:[',
    '"token":["',
    "token:['",
    'token:[]',
    '\\',
    '"',
    'token"\\',
    'a.',
    'tokenm\0\0\0\0',
  ])('takes linear time over a megabyte of %j', (unit) => {
    const bytes = Buffer.from(unit.repeat(Math.ceil(1_000_000 / unit.length)), 'latin1');
    expect(scrubBytes(bytes, placeholder).length).toBeGreaterThan(0);
  });

  it.each(['', '"token":"', '"token":"\\n'])('takes a run of 20 MB behind %j', (start) => {
    const bytes = Buffer.concat([Buffer.from(start), Buffer.alloc(20_000_000, 'a1')]);
    const scrubbed = scrub(bytes.toString('latin1'));
    expect(scrubbed).toBe(start.slice(0, '"token":"'.length) + P);
  });
});

describe('scrubText', () => {
  it.each([
    [`invalid token ${TOKEN}`, `invalid token ${P}`],
    ['/?v=10&token=abc', `/?v=10&token=${P}`],
  ])('masks %j', (text, expected) => {
    expect(scrubText(text, placeholder)).toBe(expected);
  });

  it.each([
    '/r/gateway-us-central1-abc123.discord.gg?v=10&encoding=json&compress=zlib-stream',
    'DiscordBot (https://github.com/discord-jda/JDA, 5.0.0-beta.24)',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36',
    'Session timed out.',
    'Ungültig é',
  ])('leaves %j', (text) => {
    expect(scrubText(text, placeholder)).toBe(text);
  });
});

it.each([
  [`mfa.${'a1'.repeat(10)}`, P],
  [`mfa.${'a1'.repeat(9)}a`, `mfa.${'a1'.repeat(9)}a`],
  [`mfa.${'a1'.repeat(10)}.x`, `mfa.${'a1'.repeat(10)}.x`],
  [`${'1'.repeat(18)}.abcde.${'a1'.repeat(10)}`, P],
  [`${'1'.repeat(17)}.abcde.${'a1'.repeat(10)}`, `${'1'.repeat(17)}.abcde.${'a1'.repeat(10)}`],
  [`${'1'.repeat(18)}.abcd.${'a1'.repeat(10)}`, `${'1'.repeat(18)}.abcd.${'a1'.repeat(10)}`],
  [`${'1'.repeat(18)}.abcde.${'a1'.repeat(9)}a`, `${'1'.repeat(18)}.abcde.${'a1'.repeat(9)}a`],
  [`${'1'.repeat(18)}.abcde.${'a1'.repeat(10)}.x`, `${'1'.repeat(18)}.abcde.${'a1'.repeat(10)}.x`],
  ['an.example.of.a.host.with.many.parts', 'an.example.of.a.host.with.many.parts'],
])('a text keeps names of hosts, and loses the token of a second factor: %s', (text, expected) => {
  expect(scrubText(text, placeholder)).toBe(expected);
});

it.each([`token=${P}&x=1`, `{"token":"${P}","password":"","x":1}`, String.raw`{\"token\":\"${P}\"}`])(
  'a placeholder after a key stays, and so does an empty text: %s',
  (text) => {
    expect(scrubText(text, () => 'masked again')).toBe(text);
  },
);

it('the escaped text of a secret that is cut ends with the text', () => {
  expect(scrub(String.raw`{\"token\":\"ab cd`)).toBe(String.raw`{\"token\":\"${P}`);
});

it('a value of ETF within another is masked with it', () => {
  const inner = 'tokenm\0\0\0\x03abc';
  expect(scrub(`\x83tokenm\0\0\0\x0d${inner}!`)).toBe(`\x83tokenm\0\0\0\x0d${P}!`);
});
