/** Choice of the zlib-stream inflater, and the header of a stream; the rest is in stream.test.ts. */
import { createRequire, syncBuiltinESMExports } from 'node:module';
import zlib, { constants, deflateSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openZlibContext, ZlibInflate } from '../../../src/wire/zlib/context.js';
import { NodeInflate } from '../../../src/wire/zlib/node-inflate.js';

const builtin = createRequire(import.meta.url)('node:zlib') as typeof zlib;

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
    context.close();
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

describe('a Node that is not known', () => {
  /** The inflater of a connection and of a whole buffer, loaded again with another node:zlib or version. */
  async function load(): Promise<readonly [string, string]> {
    syncBuiltinESMExports();
    vi.resetModules();
    const { openZlibContext: open } = await import('../../../src/wire/zlib/context.js');
    const { inflateOnce } = await import('../../../src/wire/whole-buffer.js');
    const inflated = inflateOnce(zlib.deflateSync('{"op":11}'), { maxPayloadBytes: 100 });
    const text = inflated.status === 'ok' ? Buffer.from(inflated.bytes).toString() : inflated.status;
    return [open().constructor.name, text];
  }

  const { createInflate } = zlib;
  const replaceCreateInflate = (value: typeof createInflate): void => {
    Object.defineProperty(builtin, 'createInflate', { value, configurable: true, enumerable: true });
  };
  const { versions } = process;

  afterEach(() => {
    Object.defineProperty(process, 'versions', { value: versions });
    replaceCreateInflate(createInflate);
    syncBuiltinESMExports();
    vi.resetModules();
  });

  it('has zlib itself up to the newest version that was tried, and our own inflater from there on', async () => {
    const withVersion = (node: string): Promise<readonly [string, string]> => {
      Object.defineProperty(process, 'versions', { value: { ...versions, node } });
      return load();
    };
    expect(await withVersion('26.9.1')).toEqual(['NodeInflate', '{"op":11}']);
    expect(await withVersion('27.0.0')).toEqual(['ZlibInflate', '{"op":11}']);
  });

  interface Handle {
    readonly noSuchMember: () => void;
    onerror: () => void;
    writeSync: (...args: unknown[]) => void;
  }
  const SYNC_FLUSH = constants.Z_SYNC_FLUSH;

  it.each<[string, (handle: Handle, state: Uint32Array) => void]>([
    ['throws', (handle) => void (handle.writeSync = () => handle.noSuchMember())],
    ['says nothing of broken data', (handle) => Object.defineProperty(handle, 'onerror', { set: () => 0 })],
    ['writes nothing', (handle) => void (handle.writeSync = () => undefined)],
    [
      'breaks streams',
      (handle) => {
        const write = handle.writeSync.bind(handle);
        handle.writeSync = (flush, ...rest) => {
          write(flush, ...rest);
          if (flush === SYNC_FLUSH) handle.onerror();
        };
      },
    ],
    [
      'writes other streams',
      (handle) => {
        const write = handle.writeSync.bind(handle);
        handle.writeSync = (flush, input, at, bytes, output, start, room) => {
          write(flush, input, at, bytes, output, start, room);
          if (flush === SYNC_FLUSH) (output as Buffer)[start as number] = 0;
        };
      },
    ],
  ])('has our own inflater where the engine of zlib %s', async (_, change) => {
    replaceCreateInflate((options) => {
      const inflate = createInflate(options);
      const { _handle, _writeState } = inflate as unknown as { _handle: Handle; _writeState: Uint32Array };
      change(_handle, _writeState);
      return inflate;
    });
    expect(await load()).toEqual(['ZlibInflate', '{"op":11}']);
  });
});
