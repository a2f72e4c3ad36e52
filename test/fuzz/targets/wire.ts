/** Targets of wire/: frames, JSON and ETF, each with a second implementation. */
import { isUtf8 } from 'node:buffer';
import { decodeEtf } from '../../../src/wire/etf/decode.js';
import { encodeEtf } from '../../../src/wire/etf/encode.js';
import { findEtfMember, hasAtomKeys, replaceWithBinary, rootMap } from '../../../src/wire/etf/splice.js';
import type { Frame } from '../../../src/wire/frame.js';
import { scanEnvelope } from '../../../src/wire/json/envelope.js';
import {
  isTooDeep,
  joinLines,
  skipSpace,
  skipValue,
  splitJson,
  TOO_DEEP,
} from '../../../src/wire/json/grammar.js';
import { BrokenJson, JsonPicker } from '../../../src/wire/json/picker.js';
import { findString, replaceString } from '../../../src/wire/json/splice.js';
import type { JsonValue } from '../../../src/wire/json/value.js';
import { encodeClose, FrameParser, parseClose } from '../../../src/wire/websocket.js';
import { hasErlang } from '../../support/erlang.js';
import { tryErlang } from '../../support/erlang-json.js';
import { cutAt, inPieces } from '../../support/splits.js';
import { wsFrame, wsReadUpTo } from '../../support/ws-internals.js';
import {
  type Disagreement,
  requireSame,
  requireThat,
  type Target,
  unlessRefused,
  untilDone,
} from '../target.js';

const text = (value: string): Buffer => Buffer.from(value);

/** What `ws` refuses that a recorder does not: it reads both sides, and leaves UTF-8 and close codes to others. */
const OTHERS_CHECK = new Set([
  'WS_ERR_INVALID_UTF8',
  'WS_ERR_INVALID_CLOSE_CODE',
  'WS_ERR_EXPECTED_MASK',
  'WS_ERR_UNEXPECTED_MASK',
]);

function readFrames(
  chunks: readonly Uint8Array[],
  isDeflateNegotiated: boolean,
  maxPayloadBytes: number,
): Frame[] {
  const parser = new FrameParser({ maxPayloadBytes, isDeflateNegotiated });
  const frames = chunks.flatMap((chunk) => parser.push(Uint8Array.from(chunk)));
  const rest = parser.end();
  return rest === null ? frames : [...frames, rest];
}

const inShort = ({ kind, data, wireBytes, isDeflated, error }: Frame): string =>
  [kind, Buffer.from(data).toString('latin1'), wireBytes, isDeflated, error].join();

