/**
 * Session writer: maps a capture's session keys to the database's sessions, which outlive captures.
 *
 * An IDENTIFY begins a session, whatever its id is: some gateways give the same id to every IDENTIFY with a token. A
 * RESUME in a later capture joins the last row with its alias (the redacted `session_id`). If the alias becomes known
 * only after a row was made, the two rows are merged. A refused RESUME changes nothing in its session except its
 * frames.
 */
import type { CaptureRecord, SessionAttached, SessionFacts, SessionRefused } from '../capture/records.js';
import type { Database, SqlValue, Statement } from './database.js';
import type { UndoLog } from './undo-log.js';

/** The writer's state of a capture's sessions, by their keys. */
export interface SessionState {
  /** Ids of their rows, as far as there are any. */
  readonly idByKey: Map<number, number>;
  /** Whether the capture met a session first by a RESUME. */
  readonly isResumed: Map<number, boolean>;
  readonly facts: Map<number, SessionFacts>;
}

/** Gives everything that belongs to one session to another. */
export type MoveSession = (from: number, to: number) => void;

/** Sessions whose facts are remembered for a file that may have to take the place of this one. */
const REMEMBERED = 4096;

/** Writes the sessions of one capture. */
export class SessionWriter {
  readonly #undo: UndoLog;
  readonly #move: MoveSession;
  readonly #idByKey: Map<number, number>;
  readonly #isResumed: Map<number, boolean>;
  /** Aliases of such sessions in the current batch, so that a new row is made only if needed. */
  readonly #aliases = new Map<number, string>();
  readonly #facts: Map<number, SessionFacts>;
  readonly #insert: Statement<[number]>;
  readonly #byAlias: Statement<[string], number>;
  readonly #learn: Statement<SqlValue[]>;
  readonly #attach: Statement<[number, number, number, number]>;
  readonly #refuse: Statement<[number, number]>;
  readonly #adopt: readonly Statement<[{ from: number; to: number }]>[];
  readonly #remove: Statement<[number]>;

