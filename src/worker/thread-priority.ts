/**
 * Priority of the threads that record: where both want the processor, forwarding goes before recording.
 */
import { setPriority } from 'node:os';

const NICE_VALUE = 10;

/** Lets the calling thread give way to others. Its own nice value is Linux's alone: elsewhere the relay would slow down, too. */
export function lowerPriority(): void {
  if (process.platform === 'linux') setPriority(NICE_VALUE);
}
