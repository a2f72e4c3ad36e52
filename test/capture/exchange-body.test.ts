import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { keepBody, type TappedBody } from '../../src/capture/exchange-body.js';

const kept = (
  bytes: Uint8Array | string,
  changes: Partial<TappedBody> = {},
): readonly [string | null, boolean] => {
  const whole = Buffer.from(bytes as string);
  const body = {
    contentType: null,
    contentEncoding: null,
    bytes: whole,
    wireBytes: whole.length,
    ...changes,
  };
  const { text, isCut } = keepBody(body, 100);
  return [text === null ? null : Buffer.from(text).toString(), isCut];
};

it.each([
  ['text', 'Zoë', {}, 'Zoë', false],
  ['nothing', '', {}, null, false],
  ['nothing tapped', '', { wireBytes: 9 }, null, true],
  ['a character cut in two', Buffer.from('aë').subarray(0, 2), { wireBytes: 3 }, 'a', true],
  ['no UTF-8', Uint8Array.of(0xff, 1), {}, null, false],
  ['NUL', 'a\0', {}, null, false],
  ['a picture', 'abc', { contentType: 'image/png' }, null, false],
  ['gzip', gzipSync('abc'), { contentEncoding: 'gzip' }, 'abc', false],
  ['gzip that was cut', gzipSync('abc'), { contentEncoding: 'gzip', wireBytes: 999 }, null, true],
  ['gzip of too much', gzipSync('a'.repeat(200)), { contentEncoding: 'gzip' }, null, true],
  ['gzip of nothing', gzipSync(''), { contentEncoding: 'gzip' }, null, false],
  ['one byte', '1', {}, '1', false],
  ['broken gzip', 'abc', { contentEncoding: 'gzip' }, null, false],
] as const)('the text of a body of %s is kept', (_, bytes, changes, text, isCut) => {
  expect(kept(bytes, changes)).toEqual([text, isCut]);
});

it.each([
  ['multipart/form-data; boundary=b', '{"a":1}'],
  ['multipart/form-data; boundary="b"', '{"a":1}'],
  ['multipart/form-data', null],
])('the JSON part of an upload (%s) is kept, without the files', (contentType, text) => {
  const part = (name: string, data: string): string =>
    `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${data}\r\n`;
  const upload = `${part('files[0]', '\0\xff')}${part('payload_json', '{"a":1}')}--b--`;
  expect(
    keepBody(
      { contentType, contentEncoding: null, bytes: Buffer.from(upload), wireBytes: upload.length + 1 },
      999,
    ).text?.toString() ?? null,
  ).toBe(text);
});

it('JSON that is nested too deep to be searched is not kept, behind a byte order mark neither', () => {
  const deep = (levels: number): Buffer => Buffer.from('['.repeat(levels) + ']'.repeat(levels));
  const isKept = (text: Buffer): boolean => {
    const body = { contentType: null, contentEncoding: null, bytes: text, wireBytes: text.length };
    return keepBody(body, 10_000).text !== null;
  };
  const mark = Buffer.from('\ufeff');
  expect([1000, 1001].map((levels) => isKept(deep(levels)))).toEqual([true, false]);
  expect([1000, 1001].map((levels) => isKept(Buffer.concat([mark, deep(levels)])))).toEqual([true, false]);
});

it.each([
  ['its end is missing', '--b\r\nname="payload_json"\r\n\r\n{"a":1}', null],
  ['its head does not end', '--b\r\nname="payload_json"\r\n--b\r\nname="x"\r\n--b--', null],
  ['it is empty', '--b\r\ncontent-disposition: form-data; name="payload_json"\r\n\r\n\r\n--b--', null],
  ['it has a NUL', '--b\r\ncontent-disposition: form-data; name="payload_json"\r\n\r\n"\0"\r\n--b--', null],
  ['it is no UTF-8', '--b\r\ncontent-disposition: form-data; name="payload_json"\r\n\r\n\xff\r\n--b--', null],
  [
    'parts without a head are before it',
    '--b\r\n--b\r\n--b\r\ncontent-disposition: form-data; name="payload_json"\r\n\r\n{}\r\n--b--',
    '{}',
  ],
])('the JSON part of an upload if %s', (_, upload, text) => {
  const bytes = Buffer.from(upload, 'latin1');
  const body = { contentType: 'multipart/form-data; boundary=b', contentEncoding: null, bytes };
  expect(keepBody({ ...body, wireBytes: bytes.length }, 999).text?.toString() ?? null).toBe(text);
});
