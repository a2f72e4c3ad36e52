/** zstd-stream: a connection by libzstd, frames by the zstd tool, node:zlib where it has zstd, and broken data. */
import { randomBytes } from 'node:crypto';
import * as zlib from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BOUNDS } from '../../../src/wire/bounds.js';
import { HeldBytes } from '../../../src/wire/held-bytes.js';
import { InflateBudget } from '../../../src/wire/inflate-budget.js';
import type { Inflated } from '../../../src/wire/inflated.js';
import { ZstdCorruption } from '../../../src/wire/zstd/bits.js';
import { ZstdDecoder } from '../../../src/wire/zstd/decoder.js';
import { ZstdStreamInflater } from '../../../src/wire/zstd/stream.js';
import { rawBlocks, streamMessage, streamOpening } from '../../../src/wire/deflate.js';
import { samplePayloads } from '../../support/zlib-stream.js';
import {
  hasZstd,
  runZstd,
  zstdFrame,
  zstdStreamMessages,
  zstdStreamPayloads,
} from '../../support/zstd-stream.js';

const MiB = 1024 * 1024;
const hasNodeZstd = 'createZstdCompress' in zlib;
if (!hasZstd) console.log('skipped: frames of the zstd tool, because it is not installed');
if (!hasNodeZstd) console.log('skipped: zstd of node:zlib, because this Node has none');

const HELLO = Buffer.from(
  '28b52ffd00406403004207191c7089737428d0cb55ffa74a4b7ecbdee7ff9712d3d4ab9097d2ff3304312247620224fd' +
    '7a8d63cbe10ba22f85f106c952f55bcef7a4e29c5c6c827b0b5fc70f3db3759d1c25414019fab608c7cd2c492f13da2d' +
    '1b0ef5ca51527aa77947ad3d8cbe0f030100244a12',
  'hex',
);
/** Header of a frame with a window of 256 KiB. */
const HEADER = Buffer.from('28b52ffd0040', 'hex');

const inflater = (maxPayloadBytes = MiB): ZstdStreamInflater => new ZstdStreamInflater({ maxPayloadBytes });
const bytesOf = (inflated: Inflated): Buffer => {
  if (inflated.status !== 'ok') throw new Error(`expected bytes, got ${inflated.status}`);
  return Buffer.from(inflated.bytes);
};
const inflateAll = (...messages: Uint8Array[]): Buffer => {
  const subject = inflater(64 * MiB);
  return Buffer.concat(messages.map((message) => bytesOf(subject.push(message))));
};
const isEqual = (found: Uint8Array, expected: Uint8Array): boolean => Buffer.compare(found, expected) === 0;

