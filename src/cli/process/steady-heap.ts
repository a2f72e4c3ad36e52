/**
 * Steady heap: V8's space for new objects keeps the size that it has once a recorder runs.
 *
 * By itself V8 doubles that space whenever much of it outlives a collection, as when a thousand clients log in, up to 32 MB
 * a thread, and gives none of it back to a process that is at rest. The relay and its threads have hardly any objects that
 * live long. What a process is started with could say so (`--max-semi-space-size`); a command that runs already can
 * only set these two flags, for its own process, which is why the library does not. Source: V8's flag-definitions.h.
 */
import { setFlagsFromString } from 'node:v8';

/** Size of the space that the threads begin with and keep, half of it in use at a time: `YOUNG_GENERATION_MB` allows no more. */
const SEMI_SPACE_MB = 4;

/** Starts what `start` starts, threads included, and resolves with it; from then on no thread takes more for new objects. */
export async function withSteadyHeap<T>(start: () => Promise<T>): Promise<T> {
  // For threads that are yet to begin: without it theirs would start at 1 MB, and stay there.
  setFlagsFromString(`--min-semi-space-size=${SEMI_SPACE_MB}`);
  const started = await start();
  // Every thread that begins sets it back to 2, so that it can be set only now.
  setFlagsFromString('--semi-space-growth-factor=1');
  return started;
}
