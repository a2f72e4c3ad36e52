/**
 * Priority of the threads that record: where both want the processor, forwarding goes before recording.
 */
import { setPriority } from 'node:os';

const NICE_VALUE = 10;
/** Of a thread that only looks at what was recorded. */
export const LOWEST_NICE_VALUE = 19;

/**
 * Lowers the calling thread's priority. Only Linux has a nice value per thread; elsewhere the relay would slow down,
 * too.
 */
export function lowerPriority(niceValue = NICE_VALUE): void {
  if (process.platform === 'linux') setPriority(niceValue);
}