/** First byte: what was agreed on, how much is kept, and which side reads. */
export const websocket: Target = {
  promise:
    'frames are the same however a stream is cut, none is longer than allowed, and `ws` reads the same',
  seeds: () => {
    const mask = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d);
    const stream = Buffer.concat([
      wsFrame(text('{"op":1,"d":null}'), { opcode: 1 }),
      wsFrame(text('Hel'), { opcode: 1, fin: false }),
      wsFrame(text('beat'), { opcode: 9 }),
      wsFrame(text('lo'), { opcode: 0 }),
      wsFrame(Buffer.alloc(200, 1), { opcode: 2 }),
      wsFrame(Buffer.alloc(70_000 % 300, 1), { opcode: 2 }),
      wsFrame(encodeClose(4000, 'later'), { opcode: 8 }),
    ]);
    const masked = Buffer.concat([
      wsFrame(text('{"op":2}'), { opcode: 1, mask }),
      wsFrame(text(''), { opcode: 10, mask }),
      wsFrame(text('masked'), { opcode: 2, mask }),
    ]);
    return [
      Buffer.concat([Buffer.of(0), stream]),
      Buffer.concat([Buffer.of(4), masked]),
      Buffer.concat([Buffer.of(3), wsFrame(text('packed'), { opcode: 1, rsv1: true }), stream]),
    ];
  },
  words: [
    '\x81\x7e\xff\xff',
    '\x82\x7f\0\0\0\0\0\x01\0\0',
    '\x01\x00',
    '\x80\x00',
    '\x88\x02\x03\xe8',
    '\x89\x00',
  ].map((word) => Buffer.from(word, 'latin1')),
  maxBytes: 2000,
  run: async (input) => {
    const [first = 0, second = 0] = input;
    const stream = input.subarray(1);
    const isDeflated = (first & 1) === 1;
    const maxBytes = (first & 2) === 0 ? 1 << 20 : 50;
    const frames = readFrames([stream], isDeflated, maxBytes);
    const whole = frames.map(inShort);
    requireSame(readFrames(inPieces(stream, 1), isDeflated, maxBytes).map(inShort), whole, 'byte by byte');
    const places = [second, second * 7, stream.length >> 1];
    requireSame(
      readFrames(cutAt(stream, places), isDeflated, maxBytes).map(inShort),
      whole,
      `cut at ${places.join()}`,
    );
    requireThat(
      frames.every(({ data }) => data.length <= maxBytes),
      'a frame is longer than allowed',
    );
    for (const { kind, data } of frames) if (kind === 'close') parseClose(data);
    if (!isDeflated && maxBytes > 50) await compareWithWs(stream, frames, (first & 4) !== 0);
  },
};

async function compareWithWs(stream: Uint8Array, frames: readonly Frame[], isServer: boolean): Promise<void> {
  const { seen, code } = await wsReadUpTo([stream], { isServer });
  const sound = frames
    .filter(({ error }) => error === null)
    .map(({ kind, data }) => ({
      kind,
      data: Buffer.from(kind === 'close' ? text(parseClose(data).reason) : data).toString('latin1'),
    }));
  requireSame(
    sound.slice(0, seen.length),
    seen.map(({ kind, data }) => ({ kind, data })),
    'what ws reads',
  );
  if (code === null || OTHERS_CHECK.has(code)) return;
  requireThat(
    frames.some(({ error }) => error !== null),
    `ws refuses it with ${code}, and we found no error`,
  );
}

const PATH = ['d', 'resume_gateway_url'];

/** JSON text. */
export const json: Target = {
  promise: 'accepted exactly where JSON.parse accepts it, with the same values',
  seeds: () =>
    [
      '{"op":0,"s":1,"t":"READY","d":{"resume_gateway_url":"wss://gateway.example","v":10}}',
      ' [1, -0.5e+3 ,"\\u00e9\\n", {"a":[]}, true,false,null]\r\n',
      '{"op":10,"d":{"heartbeat_interval":41250}}{"op":11}',
      '{"\\u006fp":1,"op":2,"op":9007199254740993,"__proto__":{},"":"\\ud83d"}',
      `${'['.repeat(1001)}${']'.repeat(1001)}`,
      `${'{"a":['.repeat(480)}${']}'.repeat(480)}`,
    ].map(text),
  words: [
    '"op":',
    '"d":',
    '"resume_gateway_url":"x"',
    '\\u0000',
    '\\',
    '"',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '1e5',
    'null',
    '\ufeff',
  ],
  maxBytes: 3000,
  run: (bytes) => {
    if (!isUtf8(bytes)) {
      scanEnvelope(bytes);
      splitJson(bytes, 10);
      return;
    }
    const source = Buffer.from(bytes).toString();
    const value = unlessRefused(() => ({ parsed: JSON.parse(source) as JsonValue }), SyntaxError);
    const end = skipValue(bytes, skipSpace(bytes, 0), null);
    if (end === TOO_DEEP) {
      // Nothing is said of what follows.
      requireThat(value === null || isTooDeep(source), 'the scan finds it too deep and the text is not');
      return;
    }
    const isJson = end >= 0 && skipSpace(bytes, end) === bytes.length;
    requireSame(isJson, value !== null, 'accepted');
    compareEnvelope(bytes, value);
    compareSplits(bytes);
    if (value === null) return;
    requireThat(!isTooDeep(source), 'the text is too deep and the scan did not find it');
    requireSame(JSON.parse(joinLines(source)), value.parsed, 'with lines joined');
    comparePicked(bytes, value.parsed);
    compareSpliced(bytes, value.parsed);
  },
};

