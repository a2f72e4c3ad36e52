/** Decoding of ETF documents: fixed vectors of each tag, Erlang as the referee, and hostile bytes. */
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeEtf } from '../../../src/wire/etf/decode.js';
import { InflateBudget } from '../../../src/wire/inflate-budget.js';
import { scanEnvelope } from '../../../src/wire/json/envelope.js';
import { erlangDocuments, hasErlang } from '../../support/erlang.js';

if (!hasErlang) console.log('skipped: documents written by Erlang, because `erl` is not installed');

const limits = { maxPayloadBytes: 1_000_000 };
const hexOf = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const jsonOf = (bytes: Uint8Array): string => {
  const result = decodeEtf(bytes, limits);
  return result.ok ? Buffer.from(result.json).toString() : `fault: ${result.reason}`;
};
const nested = (depth: number, head: number[], foot: number[]): Buffer =>
  Buffer.from([
    131,
    ...Array.from({ length: depth }, () => head).flat(),
    106,
    ...Array.from({ length: depth }, () => foot).flat(),
  ]);

describe('decodeEtf', () => {
  it.each([
    ['payload', '74 00000002 6d 00000002 6f70 61 01 6d 00000001 64 73 03 6e696c', '{"op":1,"d":null}'],
    ['SMALL_INTEGER', '61 ff', '255'],
    ['INTEGER', '62 80000000', '-2147483648'],
    ['INTEGER', '62 7fffffff', '2147483647'],
    ['NEW_FLOAT', '46 3ff8000000000000', '1.5'],
    ['NEW_FLOAT', '46 4278bcfe56800000', '1700000000000'],
    ['NEW_FLOAT', '46 8000000000000000', '-0'],
    ['NEW_FLOAT', '46 0000000000000001', '5e-324'],
    ['NEW_FLOAT', '46 7ff0000000000000', 'fault: bad_float'],
    ['NEW_FLOAT', '46 7ff8000000000000', 'fault: bad_float'],
    ['FLOAT', `63 ${Buffer.from('1.50000000000000000000e+00\0\0\0\0\0').toString('hex')}`, '1.5'],
    ['FLOAT', `63 ${Buffer.from('-2.5e-3'.padEnd(31, '\0')).toString('hex')}`, '-0.0025'],
    ['FLOAT', `63 ${Buffer.from('1e999'.padEnd(31, '\0')).toString('hex')}`, 'fault: bad_float'],
    ['FLOAT', `63 ${Buffer.from('0x10'.padEnd(31, '\0')).toString('hex')}`, 'fault: bad_float'],
    ['FLOAT', `63 ${Buffer.from(''.padEnd(31, '\0')).toString('hex')}`, 'fault: bad_float'],
    ['SMALL_BIG', '6e 00 00', '0'],
    ['SMALL_BIG', '6e 00 01', '0'],
    ['SMALL_BIG', '6e 04 00 ffffffff', '4294967295'],
    ['SMALL_BIG', '6e 06 01 0068e5cf8b01', '-1700000000000'],
    ['SMALL_BIG', '6e 07 00 ffffffffffff1f', '9007199254740991'],
    ['SMALL_BIG', '6e 07 00 00000000000020', '"9007199254740992"'],
    ['SMALL_BIG', '6e 07 01 ffffffffffff1f', '-9007199254740991'],
    ['SMALL_BIG', '6e 07 01 00000000000020', '"-9007199254740992"'],
    ['SMALL_BIG', '6e 08 00 070002c15a067102', '"175928847299117063"'],
    ['SMALL_BIG', '6e 09 00 000000000000000001', '"18446744073709551616"'],
    ['SMALL_BIG', '6e 0a 00 01000000000000000000', '1'],
    ['LARGE_BIG', `6f 00000100 01 ${'00'.repeat(255)}01`, `"-${256n ** 255n}"`],
    ['LARGE_BIG', `6f 00000401 01 ${'00'.repeat(1024)}01`, `"-0x01${'00'.repeat(1024)}"`],
    ['ATOM', '64 0004 74727565', 'true'],
    ['ATOM', '64 0003 6e696c', 'null'],
    ['ATOM', '64 0003 66fc72', '"für"'],
    ['SMALL_ATOM', '73 05 66616c7365', 'false'],
    ['SMALL_ATOM', '73 04 6e756c6c', 'null'],
    ['SMALL_ATOM', '73 09 756e646566696e6564', '"undefined"'],
    ['SMALL_ATOM', '73 00', '""'],
    ['SMALL_ATOM', '73 03 4e696c', '"Nil"'],
    ['SMALL_ATOM', '73 04 6e696c73', '"nils"'],
    ['SMALL_ATOM', '73 04 54727565', '"True"'],
    ['SMALL_ATOM', '73 05 46616c7365', '"False"'],
    ['ATOM_UTF8', '76 0004 66c3bc72', '"für"'],
    ['SMALL_ATOM_UTF8', '77 04 74727565', 'true'],
    ['SMALL_ATOM_UTF8', '77 01 ff', 'fault: bad_atom'],
    ['BINARY', `6d 0000000a ${Buffer.from('é😀"\\\n\0').toString('hex')}`, '"é😀\\"\\\\\\n\\u0000"'],
    ['BINARY', '6d 00000000', '""'],
    ['BINARY', '6d 00000002 c328', '{"$binary":"wyg="}'],
    ['BIT_BINARY', '4d 00000002 03 ffe0', '{"$binary":"/+A=","$bits":3}'],
    ['BIT_BINARY', '4d 00000001 09 ff', 'fault: bad_binary'],
    ['NIL', '6a', '[]'],
    ['STRING', '6b 0003 0001ff', '[0,1,255]'],
    ['STRING', '6b 0000', '[]'],
    ['LIST', '6c 00000002 61 01 6a 6a', '[1,[]]'],
    ['LIST', '6c 00000002 61 01 61 02 61 03', '[1,2,{"$tail":3}]'],
    ['LIST', '6c 00000001 61 01 6c 00000002 61 02 61 03 6a', '[1,2,3]'],
    ['LIST', '6c 00000001 61 01 6c 00000000 6c 00000001 61 02 61 03', '[1,2,{"$tail":3}]'],
    ['LIST', '6c 00000001 61 01 6b 0002 6162', '[1,97,98]'],
    ['LIST', '6c 00000000 6b 0002 6162', '[97,98]'],
    ['LIST', '6c 00000001 61 01 6b 0000', '[1]'],
    ['LIST without elements', '6c 00000000 61 03', '3'],
    ['LIST without elements', '6c 00000000 6c 00000000 6a', '[]'],
    ['LIST without elements', '6c 00000000 6c 00000001 61 01 6a', '[1]'],
    ['LIST without elements', '6c 00000001 61 01 6c 00000000 6a', '[1]'],
    ['SMALL_TUPLE', '68 02 61 01 6a', '[1,[]]'],
    ['SMALL_TUPLE', '68 00', '[]'],
    ['LARGE_TUPLE', '69 00000001 61 01', '[1]'],
    ['MAP', '74 00000000', '{}'],
    ['MAP with an atom key', '74 00000001 64 0002 6f70 61 01', '{"op":1}'],
    ['MAP with an integer key', '74 00000001 61 07 61 01', '{"7":1}'],
    ['MAP with a big key', '74 00000001 6e 08 00 070002c15a067102 61 01', '{"175928847299117063":1}'],
    ['MAP with a float key', '74 00000001 46 3ff8000000000000 61 01', '{"1.5":1}'],
    ['MAP with a nil key', '74 00000001 64 0003 6e696c 61 01', '{"null":1}'],
    ['MAP with a list key', '74 00000001 6b 0001 07 61 01', '{"$etf:g2sAAQc=":1}'],
    [
      'MAP with a map key with a map key',
      '74 00000001 74 00000001 74 00000000 61 02 61 01',
      `{"$etf:${hexOf('83 74 00000001 74 00000000 61 02').toString('base64')}":1}`,
    ],
    ['MAP with a binary key', '74 00000001 6d 00000001 ff 61 01', '{"$etf:g20AAAAB/w==":1}'],
    ['PID', '67 64 0001 61 00000001 00000002 03', '{"$pid":["a",1,2,3]}'],
    ['NEW_PID', '58 64 0001 61 00000001 00000002 ffffffff', '{"$pid":["a",1,2,4294967295]}'],
    ['PORT', '66 64 0001 61 00000001 03', '{"$port":["a",1,3]}'],
    ['NEW_PORT', '59 64 0001 61 00000001 00000003', '{"$port":["a",1,3]}'],
    ['V4_PORT', '78 64 0001 61 ffffffffffffffff 00000003', '{"$port":["a","18446744073709551615",3]}'],
    ['REFERENCE', '65 64 0001 61 00000001 03', '{"$reference":["a",3,1]}'],
    ['NEW_REFERENCE', '72 0002 64 0001 61 03 00000001 00000002', '{"$reference":["a",3,1,2]}'],
    ['NEWER_REFERENCE', '5a 0001 64 0001 61 00000003 00000001', '{"$reference":["a",3,1]}'],
    ['EXPORT', '71 64 0001 6d 64 0001 66 61 02', '{"$export":["m","f",2]}'],
    ['FUN', '75 00000001 6a 64 0001 6d 61 01 61 02 61 07', '{"$fun":[[],"m",1,2,7]}'],
    [
      'NEW_FUN',
      `70 00000000 02 ${'ab'.repeat(16)} 00000005 00000000 64 0001 6d 61 01 61 02 6a`,
      `{"$fun":[2,"${'ab'.repeat(16)}",5,"m",1,2,[]]}`,
    ],
    ['unknown tag', '52 00', 'fault: unknown_tag'],
    ['unknown tag 0', '00', 'fault: unknown_tag'],
  ])('reads %s: %s', (_, term, expected) => {
    expect(jsonOf(hexOf(`83${term}`))).toBe(expected);
    const decoded = decodeEtf(hexOf(`83${term}`), limits);
    if (decoded.ok) expect(decoded.value).toEqual(JSON.parse(expected));
  });

  it('keeps equal keys, of which the last counts, and a __proto__ key', () => {
    const decoded = decodeEtf(
      hexOf(
        `83 74 00000003 61 01 61 02 6d 00000001 31 61 03 64 0009 ${Buffer.from('__proto__').toString('hex')} 74 00000000`,
      ),
      limits,
    );
    expect(decoded.ok && Object.entries(decoded.value as object)).toEqual([
      ['1', 3],
      ['__proto__', {}],
    ]);
    expect(decoded.ok && Object.getPrototypeOf(decoded.value)).toBe(Object.prototype);
  });

  it('says how many bytes a document takes', () => {
    const first = hexOf('83 68 02 61 01 6a');
    const result = decodeEtf(Buffer.concat([first, hexOf('83 61 02')]), limits);
    expect(result.ok && result.byteCount).toBe(first.length);
  });

  it('says how many terms a document has, nested ones and bytes of a list included', () => {
    const result = decodeEtf(hexOf('83 68 03 61 01 6a 6b 0002 0102'), limits);
    expect(result.ok && result.termCount).toBe(6);
  });

  it('reads views into larger buffers', () => {
    expect(jsonOf(hexOf('0000 83 62 00000100 0000').subarray(2, 8))).toBe('256');
  });

  it('keeps results apart', () => {
    const results = ['6101', '6102'].map((term) => decodeEtf(hexOf(`83${term}`), limits));
    expect(results.map((result) => result.ok && result.value)).toEqual([1, 2]);
  });

  it('writes output longer than its buffer', () => {
    const text = '\u0001é'.repeat(100_000);
    const binary = Buffer.from(text);
    const header = Buffer.alloc(6, 131);
    header[1] = 109;
    header.writeUInt32BE(binary.length, 2);
    const decoded = decodeEtf(Buffer.concat([header, binary]), limits);
    expect(decoded.ok && decoded.value).toBe(text);
    expect(jsonOf(hexOf('83 61 01'))).toBe('1');
  });
});

