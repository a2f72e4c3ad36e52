/**
 * The object under node:zlib's streams, which takes any number of pieces synchronously and writes into memory of the
 * caller's choice.
 *
 * It is not documented: it is used in the versions of Node that `npm run test:nodes` tries, and after a trial.
 * Source: Node lib/zlib.js, `processChunkSync`; src/node_zlib.cc, `CompressionStream::Write`.
 */
import { versions } from 'node:process';

/** The parts of that object that are used here. */
export interface NodeEngine {
  /** After a call: room left in the output, and input left. */
  readonly _writeState: Uint32Array;
  readonly _handle: {
    /** Called during `writeSync` if the data is broken, or not complete at a flush that finishes it. */
    onerror: () => void;
    /** Forgets the stream. */
    reset(): void;
    writeSync(
      flush: number,
      input: Uint8Array,
      inputAt: number,
      inputBytes: number,
      output: Uint8Array,
      outputAt: number,
      outputBytes: number,
    ): void;
  };
}

/** Newest major version of Node that was tried. */
const TRIED_NODE = 26;

/** Whether the object is known in this version of Node. */
export function isNodeTried(): boolean {
  return Number.parseInt(versions.node, 10) <= TRIED_NODE;
}

/** The object under a stream of node:zlib, which must live as long as that is used. */
export function takeEngine(stream: object): NodeEngine {
  return stream as unknown as NodeEngine;
}