function compareEnvelope(bytes: Uint8Array, value: { readonly parsed: JsonValue } | null): void {
  const envelope = scanEnvelope(bytes);
  const parsed = value?.parsed;
  const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
  const { op, s, t, d } = (isObject ? parsed : {}) as Record<string, unknown>;
  if (value === null) requireSame(envelope, 'not_json', 'envelope');
  else if (!Number.isSafeInteger(op)) requireSame(envelope, 'not_object', 'envelope');
  else {
    requireThat(typeof envelope !== 'string', `envelope is ${JSON.stringify(envelope)}`);
    if (typeof envelope === 'string') return;
    const found = Buffer.from(bytes).subarray(envelope.dStart, envelope.dEnd).toString();
    requireSame(
      [envelope.op, envelope.s, envelope.t, found === '' ? undefined : JSON.parse(found)],
      [op, Number.isSafeInteger(s) ? s : null, typeof t === 'string' ? t : null, d],
      'envelope',
    );
  }
}

function compareSplits(bytes: Uint8Array): void {
  const texts = splitJson(bytes, 10);
  const joined = Buffer.concat(texts).toString();
  requireSame(
    joined.replace(/[ \t\r\n]/g, ''),
    Buffer.from(bytes)
      .toString()
      .replace(/[ \t\r\n]/g, ''),
    'texts joined',
  );
  for (const one of texts.slice(0, -1)) JSON.parse(Buffer.from(one).toString());
}

function comparePicked(bytes: Uint8Array, parsed: JsonValue): void {
  for (const pieces of [[bytes], inPieces(bytes, 1)]) {
    const picker = new JsonPicker((path) => (path.length === 0 ? 'take' : 'skip'));
    const found = unlessRefused(() => {
      const values = pieces.flatMap((piece) => [...picker.push(piece)]);
      // A number ends with what follows.
      values.push(...picker.push(text(' ')));
      picker.end();
      return values;
    }, BrokenJson);
    requireSame(
      found?.map(({ value }) => value),
      [parsed],
      'picked',
    );
  }
}

function compareSpliced(bytes: Uint8Array, parsed: JsonValue): void {
  const place = findString(bytes, 0, PATH);
  const expected = (parsed as { d?: { resume_gateway_url?: unknown } } | null)?.d?.resume_gateway_url;
  const isFound = typeof expected === 'string' && !Array.isArray(parsed);
  requireSame(place?.value ?? null, isFound ? expected : null, 'string of a path');
  if (place === null) return;
  const changed = JSON.parse(
    Buffer.from(replaceString(bytes, place, 'new "url"')).toString(),
  ) as typeof parsed;
  (parsed as { d: { resume_gateway_url: unknown } }).d.resume_gateway_url = 'new "url"';
  requireSame(changed, parsed, 'with that string replaced');
}

const ETF_LIMITS = { maxPayloadBytes: 100_000 };
const etfSeed = (hex: string): Buffer => Buffer.from(`83${hex.replaceAll(' ', '')}`, 'hex');