describe('a connection', () => {
  it('starts with the HELLO that was captured from Discord', () => {
    expect(bytesOf(inflater().push(HELLO)).toString()).toBe(
      String.raw`{"t":null,"s":null,"op":10,"d":{"heartbeat_interval":41250,"_trace":["[\"gateway-prd-us-east1-c-7s4x\",{\"micros\":0.0}]"]}}`,
    );
  });

  it('keeps one context over all messages', () => {
    const subject = inflater();
    const found = zstdStreamMessages().map((message) => bytesOf(subject.push(message)));
    expect(found.map(String)).toEqual(zstdStreamPayloads().map(String));
  });

  it('gives the same payloads wherever messages are cut', () => {
    const messages = zstdStreamMessages();
    const expected = zstdStreamPayloads().join('');
    const cuts = fc.array(fc.array(fc.nat(2000), { maxLength: 4 }), {
      minLength: messages.length,
      maxLength: messages.length,
    });
    fc.assert(
      fc.property(cuts, (lists) => {
        const subject = inflater();
        const found = messages.flatMap((message, i) =>
          cutAt(message, lists[i]!)
            .map((piece) => subject.push(piece))
            .filter(({ status }) => status !== 'partial')
            .map((inflated) => bytesOf(inflated).toString()),
        );
        // Between the blocks of the large payload nothing shows that more follows.
        expect(found.join('\n').replaceAll('\n', '')).toBe(expected.replaceAll('\n', ''));
      }),
      { numRuns: 40 },
    );
  });

  it('reads raw blocks, as a rewriting proxy sends them', () => {
    const payloads = [...samplePayloads(3), randomBytes(300_000), Buffer.from('{"op":11}')];
    const subject = inflater();
    subject.push(streamOpening('zstd-stream'));
    const found = payloads.map((payload) => bytesOf(subject.push(streamMessage('zstd-stream', payload))));
    expect(found.map((bytes, i) => isEqual(bytes, payloads[i]!))).not.toContain(false);
  });

  it('outlives its window many times', () => {
    const subject = inflater();
    subject.push(HEADER);
    for (let i = 0; i < 40; i++) {
      const payload = randomBytes(100_000);
      expect(isEqual(bytesOf(subject.push(rawBlocks(payload))), payload)).toBe(true);
    }
  });

  it('waits for the rest of a block behind other output', () => {
    const subject = inflater();
    const blocks = Buffer.concat([HEADER, rawBlocks(Buffer.from('{"op"')), rawBlocks(Buffer.from(':11}'))]);
    expect(subject.push(blocks.subarray(0, -1)).status).toBe('partial');
    expect(bytesOf(subject.push(blocks.subarray(-1))).toString()).toBe('{"op":11}');
  });

  it('gives its memory back when it ends', () => {
    const held = new HeldBytes();
    const subject = new ZstdStreamInflater({ maxPayloadBytes: MiB, held });
    subject.push(Buffer.concat([HEADER, rawBlocks(randomBytes(100)), Buffer.of(0)]));
    expect(held.held).toBe(100);
    subject.close();
    expect(held.held).toBe(0);
  });

  it('waits for a payload without output', () => {
    const subject = inflater();
    expect(subject.push(HEADER).status).toBe('partial');
    expect(subject.push(Buffer.from('480000', 'hex')).status).toBe('partial');
    expect(bytesOf(subject.push(Buffer.from('{"op":11}'))).toString()).toBe('{"op":11}');
  });

  it('gives results that the next push does not overwrite', () => {
    const subject = inflater();
    const results = zstdStreamMessages().map((message) => {
      const own = Buffer.from(message);
      const result = subject.push(own);
      own.fill(0);
      return result;
    });
    expect(results.map((result) => bytesOf(result).toString())).toEqual(zstdStreamPayloads().map(String));
  });
});

