/**
 * Rebased recordings, for whoever serves them: moved to a time, or as they are, with a line in the log that says why.
 */
import type { Log } from '../host.js';
import { rebase } from '../replay/rebase/rebase.js';
import type { Recording } from '../replay/recording.js';

/** Recordings that begin at `toUs` (µs since the Unix epoch), or as they are where it is null. */
export function rebased(
  recordings: readonly Recording[],
  toUs: number | null,
  log: Log,
): readonly Recording[] {
  if (toUs === null) return recordings;
  const moved = rebase(recordings, toUs);
  if (moved === null) log('warn', 'no recorded message says when it was made: no time is moved');
  return moved ?? recordings;
}
