/** Waits for a recorder by what counts: the frames that anyone can read in its database. */
import Sqlite from 'better-sqlite3';

const PAUSE_MS = 20;
const PATIENCE_MS = 300_000;

/** Resolves as soon as `db` holds so many frames; `onTick` is called while it does not. */
export async function recorded(db, frames, onTick = () => undefined) {
  const database = new Sqlite(db, { readonly: true });
  const newest = database.prepare('SELECT max(id) FROM frame').pluck();
  const startMs = performance.now();
  try {
    while ((newest.get() ?? 0) < frames) {
      if (performance.now() - startMs > PATIENCE_MS)
        throw new Error(`only ${newest.get()} of ${frames} frames were recorded`);
      onTick();
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  } finally {
    database.close();
  }
}
