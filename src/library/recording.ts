/**
 * Loads recordings from a session of a database or a tape file.
 */
import { makeKind } from '../config/kinds.js';
import { UsageError } from '../errors.js';
import { readUserFile } from '../files.js';
import type { Recording } from '../replay/recording.js';
import { recordingFromRows } from '../replay/session-rows.js';
import { parseTape } from '../replay/tape/tape.js';
import { openReader, type CaptureReader } from '../store/reader.js';
import { blameFile } from './blame.js';

/** Source of a recording; exactly one of `session` and `tape` is given. */
export interface RecordingSource {
  /** Id of a session in the database, or the one that began or resumed last. */
  readonly session?: number | 'latest';
  /** Path of a tape file. */
  readonly tape?: string;
  /** Path of the database; default `gatetape.sqlite`. */
  readonly db?: string;
}

/** Rule of a source option; only loading shows whether it is usable. */
export const SOURCE = makeKind('{ tape } or { session, db }', (given) =>
  typeof given === 'object' && given !== null ? given : undefined,
);

/** Source of one recording, or of several, such as the shards of a bot. */
export interface RecordingSources {
  /** Ids of sessions in the database; `latest` is the one that began or resumed last. */
  readonly session?: SessionId | readonly SessionId[] | undefined;
  /** Paths of tape files. */
  readonly tape?: string | readonly string[] | undefined;
  /** Path of the database; default `gatetape.sqlite`. */
  readonly db?: string | undefined;
}

type SessionId = number | 'latest';

/** A recording and the id of its session, null for a tape. */
export interface LoadedRecording {
  readonly recording: Recording;
  readonly session: number | null;
}

/** Default database. */
const DEFAULT_DB = 'gatetape.sqlite';

/**
 * Loads a recording. Throws a UsageError for a wrong source, an unknown session, or a file that is not a tape, and a
 * StoreError for a database that cannot be read.
 */
export function loadRecording({ session, tape, db = DEFAULT_DB }: RecordingSource): LoadedRecording {
  if ((session === undefined) === (tape === undefined)) {
    throw new UsageError('it takes either a session or a tape', 'name one of the two');
  }
  if (tape !== undefined)
    return { recording: parseTape(readUserFile(tape, 'the tape'), tape), session: null };
  return loadSession(db, session ?? 'latest');
}

/** Loads several recordings, at least one, in their order; sessions or tapes. Throws as `loadRecording` does. */
export function loadRecordings({
  session = [],
  tape = [],
  db,
}: RecordingSources): readonly LoadedRecording[] {
  const sessions = [session].flat();
  const tapes = [tape].flat();
  if ((sessions.length === 0) === (tapes.length === 0)) {
    throw new UsageError('it takes either sessions or tapes', 'name one kind of the two');
  }
  const where = db === undefined ? {} : { db };
  return [
    ...sessions.map((id) => loadRecording({ session: id, ...where })),
    ...tapes.map((path) => loadRecording({ tape: path })),
  ];
}

function loadSession(db: string, which: number | 'latest'): LoadedRecording {
  const reader = openReader(db);
  try {
    const session = reader.resolveSession(which);
    return { recording: sessionRecording(reader, session), session };
  } catch (error) {
    throw blameFile(error, db);
  } finally {
    reader.close();
  }
}

/** Recording of a session in the database, or of only one of its connections if that is given. */
export function sessionRecording(reader: CaptureReader, session: number, connection?: number): Recording {
  const row = reader.sessions().find(({ id }) => id === session);
  const rows = [...reader.sessionSteps(session)].filter(
    ({ connectionId }) => connection === undefined || connectionId === connection,
  );
  const first = rows[0]?.connectionId;
  const facts = {
    shard: row?.shard ?? null,
    library: row?.library ?? null,
    transport: reader.connections().find(({ id }) => id === first)?.transport ?? null,
    startedAtUs: rows[0]?.atUs ?? null,
  };
  return recordingFromRows(rows, facts, reader.exchanges({ session }));
}