describe('compressed documents', () => {
  const compressed = (term: Uint8Array, length = term.length): Buffer => {
    const header = Buffer.from([131, 80, 0, 0, 0, 0]);
    header.writeUInt32BE(length, 2);
    return Buffer.concat([header, deflateSync(term)]);
  };
  const list = Buffer.from([107, 0, 200, ...Buffer.alloc(200, 7)]);

  it('inflates them', () => {
    const document = compressed(list);
    const result = decodeEtf(Buffer.concat([document, hexOf('83 61 02')]), limits);
    expect(result.ok && result.value).toEqual(Array(200).fill(7));
    expect(result.ok && result.byteCount).toBe(document.length);
  });

  it.each([
    ['a wrong length', compressed(list, list.length + 1), 'bad_compressed'],
    ['a wrong length', compressed(list, list.length - 1), 'bad_compressed'],
    ['length 0', compressed(Buffer.alloc(0)), 'bad_compressed'],
    ['bytes behind the term', compressed(Buffer.concat([list, hexOf('6a')])), 'bad_compressed'],
    ['broken data', Buffer.concat([compressed(list).subarray(0, 8), Buffer.alloc(9)]), 'bad_compressed'],
    ['a compressed term within', compressed(compressed(list).subarray(1)), 'unknown_tag'],
    ['a cut header', compressed(list).subarray(0, 5), 'truncated'],
    ['a header alone', compressed(list).subarray(0, 6), 'bad_compressed'],
    ['a length over the limit', compressed(list, limits.maxPayloadBytes + 1), 'too_large'],
    ['more than it says', compressed(Buffer.alloc(50_000_000), 1000), 'bad_compressed'],
  ])('refuses %s', (_, document, reason) => {
    expect(decodeEtf(document, limits)).toEqual({ ok: false, reason });
  });
});

