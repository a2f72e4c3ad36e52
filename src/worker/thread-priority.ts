/**
 * Priority of the threads that record: where both want the processor, forwarding goes before recording.
 */
import { setPriority } from 'node:os';

const NICE_VALUE = 10;

/**
 * Lowers the calling thread's priority. Only Linux has a nice value per thread; elsewhere the relay would slow down,
 * too.
 */
export function lowerPriority(): void {
  if (process.platform === 'linux') setPriority(NICE_VALUE);
}
