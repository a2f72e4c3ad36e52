/**
 * Number of threads that decode.
 */
import { availableParallelism } from 'node:os';

/** Processors that are left to the relay and the writer. */
const OTHERS = 2;
/** As many as keep one writer at work, several times over. */
const MOST = 8;

/** Number of decoders that was `wanted`; `auto` goes by the number of processors. */
export function countDecoders(wanted: number | 'auto', processors = availableParallelism()): number {
  return wanted === 'auto' ? Math.min(Math.max(processors - OTHERS, 1), MOST) : wanted;
}