describe('hostile documents', () => {
  it.each([
    ['lists', [108, 0, 0, 0, 1], [106]],
    ['tuples', [104, 1], []],
    ['maps', [116, 0, 0, 0, 1, 97, 1], []],
    ['maps in keys', [116, 0, 0, 0, 1], [97, 1]],
  ])('bounds the depth of %s', (_, head, foot) => {
    const deepest = decodeEtf(nested(999, head, foot), limits);
    expect(deepest.ok).toBe(true);
    expect(deepest.ok && scanEnvelope(deepest.json)).toBe('not_object');
    expect(decodeEtf(nested(1000, head, foot), limits)).toEqual({ ok: false, reason: 'too_deep' });
    expect(decodeEtf(nested(50_000, head, []), limits)).toEqual({ ok: false, reason: 'too_deep' });
  });

  it.each([
    '6c ffffffff',
    '69 ffffffff',
    '74 ffffffff',
    '6d ffffffff',
    '6f ffffffff 00',
    '6b ffff',
    '75 ffffffff',
  ])('takes no memory for the elements that %s promises', (head) => {
    // Memory of this thread alone, which does nothing else meanwhile.
    const usedBytes = (): number => {
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return heapUsed + arrayBuffers;
    };
    const before = usedBytes();
    expect(decodeEtf(hexOf(`83 ${head} 6a6a6a`), limits)).toEqual({ ok: false, reason: 'truncated' });
    expect(usedBytes() - before).toBeLessThan(50_000_000);
  });

  it('answers every cut document with a reason', () => {
    const document = hexOf(
      `83 74 00000004 6d 00000002 6f70 61 01 6d 00000001 64 6c 00000002 62 00000001 46 3ff8000000000000 6a
       73 01 73 6e 08 00 070002c15a067102 64 0001 74 68 02 6b 0001 01 67 64 0001 61 00000001 00000002 03`.replaceAll(
        '\n',
        '',
      ),
    );
    expect(decodeEtf(document, limits).ok).toBe(true);
    for (let length = 0; length < document.length; length++) {
      expect(decodeEtf(document.subarray(0, length), limits)).toEqual({ ok: false, reason: 'truncated' });
    }
  });

  it('gives valid JSON or a reason for arbitrary bytes', () => {
    const tag = fc.constantFrom(70, 77, 80, 88, 89, 90, ...Array.from({ length: 24 }, (_, i) => 97 + i));
    const bytes = fc.array(fc.oneof(tag, fc.nat(4), fc.nat(255)), { maxLength: 60 });
    fc.assert(
      fc.property(bytes, (rest) => {
        const result = decodeEtf(Uint8Array.from([131, ...rest]), limits);
        if (!result.ok) return;
        expect(() => result.value).not.toThrow();
        expect(scanEnvelope(result.json)).not.toBe('not_json');
        expect(result.byteCount).toBeLessThanOrEqual(rest.length + 1);
      }),
      { numRuns: 3000 },
    );
  });

  it('does not take other bytes for ETF', () => {
    expect(decodeEtf(Buffer.from('{"op":1}'), limits)).toEqual({ ok: false, reason: 'not_etf' });
    expect(decodeEtf(new Uint8Array(0), limits)).toEqual({ ok: false, reason: 'truncated' });
  });
});

