import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseStreamKey, streamKey } from '../../src/capture/streams.js';
import { SENDERS } from '../../src/wire/frame.js';

it('each stream has a number of its own, from which it can be read', () => {
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(...SENDERS), (connection, sender) => {
      expect(parseStreamKey(streamKey(connection, sender))).toEqual({ connection, sender });
    }),
  );
});
