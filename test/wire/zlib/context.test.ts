/** Choice of the zlib-stream inflater, and the header of a stream; the rest is in stream.test.ts. */
import { syncBuiltinESMExports } from 'node:module';
import { constants, deflateSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openZlibContext, ZlibInflate } from '../../../src/wire/zlib/context.js';
import { NodeInflate } from '../../../src/wire/zlib/node-inflate.js';

it('a connection gets zlib itself in every version of Node that is tried', () => {
  expect(openZlibContext()).toBeInstanceOf(NodeInflate);
});

describe.each([
  ['zlib itself', () => new NodeInflate()],
  ['our own inflater', () => new ZlibInflate()],
])('%s', (_, open) => {
  const TEXT = '{"op":11}';
  const stream = deflateSync(TEXT, { finishFlush: constants.Z_SYNC_FLUSH });

  it.each([0, 1, 2, 3, 5])('takes the header in a piece of %i bytes, and the rest of it later', (length) => {
    const context = open();
    const pieces = [stream.subarray(0, length), stream.subarray(length)];
    const inflated = pieces.map((piece) => Buffer.from(context.push(piece) ?? 'broken').toString());
    expect(inflated.join('')).toBe(TEXT);
  });

  it('inflates nothing once it is closed', () => {
    const context = open();
    context.push(stream.subarray(0, 5));
    context.close();
    context.close();
    expect(context.push(stream.subarray(5))).toBeNull();
  });

  it.each([
    [[0x79, 0x9c]],
    [[0x78, 0x9d]],
    [[0x78, 0xbb]], // with a dictionary
  ])('refuses a stream that begins with %j', (header) => {
    const body = stream.subarray(2);
    expect(open().push(Buffer.from([...header, ...body]))).toBeNull();
    const context = open();
    expect(context.push(Buffer.from(header.slice(0, 1)))).toHaveLength(0);
    expect(context.push(Buffer.from([...header.slice(1), ...body]))).toBeNull();
  });
});

describe('in a version of Node', () => {
  const { versions } = process;

  const setVersions = (value: typeof versions): void => {
    Object.defineProperty(process, 'versions', { value });
    syncBuiltinESMExports();
    vi.resetModules();
  };

  afterEach(() => {
    setVersions(versions);
  });

  it.each([
    ['26.9.1', 'NodeInflate'],
    ['27.0.0', 'ZlibInflate'],
  ])('%s, a connection gets %s', async (node, expected) => {
    setVersions({ ...versions, node });
    const { openZlibContext: open } = await import('../../../src/wire/zlib/context.js');
    expect(open().constructor.name).toBe(expected);
  });
});