describe.skipIf(!hasErlang)('documents written by Erlang', () => {
  const terms: [string, string][] = [
    ['#{<<"op">> => 0, d => nil, <<"s">> => 42, t => \'READY\'}', '{"d":null,"t":"READY","op":0,"s":42}'],
    ['[1, -1, 255, 256, 1.5, -0.1, 1.0e300]', '[1,-1,255,256,1.5,-0.1,1e+300]'],
    [
      '[(1 bsl 53) - 1, 1 bsl 53, -(1 bsl 53), -((1 bsl 53) - 1)]',
      '[9007199254740991,"9007199254740992","-9007199254740992",-9007199254740991]',
    ],
    [
      '[175928847299117063, 1 bsl 31, 1 bsl 64, -(1 bsl 2000)]',
      `["175928847299117063",2147483648,"18446744073709551616","-${2n ** 2000n}"]`,
    ],
    ['1 bsl 4000', `"${2n ** 4000n}"`],
    [
      '{true, false, null, undefined, [], {}, "abc", <<>>}',
      '[true,false,null,"undefined",[],[],[97,98,99],""]',
    ],
    [
      '[<<"é"/utf8>>, <<255>>, <<5:3>>, \'für\']',
      '["é",{"$binary":"/w=="},{"$binary":"oA==","$bits":3},"für"]',
    ],
    ['[a | b]', '["a",{"$tail":"b"}]'],
    ['[1000 | [2000, 3000]]', '[1000,2000,3000]'],
    ['list_to_tuple(lists:seq(1, 300))', JSON.stringify(Array.from({ length: 300 }, (_, i) => i + 1))],
    ['fun lists:map/2', '{"$export":["lists","map",2]}'],
    ['lists:duplicate(500, ab)', JSON.stringify(Array(500).fill('ab'))],
  ];

  it.each([['[]'], ['[{minor_version, 0}]'], ['[{minor_version, 1}]'], ['[compressed]']])(
    'reads terms written with %s',
    (options) => {
      const documents = erlangDocuments(
        terms.map(([term]) => term),
        options,
      );
      const found = documents.map((document) => decodeEtf(document, limits));
      expect(found.map((result) => result.ok && result.value)).toEqual(
        terms.map(([, json]) => JSON.parse(json) as unknown),
      );
      expect(found.map((result) => result.ok && result.byteCount)).toEqual(
        documents.map(({ length }) => length),
      );
    },
  );

  it('reads processes, ports, references and functions', () => {
    const found = erlangDocuments(['self()', 'make_ref()', 'hd(erlang:ports())', 'fun(X) -> X end']).map(
      (document) => {
        const result = decodeEtf(document, limits);
        return result.ok ? Object.keys(result.value as object) : result.reason;
      },
    );
    expect(found).toEqual([['$pid'], ['$reference'], ['$port'], ['$fun']]);
  });
});