/** A document of the External Term Format. */
export const etf: Target = {
  promise: 'JSON of the same values as Erlang reads, or a reason; splices change only what they should',
  seeds: () => [
    encodeEtf({
      op: 0,
      s: 1,
      t: 'READY',
      d: { resume_gateway_url: 'wss://x', list: [1, -5, 1.5, null, true, 'é'] },
    }),
    encodeEtf({ op: 10, d: { heartbeat_interval: 41_250, big: 2 ** 52, $binary: 'AAEC' } }),
    etfSeed('6c 00000002 61 01 6b 0002 6162 6a'),
    etfSeed('68 03 6e 08 00 070002c15a067102 62 80000000 46 3ff8000000000000'),
    etfSeed('74 00000002 64 0002 6f70 61 01 77 01 64 4d 00000002 03 ffe0'),
    etfSeed('50 00000003 789c 4b64 6400 00 0125 00c3'),
    etfSeed('5a 0001 64 0001 61 00000003 00000001'),
    etfSeed('70 0000002d 02 abababababababababababababababab 00000005 00000000 64 0001 6d 61 01 61 02 6a'),
    etfSeed(`63 ${text('1.50000000000000000000e+00\0\0\0\0\0').toString('hex')}`),
    etfSeed('71 64 0001 6d 64 0001 66 61 02'),
  ],
  words: [
    '74 00000001',
    '6c 00000001',
    '6a',
    '6d 00000001 41',
    '61 01',
    '62 ffffffff',
    '6e 08 01',
    '64 0003 6e696c',
    '77 04 74727565',
    '6b 0002 4142',
    '68 01',
    '69 00000001',
    '6d 00000012 726573756d655f676174657761795f75726c',
  ].map((hex) => Buffer.from(hex.replaceAll(' ', ''), 'hex')),
  maxBytes: 2000,
  run: (bytes) => {
    const decoded = decodeEtf(bytes, ETF_LIMITS);
    hasAtomKeys(bytes);
    if (!decoded.ok) return;
    requireThat(isUtf8(decoded.json), 'JSON that is not UTF-8');
    requireThat(decoded.byteCount > 1 && decoded.byteCount <= bytes.length, 'a wrong length');
    const value = decoded.value;
    const own = bytes.slice(0, decoded.byteCount);
    const again = decodeEtf(own, ETF_LIMITS);
    requireThat(
      again.ok && Buffer.compare(again.json, decoded.json) === 0,
      'other JSON without what follows',
    );
    requireThat(!decodeEtf(own.subarray(0, -1), ETF_LIMITS).ok, 'a cut document is accepted');
    spliceMember(own, value);
  },
  ...(hasErlang ? { judge: askErlang } : {}),
};

/** Replaces one member by its key, and compares with the value. */
function spliceMember(document: Uint8Array, value: JsonValue): void {
  const map = rootMap(document);
  if (map === null) return;
  const member = findEtfMember(document, map, 'd');
  if (member === null) return;
  const changed = decodeEtf(replaceWithBinary(document, member, 'other'), ETF_LIMITS);
  requireThat(changed.ok, 'not a document after a splice');
  if (changed.ok) requireSame(changed.value, { ...(value as object), d: 'other' }, 'with a member replaced');
}

function askErlang(inputs: readonly Uint8Array[]): Disagreement[] {
  // Erlang never forgets an atom, and reads a compressed term of any length.
  const asked = inputs.filter((input) => input[1] !== 80);
  const answers = tryErlang(asked, untilDone);
  return asked.flatMap((input, at) => {
    const answer = answers[at];
    if (answer === undefined || answer === 'refused') return [];
    const decoded = decodeEtf(input, ETF_LIMITS);
    if (!decoded.ok)
      return decoded.reason === 'too_deep'
        ? []
        : [{ input, what: `Erlang reads it, we say ${decoded.reason}` }];
    if (answer === 'read') return [];
    const [ours, theirs] = [JSON.stringify(sortKeys(decoded.value)), JSON.stringify(sortKeys(answer.value))];
    return ours === theirs || ours.includes('"0x')
      ? []
      : [{ input, what: `we read ${ours}, Erlang ${theirs}` }];
  });
}

/** Maps of Erlang have an order of their own. */
function sortKeys(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, member]) => [key, sortKeys(member)]),
  );
}
