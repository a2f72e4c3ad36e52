/** Choice of the zlib-stream inflater; that each of them is right is in zlib-stream.test.ts. */
import { describe, expect, it } from 'vitest';
import { openZlibContext, openZlibSyncContext, ZlibInflate } from '../../../src/wire/zlib/context.js';
import { deflateStream } from '../../support/zlib-stream.js';

describe('openZlibContext', () => {
  it('prefers zlib-sync, and gives it to a bounded number of connections', async () => {
    const [message] = await deflateStream([Buffer.from('{"op":11}')]);
    const isOwn = Array.from({ length: 2001 }, () => {
      const context = openZlibContext();
      expect(Buffer.from(context.push(message!) ?? []).toString()).toBe('{"op":11}');
      return context instanceof ZlibInflate;
    });
    const isAddonMissing = openZlibSyncContext() === null;
    expect(isOwn.slice(0, 2000)).toEqual(Array.from({ length: 2000 }, () => isAddonMissing));
    expect(isOwn[2000]).toBe(true);
  });
});