/** Documents of each tag, after the version byte. */
const EACH_TAG = [
  ['61 ff', '255'],
  ['62 80000000', '-2147483648'],
  ['46 3ff8000000000000', '1.5'],
  ['6e 07 01 00000000000020', '"-9007199254740992"'],
  [`6f 00000401 00 ${'00'.repeat(1024)}01`, `"0x01${'00'.repeat(1024)}"`],
  ['64 0003 66fc72', '"für"'],
  ['77 02 c3a9', '"é"'],
  ['76 0002 c3a9', '"é"'],
  ['6b 0002 0102', '[1,2]'],
  ['6d 00000001 ff', '{"$binary":"/w=="}'],
  ['4d 00000001 05 a0', '{"$binary":"oA==","$bits":5}'],
  ['68 02 6101 6102', '[1,2]'],
  ['69 00000001 6101', '[1]'],
  ['6c 00000001 6101 6c 00000001 6102 6a', '[1,2]'],
  ['6c 00000000 6c 00000000 6101', '1'],
  ['6c 00000001 6101 6b 0001 05', '[1,5]'],
  ['6c 00000001 6101 6102', '[1,{"$tail":2}]'],
  ['74 00000002 6101 6102 6801 6103 6104', '{"1":2,"$etf:g2gBYQM=":4}'],
  ['67 730161 00000001 00000002 03', '{"$pid":["a",1,2,3]}'],
  ['58 730161 00000001 00000002 00000003', '{"$pid":["a",1,2,3]}'],
  ['66 730161 00000001 02', '{"$port":["a",1,2]}'],
  ['78 730161 0020000000000000 00000002', '{"$port":["a","9007199254740992",2]}'],
  ['65 730161 00000001 02', '{"$reference":["a",2,1]}'],
  ['72 0002 730161 03 00000001 00000002', '{"$reference":["a",3,1,2]}'],
  ['5a 0001 730161 00000003 00000001', '{"$reference":["a",3,1]}'],
  ['71 730161 730162 6102', '{"$export":["a","b",2]}'],
  ['75 00000001 6101 6102 6103 6104 6105', '{"$fun":[1,2,3,4,5]}'],
  [
    `70 00000000 02 ${'0f'.repeat(16)} 00000003 00000001 6101 6102 6103 6104 6105`,
    `{"$fun":[2,"${'0f'.repeat(16)}",3,1,2,3,4,5]}`,
  ],
] as const;

