/**
 * Steady heap: keeps V8's space for new objects at its size when a recorder starts.
 *
 * By default V8 doubles that space whenever much of it survives a collection, as when a thousand clients log in, up to
 * 32 MB a thread, and an idle process never gives it back. The relay and its threads have few objects that live long. A
 * process can be started with `--max-semi-space-size`; a running command can only set these two flags, for the whole
 * process, which is why the library does not. Source: V8's flag-definitions.h.
 */
import { setFlagsFromString } from 'node:v8';

/** Size of the space that the threads begin with and keep, half of it in use at a time; `YOUNG_GENERATION_MB` is the limit. */
const SEMI_SPACE_MB = 4;

/** Calls `start`, which can start threads, and resolves with its result; afterwards the space of no thread grows. */
export async function withSteadyHeap<T>(start: () => Promise<T>): Promise<T> {
  // For threads that start later: without it their space would begin at 1 MB, and stay there.
  setFlagsFromString(`--min-semi-space-size=${SEMI_SPACE_MB}`);
  const started = await start();
  // Every thread resets it to 2 at its start, so that it can be set only now.
  setFlagsFromString('--semi-space-growth-factor=1');
  return started;
}
