/**
 * Capture rows: what is copied to a server of captures, gaps, and the observations that rules ask for.
 *
 * Gaps, observations and REST calls are only ever added, so each call reads only new rows.
 */
import { RELAY_OBSERVATIONS } from '../../gateway/session/observations.js';
import type { Database, Statement } from '../database.js';
import type { TableRow } from '../table-rows.js';

/** A row with the columns of its table. */
export type IdRow = TableRow & { readonly id: number };

/** All rows so far. */
export interface CaptureRows {
  /** With `last_call_at_us`, the start of the last REST call; null without one. */
  readonly captures: readonly IdRow[];
  readonly gaps: readonly IdRow[];
  readonly observations: readonly IdRow[];
}

interface CallTimes {
  readonly capture_id: number;
  readonly at_us: number;
  readonly last_id: number;
}

/** Reads the rows through one handle. */
export class CaptureRowReader {
  readonly #captures: Statement<[], IdRow>;
  readonly #calls: Statement<[number], CallTimes>;
  readonly #newGaps: Statement<[number], IdRow>;
  readonly #newObservations: Statement<[number, string], IdRow>;
  readonly #newestObservation: Statement<[], number | null>;
  readonly #lastCalls = new Map<number, number>();
  readonly #gaps: IdRow[] = [];
  readonly #observations: IdRow[] = [];
  #callId = 0;
  #observationId = 0;

  constructor(db: Database) {
    this.#captures = db.prepare('SELECT id, mode FROM capture ORDER BY id');
    this.#calls = db.prepare(
      `SELECT capture_id, max(started_at_us) AS at_us, max(id) AS last_id FROM exchange WHERE id > ? GROUP BY capture_id`,
    );
    this.#newGaps = db.prepare(
      'SELECT id, connection_id, sender, from_us, until_us, bytes, frames FROM gap WHERE id > ? ORDER BY id',
    );
    this.#newObservations = db.prepare(
      `SELECT id, connection_id, at_us, name FROM observation
       WHERE id > ? AND name IN (SELECT value FROM json_each(?)) ORDER BY id`,
    );
    this.#newestObservation = db.prepare<[], number | null>('SELECT max(id) FROM observation').pluck();
  }

  /** Rows of the database as it is now. */
  read(): CaptureRows {
    const since = this.#callId;
    for (const { capture_id: id, at_us: atUs, last_id: lastId } of this.#calls.all(since)) {
      this.#lastCalls.set(id, Math.max(this.#lastCalls.get(id) ?? 0, atUs));
      this.#callId = Math.max(this.#callId, lastId);
    }
    this.#gaps.push(...this.#newGaps.all(this.#gaps.at(-1)?.id ?? 0));
    const newest = this.#newestObservation.get() ?? 0;
    this.#observations.push(
      ...this.#newObservations.all(this.#observationId, JSON.stringify(RELAY_OBSERVATIONS)),
    );
    this.#observationId = newest;
    return {
      captures: this.#captures.all().map((row) => ({
        ...row,
        last_call_at_us: this.#lastCalls.get(row.id) ?? null,
      })),
      gaps: this.#gaps,
      observations: this.#observations,
    };
  }
}
