/** Choice of the zlib-stream inflater; that each of them is right is in stream.test.ts. */
import { expect, it } from 'vitest';
import { openZlibContext } from '../../../src/wire/zlib/context.js';
import { NodeInflate } from '../../../src/wire/zlib/node-inflate.js';

it('a connection gets zlib itself in every version of Node that is tried', () => {
  expect(openZlibContext()).toBeInstanceOf(NodeInflate);
});