describe('limits and faults', () => {
  it('drops a payload that is too large but not the context', () => {
    const subject = inflater(100_000);
    const statuses = zstdStreamMessages().map((message) => subject.push(message).status);
    expect(statuses.filter((status) => status !== 'ok')).toEqual(['too_large']);
    expect(statuses[40]).toBe('too_large');
  });

  it('inflates a bomb without holding it', () => {
    const repeated = Buffer.from([((0x20000 << 3) & 0xff) | 2, (0x20000 >> 5) & 0xff, 0x20000 >> 13, 0x61]);
    const bomb = Buffer.concat([HEADER, ...Array.from({ length: 2000 }, () => repeated)]);
    const subject = inflater();
    // Buffers of this thread alone, which does nothing else meanwhile.
    const before = process.memoryUsage().arrayBuffers;
    expect(subject.push(bomb).status).toBe('too_large');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100 * MiB);
    expect(bytesOf(subject.push(rawBlocks(Buffer.from('{}')))).toString()).toBe('{}');
  });

  it.each([
    ['a block of the reserved kind', '060000'],
    ['a block over the limit', '08001000'],
    ['a match from before the start', '4c000010610100' + '0000000000'],
    ['no sequences section', '0c0000ff'],
  ])('says that %s is broken once, then that the context is lost', (_, hex) => {
    const subject = inflater();
    expect(subject.push(Buffer.concat([HEADER, rawBlocks(Buffer.from('{}'))])).status).toBe('ok');
    expect(subject.push(Buffer.from(hex.padEnd(40, '0'), 'hex')).status).toBe('inflate_failed');
    expect(subject.push(rawBlocks(Buffer.from('{}'))).status).toBe('context_lost');
  });

  it.each([
    ['no zstd', '7b226f70223a31307d'],
    ['a reserved bit', '28b52ffd0840'],
    ['a window over 128 MiB', '28b52ffd0090'],
    ['a dictionary', '28b52ffd014001'],
    ['content of another length', '28b52ffd2005010000'],
  ])('refuses %s', (_, hex) => {
    expect(inflater().push(Buffer.from(hex, 'hex')).status).toBe('inflate_failed');
  });

  it('never throws, whatever comes', () => {
    const messages = fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 5 });
    fc.assert(
      fc.property(messages, fc.boolean(), (pieces, isFrame) => {
        const subject = inflater(10_000);
        if (isFrame) subject.push(HEADER);
        for (const piece of pieces) subject.push(piece);
      }),
      { numRuns: 300 },
    );
  });

  it('never throws on damaged messages of a connection', () => {
    const stream = Buffer.concat(zstdStreamMessages());
    const damage = fc.array(fc.tuple(fc.nat(stream.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(damage, (changes) => {
        const damaged = Buffer.from(stream);
        for (const [at, byte] of changes) damaged[at] = byte;
        expect(['ok', 'partial', 'inflate_failed']).toContain(inflater().push(damaged).status);
      }),
      { numRuns: 300 },
    );
  });
});

describe.skipIf(!hasZstd)('frames of the zstd tool', () => {
  const inputs: [string, Buffer][] = [
    ['nothing but a few bytes', Buffer.from('{"op":11}')],
    ['payloads', Buffer.concat(zstdStreamPayloads())],
    ['noise', randomBytes(200_000)],
    ['one byte again and again', Buffer.alloc(300_000, 'a')],
    ['few symbols', Buffer.from(randomBytes(100_000).map((byte) => byte & 7))],
    ['uneven symbols', Buffer.from(randomBytes(100_000).map((byte) => Math.clz32(byte)))],
    [
      'every distance',
      Buffer.concat(Array.from({ length: 200 }, (_, i) => randomBytes(i * 11)).flatMap((b) => [b, b])),
    ],
  ];
  const options = [
    ['-1'],
    ['-3', '--no-check'],
    ['-6', '--no-content-size'],
    ['-12'],
    ['-19'],
    ['--fast=7'],
    ['-9', '--long=24'],
  ];

  it.each(inputs)('hold %s, at every level', (_, input) => {
    for (const option of options) {
      expect(isEqual(inflateAll(zstdFrame(input, ...option)), input), option.join(' ')).toBe(true);
    }
  });

  it('follow one another, a whole frame for each payload, as Spacebar sends them', () => {
    const payloads = samplePayloads(5);
    const subject = inflater();
    expect(payloads.map((payload) => bytesOf(subject.push(zstdFrame(payload))))).toEqual(payloads);
  });

  it('may share a message, with skippable ones between', () => {
    const skippable = Buffer.from('502a4d18030000000a0b0c', 'hex');
    const message = Buffer.concat([
      zstdFrame(Buffer.from('{"a":1}')),
      skippable,
      zstdFrame(Buffer.from('{"b":2}')),
    ]);
    expect(inflateAll(message).toString()).toBe('{"a":1}{"b":2}');
    for (let cut = 1; cut < message.length; cut++) {
      const subject = inflater();
      const found = cutAt(message, [cut]).map((piece) => subject.push(piece));
      const bytes = found.flatMap((inflated) => (inflated.status === 'ok' ? [bytesOf(inflated)] : []));
      expect(Buffer.concat(bytes).toString()).toBe('{"a":1}{"b":2}');
    }
  });

  it('are what the tool reads of our messages', () => {
    const payloads = samplePayloads(3);
    const stream = Buffer.concat([
      streamOpening('zstd-stream'),
      ...payloads.map((payload) => streamMessage('zstd-stream', payload)),
      Buffer.from('010000', 'hex'),
    ]);
    expect(runZstd(['-d'], stream)?.toString()).toBe(payloads.join(''));
  });
});

