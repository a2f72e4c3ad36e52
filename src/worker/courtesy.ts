/**
 * Courtesy: the recorder, woken by traffic, lets a burst pass before it takes up its own work.
 *
 * Decoding a byte costs some fifty times what relaying it costs. On a machine with few cores a recorder that starts at
 * the first chunk takes the processor from those who send, relay and receive, and has decoded one or two per cent of the
 * burst when it is over: nothing is won, and the burst takes longer. So it sleeps on while bytes keep coming faster than
 * it could decode them, for a limited time and while there is room. A recorder that is behind never gets here.
 */
import type { RingReader } from './ring.js';

/** How often it looks. */
const SLICE_MS = 4;
/** What comes in a slice of a burst, at 64 MB/s and more. */
const FLOWING_BYTES = 2 ** 18;
/** 80 ms at the most: then it is no burst but load, or one that the queue will not hold. */
const MAX_SLICES = 20;

/** Sleeps until the burst that has just begun is over; not at all long when it is none. */
export function waitForBurst(ring: RingReader): void {
  for (let slice = 0; slice < MAX_SLICES; slice += 1) {
    const before = ring.depth;
    ring.sleep(ring.highWater, SLICE_MS);
    const { depth } = ring;
    if (depth - before < FLOWING_BYTES || depth >= ring.highWater) return;
  }
}
