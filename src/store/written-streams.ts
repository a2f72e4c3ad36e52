/**
 * Written streams: what a capture has written to its present file, by connection and sender.
 *
 * If that file is lost, each stream becomes a gap in the next one. A stream's bytes are those that the connection
 * carried: payloads with the headers of their frames, as far as each message came in one piece. Only what was committed
 * counts. The facts of closed connections are kept up to a number; of older ones only the sums are.
 */
import type { GapRecord } from '../capture/records.js';
import type { Sender } from '../wire/frame.js';
import type { SqlValue } from './database.js';
import type { Tally } from './rollups.js';

/** Sums over one stream. */
export interface StreamSums {
  /** Frames in the file. */
  frames: number;
  /** Bytes of these frames. */
  bytes: number;
  /** Bytes of the gaps in the file, and the frames that they name. */
  gapBytes: number;
  gapFrames: number;
  fromUs: number;
  untilUs: number;
}

/** Written frames and bytes of one connection. */
export interface WrittenConnection {
  /** Values of its row, without the capture. */
  readonly row: readonly SqlValue[];
  /** Values of its row since the close; null while it is open. */
  closing: readonly SqlValue[] | null;
  readonly streams: Readonly<Record<Sender, StreamSums>>;
}

/** Closed connections whose facts are kept. */
const MAX_CLOSED = 10_000;

const MIN_HEADER_BYTES = 2;
const MASK_BYTES = 4;

/** Notes a connection that has nothing in the file yet. */
export function startWritten(row: readonly SqlValue[]): WrittenConnection {
  return { row, closing: null, streams: { client: startSums(), gateway: startSums() } };
}

function startSums(): StreamSums {
  return { frames: 0, bytes: 0, gapBytes: 0, gapFrames: 0, fromUs: Infinity, untilUs: 0 };
}

/** Adds the frames of a batch. */
export function addTallyTo({ streams }: WrittenConnection, tally: Tally): void {
  for (const [{ sender, status }, sums] of tally.byType) {
    const stream = streams[sender];
    stream.frames += sums.count;
    // The completing frame of a payload counts the bytes of all its frames.
    if (status !== 'partial') stream.bytes += sums.wireBytes;
    // These are pieces of the stream, headers included.
    if (status !== 'context_lost' && status !== 'decoder_failed')
      stream.bytes +=
        sums.lengthBytes +
        sums.count * (sender === 'client' ? MIN_HEADER_BYTES + MASK_BYTES : MIN_HEADER_BYTES);
    extend(stream, sums.firstAtUs, sums.lastAtUs);
  }
}

/** Adds a gap that was written. */
export function addGapTo(
  { streams }: WrittenConnection,
  { sender, fromUs, untilUs, bytes, frames = 0 }: GapRecord,
): void {
  streams[sender].gapBytes += bytes;
  streams[sender].gapFrames += frames;
  extend(streams[sender], fromUs, untilUs);
}

/** The gap that a stream becomes when its file is lost, under the connection's new id; null if the file had nothing. */
export function toGap(connection: number, sender: Sender, { streams }: WrittenConnection): GapRecord | null {
  const { frames, bytes, gapBytes, gapFrames, fromUs, untilUs } = streams[sender];
  if (frames === 0 && gapBytes === 0) return null;
  const lost = { bytes: bytes + gapBytes, frames: frames + gapFrames };
  return { type: 'gap', connection, sender, fromUs, untilUs, ...lost };
}

/** Whether the file has frames or gaps of a connection. */
export function isAnythingWritten({ streams }: WrittenConnection): boolean {
  return Object.values(streams).some(({ frames, gapBytes }) => frames > 0 || gapBytes > 0);
}

/** Bytes of the frames of a connection. */
export function countBytes({ streams }: WrittenConnection): number {
  return streams.client.bytes + streams.gateway.bytes;
}

function extend(stream: StreamSums, fromUs: number, untilUs: number): void {
  stream.fromUs = Math.min(stream.fromUs, fromUs);
  stream.untilUs = Math.max(stream.untilUs, untilUs);
}

/** Closed connections of a file, the oldest first. */
export class ClosedConnections {
  readonly #kept: WrittenConnection[] = [];
  readonly #max: number;
  #bytes = 0;

  constructor(max = MAX_CLOSED) {
    this.#max = max;
  }

  /** Connections of which everything is known. */
  get kept(): readonly WrittenConnection[] {
    return this.#kept;
  }

  /** Bytes of the other ones. */
  get otherBytes(): number {
    return this.#bytes;
  }

  add(closed: WrittenConnection): void {
    this.#kept.push(closed);
    // Removed a thousandth at a time, as each removal moves the whole list.
    if (this.#kept.length < this.#max * 1.001) return;
    for (const old of this.#kept.splice(0, this.#kept.length - this.#max)) this.#bytes += countBytes(old);
  }
}
