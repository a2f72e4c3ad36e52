/**
 * Priority of the threads that record: where both want the processor, forwarding goes before recording.
 */
import { getPriority, setPriority } from 'node:os';

const NICE_STEPS = 10;
/** The lowest priority: of a thread that only looks at what was recorded. */
export const LOWEST_NICE_VALUE = 19;

/**
 * Lowers the calling thread's priority below the one that the process was started with: to raise one needs rights. Only
 * Linux has a nice value per thread; elsewhere the relay would slow down, too.
 */
export function lowerPriority(niceValue = Math.min(getPriority() + NICE_STEPS, LOWEST_NICE_VALUE)): void {
  if (process.platform === 'linux') setPriority(niceValue);
}
