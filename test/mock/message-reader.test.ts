/** Messages that a strict gateway does not take; the patient one takes all but the last. */
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { MessageReader } from '../../src/mock/message-reader.js';

const json = { encoding: 'json', compress: 'none' } as const;
const etf = { encoding: 'etf', compress: 'none' } as const;
const long = Buffer.from(JSON.stringify({ op: 3, d: 'x'.repeat(4_090) }));
const compressed = deflateSync('{"op":1,"d":null}');
// {"op": 1, "d": nil}: maps with keys as binaries, and as small atoms (115).
const binaryKeys = Buffer.from('8374000000026d000000026f7061016d000000016473036e696c', 'hex');
const atomKeys = Buffer.from('83740000000273026f70610173016473036e696c', 'hex');

const read = (
  isStrict: boolean,
  data: Buffer,
  isBinary: boolean,
  transport: typeof json | typeof etf,
): unknown => new MessageReader(transport, isStrict).read(data, isBinary);

describe('a message', () => {
  it.each([
    ['of more than 4,096 bytes', long, false, json],
    ['with atoms for keys', atomKeys, true, etf],
  ] as const)('%s is refused where it is strict', (_, data, isBinary, transport) => {
    expect(read(true, data, isBinary, transport)).toBeNull();
    expect(read(false, data, isBinary, transport)).toMatchObject({ op: expect.any(Number) as number });
  });

  it('that is compressed is refused where it is strict', () => {
    expect(read(true, compressed, true, json)).toBeNull();
  });

  it.each([
    [binaryKeys, true, etf],
    [Buffer.from('{"op":1,"d":null}'), false, json],
    [Buffer.from('{"op":1,"d":null}'), true, json], // discord.py-self sends JSON in binary messages
  ] as const)('that is proper is taken: %#', (data, isBinary, transport) => {
    expect(read(true, data, isBinary, transport)).toEqual({ op: 1, d: null, s: null, t: null });
  });

  it.each(['garbage', '[1]', '{"op":1}{"op":1}', ''])('without a payload is refused: %j', (text) => {
    expect(read(false, Buffer.from(text), false, json)).toBeNull();
  });
});