  /** `earlier`: the state of the writer that this one replaces. */
  constructor(db: Database, undo: UndoLog, move: MoveSession, earlier: SessionState | null = null) {
    this.#idByKey = new Map(earlier?.idByKey);
    this.#isResumed = new Map(earlier?.isResumed);
    this.#facts = new Map(earlier?.facts);
    const exists = db.prepare<[number], number>('SELECT 1 FROM session WHERE id = ?').pluck();
    for (const [key, id] of this.#idByKey) if (exists.get(id) === undefined) this.#idByKey.delete(key);
    this.#undo = undo;
    this.#move = move;
    this.#insert = db.prepare('INSERT INTO session (started_at_us) VALUES (?)');
    this.#byAlias = db
      .prepare<[string], number>('SELECT id FROM session WHERE alias = ? ORDER BY id DESC LIMIT 1')
      .pluck();
    this.#learn = db.prepare(
      `UPDATE session SET alias = coalesce(?, alias), user_id = coalesce(?, user_id),
         shard_id = coalesce(?, shard_id), shard_count = coalesce(?, shard_count),
         library = coalesce(?, library), intents = coalesce(?, intents),
         token_alias = coalesce(?, token_alias)
       WHERE id = ?`,
    );
    this.#attach = db.prepare(
      'INSERT INTO session_connection (session_id, connection_id, at_us, is_resume) VALUES (?, ?, ?, ?)',
    );
    this.#refuse = db.prepare(
      `DELETE FROM session_connection WHERE is_resume AND id =
         (SELECT max(id) FROM session_connection WHERE session_id = ? AND connection_id = ?)`,
    );
    this.#adopt = [
      ...['session_connection', 'heartbeat', 'observation'].map((table) =>
        db.prepare<[{ from: number; to: number }]>(
          `UPDATE ${table} SET session_id = :to WHERE session_id = :from`,
        ),
      ),
      db.prepare(
        `UPDATE session SET
           user_id = coalesce(session.user_id, other.user_id),
           shard_id = coalesce(session.shard_id, other.shard_id),
           shard_count = coalesce(session.shard_count, other.shard_count),
           library = coalesce(session.library, other.library),
           intents = coalesce(session.intents, other.intents),
           token_alias = coalesce(session.token_alias, other.token_alias),
           last_seq = nullif(max(coalesce(session.last_seq, -1), coalesce(other.last_seq, -1)), -1)
         FROM session AS other WHERE session.id = :to AND other.id = :from`,
      ),
    ];
    this.#remove = db.prepare('DELETE FROM session WHERE id = ?');
  }

  /** Looks ahead over a batch for sessions that it resumes, and their aliases. */
  preview(records: readonly CaptureRecord[]): void {
    this.#aliases.clear();
    for (const record of records) {
      if (record.type === 'session_attached' && !this.#isResumed.has(record.session)) {
        this.#undo.set(this.#isResumed, record.session, record.isResume);
      } else if (record.type === 'session_facts' && record.alias !== null && this.#wasResumed(record)) {
        this.#aliases.set(record.session, record.alias);
      }
    }
  }

  /** Id of the session with `key`; a row is made for a new one that started at `atUs`. */
  findId(key: number, atUs: number): number {
    const known = this.#idByKey.get(key);
    if (known !== undefined) return known;
    const facts = this.#facts.get(key);
    const alias =
      this.#aliases.get(key) ?? (this.#isResumed.get(key) === true ? facts?.alias : null) ?? undefined;
    const earlier = alias === undefined ? undefined : this.#byAlias.get(alias);
    const id = earlier ?? Number(this.#insert.run(atUs).lastInsertRowid);
    this.#undo.set(this.#idByKey, key, id);
    if (facts !== undefined) this.#note(facts, id);
    return id;
  }

  /** For the writer that goes on in this one's place. */
  get state(): SessionState {
    return { idByKey: this.#idByKey, isResumed: this.#isResumed, facts: this.#facts };
  }

  /** Notes that a connection identified or resumed, and returns the session's id. */
  attach(record: SessionAttached, connectionId: number): number {
    const id = this.findId(record.session, record.atUs);
    this.#attach.run(id, connectionId, record.atUs, Number(record.isResume));
    return id;
  }

  /** Takes back that a connection resumed a session: the gateway refused it. */
  refuse(record: SessionRefused, connectionId: number): void {
    this.#refuse.run(this.findId(record.session, record.atUs), connectionId);
  }

  /** Adds facts to a session. */
  learn(record: SessionFacts): void {
    const current = this.findId(record.session, record.atUs);
    const owner =
      record.alias !== null && this.#wasResumed(record) ? this.#byAlias.get(record.alias) : undefined;
    const id = owner ?? current;
    if (id !== current) this.#join(current, id);
    this.#remember(record);
    this.#note(record, id);
  }

  #note(record: SessionFacts, id: number): void {
    this.#learn.run(
      record.alias,
      record.userId,
      record.shard?.[0] ?? null,
      record.shard?.[1] ?? null,
      record.library,
      record.intents,
      record.tokenAlias,
      id,
    );
  }

  #wasResumed({ session }: SessionFacts): boolean {
    return this.#isResumed.get(session) === true;
  }

  #remember(record: SessionFacts): void {
    const { session } = record;
    const before = this.#facts.get(session);
    const known = Object.entries(record).filter(([, value]) => value !== null);
    this.#facts.delete(session);
    this.#facts.set(session, before === undefined ? record : { ...before, ...Object.fromEntries(known) });
    if (this.#facts.size <= REMEMBERED) return;
    for (const oldest of this.#facts.keys()) {
      this.#facts.delete(oldest);
      return;
    }
  }

  #join(from: number, to: number): void {
    this.#move(from, to);
    for (const statement of this.#adopt) statement.run({ from, to });
    this.#remove.run(from);
    for (const [key, id] of this.#idByKey) if (id === from) this.#undo.set(this.#idByKey, key, to);
  }
}