it.each(EACH_TAG)('%s is read whole, and each of its beginnings is cut', (hex, json) => {
  const bytes = Buffer.concat([Buffer.of(131), hexOf(hex)]);
  expect(jsonOf(bytes)).toBe(json);
  for (let end = 0; end < bytes.length; end += 1)
    expect(jsonOf(bytes.subarray(0, end)), `${end} bytes`).toBe('fault: truncated');
});

it.each(EACH_TAG)('%s is refused where too many terms came before it', (hex) => {
  const bytes = Buffer.concat([Buffer.of(131), hexOf(hex)]);
  const whole = decodeEtf(bytes, limits);
  const count = whole.ok ? whole.termCount : 0;
  expect(decodeEtf(bytes, { ...limits, maxTerms: count }).ok).toBe(true);
  expect(decodeEtf(bytes, { ...limits, maxTerms: count - 1 })).toEqual({ ok: false, reason: 'too_many' });
});

it.each(EACH_TAG)('%s is refused where it is nested deeper than JSON is read', (hex, json) => {
  const around = (depth: number): Buffer =>
    Buffer.concat([Buffer.of(131), ...Array.from({ length: depth }, () => Buffer.of(104, 1)), hexOf(hex)]);
  // A container in a key is a level that the text does not show.
  const levels = Math.max(json.includes('$etf') ? 2 : 0, ...depthsOf(json));
  expect(jsonOf(around(1000 - levels))).toBe(
    `${'['.repeat(1000 - levels)}${json}${']'.repeat(1000 - levels)}`,
  );
  if (levels > 0) expect(jsonOf(around(1001 - levels))).toBe('fault: too_deep');
  if (levels > 0) expect(jsonOf(around(1000))).toBe('fault: too_deep');
});

/** Depths of the places of a JSON text. */
function depthsOf(json: string): number[] {
  let depth = 0;
  return Array.from(
    json,
    (letter) => (depth += Number('[{'.includes(letter)) - Number(']}'.includes(letter))),
  );
}

it('a compressed term is refused where it costs more than the budget', () => {
  const term = Buffer.from('6101', 'hex');
  const head = Buffer.from('835000000002', 'hex');
  const bytes = Buffer.concat([head, deflateSync(term)]);
  const budget = new InflateBudget(3, 3);
  expect(decodeEtf(bytes, { ...limits, budget })).toMatchObject({ ok: true });
  expect(decodeEtf(bytes, { ...limits, budget })).toEqual({ ok: false, reason: 'over_budget' });
});