describe.skipIf(!hasNodeZstd)('messages of node:zlib', () => {
  it('keep one context', async () => {
    const { createZstdCompress } = zlib as unknown as { createZstdCompress: typeof zlib.createDeflate };
    const compress = createZstdCompress();
    const subject = inflater();
    for (const payload of zstdStreamPayloads()) {
      const chunks: Buffer[] = [];
      compress.on('data', (chunk: Buffer) => chunks.push(chunk));
      compress.write(payload);
      await new Promise<void>((resolve) => compress.flush(() => resolve()));
      compress.removeAllListeners('data');
      expect(isEqual(bytesOf(subject.push(Buffer.concat(chunks))), payload)).toBe(true);
    }
    compress.destroy();
  });
});

function cutAt(message: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const at = [0, ...cuts.map((cut) => Math.min(cut, message.length)).sort((a, b) => a - b), message.length];
  return at.slice(1).map((end, i) => message.subarray(at[i], end));
}

/** A last block of a frame without a size, with this content. */
function codedBlock(hex: string): Buffer {
  const content = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  const header = Buffer.alloc(3);
  header.writeUIntLE((content.length << 3) | (2 << 1), 0, 3);
  return Buffer.concat([HEADER, header, content]);
}

it.each([
  ['no Huffman description', '02 00 00'],
  ['Huffman description past its section', '12 80 00 87 00 00'],
  ['Huffman weights of nothing', '12 80 00 80 00 00'],
  ['Huffman weights that do not fill the table', '12 80 00 81 31 00'],
  ['Huffman weights that do not fill the table', '12 80 00 81 cc 00'],
  ['Huffman weights without states', '12 00 01 03 f0 03 01 00'],
  ['too many Huffman weights', '12 40 01 04 f0 03 00 04 00'],
  ['Huffman stream too long', '02 c0 00 80 10 80 00'],
  ['backward stream without an end mark', '12 80 00 80 10 00'],
  ['literals past their block', '02 f0 3f'],
  ['literals past their block', '28 61'],
  ['too few literals for four streams', '56 00 02 80 10 00 00 00 00 00 00 00'],
  ['no table to repeat', '13 80 00 80 10 00'],
  ['no sequences section', '08 61'],
  ['reserved bits of the sequences set', '08 61 01 01 01'],
  ['reserved bits of the sequences set', '08 61 01'],
  ['bytes behind no sequences', '08 61 00 00'],
  ['backward stream without an end mark', '08 61 01 00'],
  ['backward stream without an end mark', '08 61 01 00 00'],
  ['sequences that do not end with their bits', '08 61 01 00 01'],
  ['no table to repeat', '08 61 01 c0 01'],
  ['symbol over its limit', '08 61 01 40 ff 01'],
  ['symbol over its limit', '08 61 01 40'],
  ['FSE accuracy over its limit', '08 61 01 80 05 01'],
  ['FSE description without an end', '08 61 01 80 00'],
  ['FSE description with too many symbols', '08 61 01 80 10 fe ff ff ff ff 01'],
  ['FSE counts that do not fill the table', '08 61 01 80 d1 03'],
  ['match from before the window', '08 61 01 54 01 02 00 07'],
  ['more literals used than there are', '08 61 01 54 02 00 00 01'],
  ['block over its limit', '08 61 01 54 01 00 34 ff ff 01'],
])('a block has %s: %s', (message, hex) => {
  const decoder = new ZstdDecoder(() => undefined);
  expect(() => decoder.push(codedBlock(hex))).toThrow(new ZstdCorruption(message));
  expect(inflater().push(codedBlock(hex)).status).toBe('inflate_failed');
});

