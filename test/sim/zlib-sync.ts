/** Streams of node:zlib, used synchronously and with one context for all calls: the calls under its own `*Sync` functions. */
import { constants } from 'node:zlib';

interface Engine {
  /** After a call: room left in the output, and input left. */
  readonly _writeState: Uint32Array;
  readonly _handle: {
    onerror: (message: string) => void;
    writeSync(...parts: readonly [number, Uint8Array, number, number, Uint8Array, number, number]): void;
  };
}

const OUTPUT_BYTES = 65_536;

/** Returns a function that passes bytes through `stream`, with a sync flush after each call; it throws for broken bytes. */
export function runSync(stream: object): (bytes: Uint8Array) => Buffer {
  const { _handle, _writeState } = stream as Engine;
  let fault: string | null = null;
  _handle.onerror = (message) => (fault = message);
  return (bytes) => {
    const parts: Buffer[] = [];
    for (let left = bytes.length; ;) {
      const output = Buffer.alloc(OUTPUT_BYTES);
      _handle.writeSync(constants.Z_SYNC_FLUSH, bytes, bytes.length - left, left, output, 0, OUTPUT_BYTES);
      if (fault !== null) throw new Error(`zlib: ${fault}`);
      const [room = 0, unread = 0] = _writeState;
      parts.push(output.subarray(0, OUTPUT_BYTES - room));
      left = unread;
      if (room > 0) return Buffer.concat(parts);
    }
  };
}