it.each([
  ['block of no known kind or over its limit', '28b52ffd0040 060000'],
  ['block of no known kind or over its limit', '28b52ffd0040 08001000'],
  ['frame of another length than its header says', '28b52ffd2005 010000'],
])('a frame has a %s: %s', (message, hex) => {
  const decoder = new ZstdDecoder(() => undefined);
  const frame = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  expect(() => decoder.push(frame)).toThrow(new ZstdCorruption(message));
});

it('reads frames that name the length of their content', () => {
  const frame = Buffer.from('28b52ffd2005' + '290000' + '68656c6c6f', 'hex');
  expect(inflateAll(frame, frame, Buffer.concat([frame, frame])).toString()).toBe('hello'.repeat(4));
});

it('reads a match as long as a block may be, with the same code for each of its numbers', () => {
  const found = bytesOf(inflater().push(codedBlock('08 61 01 54 01 00 34 fc ff 01')));
  expect(isEqual(found, Buffer.alloc(128 * 1024, 'a'))).toBe(true);
});

it.each([
  ['00', 'aaaabbbb'],
  ['01', 'aaaaabbbbb'],
])('reads sequences whose states take no bits, with the match length %s', (length, text) => {
  const other = codedBlock('10 61 62 02 54 01 00 05 01');
  const block = codedBlock(`10 61 62 02 54 01 00 ${length} 01`);
  // What an earlier block left is not read.
  expect(bytesOf(inflater().push(other))).toHaveLength(18);
  expect(bytesOf(inflater().push(block)).toString()).toBe(text);
});

it.each([
  ['1 with literals', '08 78 01 54 01 00 00 01', 'xxxx'],
  ['2 with literals', '08 78 01 54 01 01 00 02', 'xfgh'],
  ['3 with literals', '08 78 01 54 01 01 00 03', 'xbcd'],
  ['1 without literals', '00 01 54 00 00 00 01', 'efg'],
  ['2 without literals', '00 01 54 00 01 00 02', 'abc'],
])('a frame begins with the offsets 1, 4 and 8, which repeat as the value %s', (_, hex, text) => {
  const subject = inflater();
  const blocks = [rawBlocks(Buffer.from('abcdefgh')), codedBlock(hex).subarray(HEADER.length)];
  expect(bytesOf(subject.push(Buffer.concat([HEADER, ...blocks]))).toString()).toBe(`abcdefgh${text}`);
});

it('reads a match from 48 MiB before, whose distance has more bits than are read at once', () => {
  const window = Buffer.from('28b52ffd0088', 'hex'); // 128 MiB
  const run = Buffer.from('020010' + '61', 'hex'); // 128 KiB of one byte
  const text = Buffer.from('START');
  const subject = inflater(5);
  expect(bytesOf(subject.push(Buffer.concat([window, rawBlocks(text)])))).toEqual(text);
  expect(subject.push(Buffer.concat(Array.from({ length: 385 }, () => run))).status).toBe('too_large');
  // The offset plus 3 (RFC 8878 section 3.1.1.5), as 25 bits below its highest, and the end mark.
  const distance = Buffer.alloc(4);
  distance.writeUInt32LE(5 + 385 * 128 * 1024 + 3);
  const block = codedBlock(`00 01 54 00 19 02 ${distance.toString('hex')}`).subarray(HEADER.length);
  expect(bytesOf(subject.push(block))).toEqual(text);
});

it.each([
  ['29 61 00', 5],
  ['85 bb 61 00', 3000],
  ['85 0c 61 80c8 54 01 00 00 01', 800],
  ['0d f0 07 61 ff0000 54 01 00 00 01', 4 * 0x7f00],
])('reads %s, with lengths and counts of one to three bytes', (hex, length) => {
  expect(isEqual(bytesOf(inflater().push(codedBlock(hex))), Buffer.alloc(length, 'a'))).toBe(true);
});

it('reads plain weights of literals', () => {
  const blocks = ['32 c0 00 80 10 0d 00', '32 c0 00 81 21 31 00'].map(codedBlock);
  const found = blocks.map((block) => [...bytesOf(inflater().push(block))]);
  expect(found).toEqual([
    [1, 0, 1],
    [0, 1, 2],
  ]);
});

it('refuses output of a block beyond its window', () => {
  // A window of 1 KiB, and 1,025 literals of one value.
  const frame = Buffer.from('28b52ffd0000' + '2d0000' + '154061' + '0000', 'hex');
  expect(inflater().push(frame).status).toBe('inflate_failed');
});

it('takes a small window in the memory that a larger one left', () => {
  const small = Buffer.from('28b52ffd0000' + '290000' + '68656c6c6f', 'hex');
  const large = Buffer.concat([HEADER, rawBlocks(randomBytes(300_000)), Buffer.from('010000', 'hex')]);
  const subject = inflater();
  for (let times = 0; times < 2; times += 1) {
    expect(subject.push(large).status).toBe('ok');
    expect(bytesOf(subject.push(small)).toString()).toBe('hello');
  }
});

it('stops where the budget of work ends', () => {
  const budget = new InflateBudget(1000, 1000);
  const subject = new ZstdStreamInflater({ maxPayloadBytes: MiB, budget });
  expect(subject.push(Buffer.concat([HEADER, rawBlocks(randomBytes(900))])).status).toBe('ok');
  expect(subject.push(rawBlocks(randomBytes(101))).status).toBe('too_complex');
  expect(subject.push(rawBlocks(randomBytes(1))).status).toBe('context_lost');
});

it('spends the budget of work on the tables of a block and on its output', () => {
  const budget = new InflateBudget(10_000, 10_000);
  const spend = (): string =>
    new ZstdStreamInflater({ maxPayloadBytes: MiB, budget }).push(codedBlock('29 61 00')).status;
  expect([spend(), budget.left]).toEqual(['ok', 10_000 - BOUNDS.inflateBlock - 5]);
  budget.spend(8000);
  expect(spend()).toBe('too_complex');
});

it('spends the budget of work on what is copied for a block in many pieces', () => {
  const budget = new InflateBudget(1000, 1000);
  const subject = new ZstdStreamInflater({ maxPayloadBytes: MiB, budget });
  const block = rawBlocks(Buffer.alloc(100));
  subject.push(HEADER);
  subject.push(block.subarray(0, 10));
  expect(budget.left).toBe(1000);
  subject.push(new Uint8Array(0));
  expect(budget.left).toBe(1000);
  subject.push(block.subarray(10, 20));
  expect(budget.left).toBe(990);
});

it('stops where all connections together hold too much', () => {
  const held = new HeldBytes(100_000);
  const subject = new ZstdStreamInflater({ maxPayloadBytes: MiB, held });
  expect(subject.push(Buffer.concat([HEADER, rawBlocks(randomBytes(300_000))])).status).toBe('too_complex');
  expect(held.held).toBe(0);
});

it('ends where its window would take more memory than all connections may hold', () => {
  const held = new HeldBytes(MiB);
  const subject = new ZstdStreamInflater({ maxPayloadBytes: 100, held });
  const header = Buffer.from('28b52ffd0068', 'hex'); // a window of 8 MiB
  const block = Buffer.from('020010' + '61', 'hex'); // 128 KiB of one byte
  expect(subject.push(Buffer.concat([header, ...Array.from({ length: 32 }, () => block)])).status).toBe(
    'too_complex',
  );
  expect(held.held).toBe(0);
});
