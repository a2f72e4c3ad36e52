/**
 * Fleet frames: the frames of one recorder as they are listed from its file, asked of a server, with bounded memory.
 *
 * The server selects by columns. Payloads are read page by page. If the filter is about payloads, the server leaves out
 * those that cannot pass, and the whole predicate is evaluated here on the rest.
 */
import { StoreError, UsageError } from '../errors.js';
import { compilePredicate, type FilterFrame } from '../filter/evaluate.js';
import type { FilterContext } from '../filter/key-values.js';
import { findColumns, type Predicate } from '../filter/predicate.js';
import { opcodeName } from '../gateway/opcodes.js';
import type { FrameKey } from '../capture/columns.js';
import { framePredicate, type FrameFilter } from '../store/filter.js';
import { tryPattern, type ServiceName } from '../store/filter-functions.js';
import { implied, isAbout } from '../store/frame-plan.js';
import type { FrameRow } from '../store/frame-rows.js';
import type { FrameType } from '../store/frame-types.js';
import { findTextDefect } from '../store/payload-text.js';
import type { FleetClient, Question } from './fleet-client.js';
import { SortedBodies, type BodyAnswer } from './sorted-bodies.js';
import { ALL_COLUMNS, bodyCondition, frameCondition, type FleetCondition } from './fleet-condition.js';

/** One database of a fleet. */
export interface FleetRecorder {
  /** Its id. */
  readonly recorder: string;
  /** Name of its file. */
  readonly file: string;
  /** Id of the last frame whose roll-ups are on the server. */
  readonly throughId: number;
}

/** A frame as the server has it. */
interface FrameAnswer extends FrameKey {
  readonly id: number;
  readonly connectionId: number;
  /** 0 without a session. */
  readonly sessionId: number;
  readonly frameNo: number;
  readonly atUs: number;
  readonly seq: number | null;
  readonly wireBytes: number;
  readonly payloadBytes: number | null;
  readonly closeCode: number | null;
  readonly service: ServiceName;
}

/** Payloads that are read; frames of other types have no text. */
export interface WantedPayloads {
  readonly isNeeded: (type: Omit<FrameType, 'id'>) => boolean;
  /** Whether a fleet without any payload is refused. */
  readonly isRequired: boolean;
}

/** Ids of frames, both included. */
interface IdRange {
  readonly first: number;
  readonly last: number;
}

/** Frames that pass a filter. */
export interface SelectedFrames {
  /** How many there are; null if that was not counted. */
  readonly count: number | null;
  /** In the order of their ids. */
  readonly pages: AsyncIterable<readonly FrameRow[]>;
}

/** A filter, taken apart. */
interface Search {
  /** What the server decides. */
  readonly columns: FleetCondition;
  /** What the server can say of a payload. */
  readonly body: FleetCondition | null;
  /** The whole filter; null if the server decides all of it. */
  readonly test: ((frame: FilterFrame) => boolean) | null;
  readonly isNeeded: WantedPayloads['isNeeded'];
}

/** Frames for which payloads are asked together. */
const PAGE_ROWS = 2_000;
/** Characters of the payloads that are handed on together, about. */
const PAGE_CHARS = 4_194_304;
const ALL_IDS: IdRange = { first: 0, last: Number.MAX_SAFE_INTEGER };

const COLUMNS = `frame_id AS id, connection_id AS connectionId, session_id AS sessionId, frame_no AS frameNo, at_us AS atUs, sender,
  kind, status, op, event, seq, wire_bytes AS wireBytes, payload_bytes AS payloadBytes, close_code AS closeCode, service`;

/** Asks for the frames of one recorder. */
export class FleetFrames {
  readonly #client: FleetClient;
  readonly #recorder: FleetRecorder;
  readonly #captures = new Map<number, number>();
  readonly #shards = new Map<number, number | null>();
  #missing = 0;
  /** Id of the last frame on the server; null before it was asked for. */
  #lastId: number | null = null;

  constructor(client: FleetClient, recorder: FleetRecorder) {
    this.#client = client;
    this.#recorder = recorder;
  }

  /** What the answer lacks because it is not on the server, as lines. */
  listGaps(): readonly string[] {
    const { file, throughId } = this.#recorder;
    return [
      ...(this.#lastId === null || this.#lastId >= throughId
        ? []
        : [`the fleet has frames of ${file} up to id ${this.#lastId}, and roll-ups up to ${throughId}`]),
      ...(this.#missing === 0
        ? []
        : [`the fleet lacks ${this.#missing} payloads of ${file} that the answer is about`]),
    ];
  }

  /**
   * Frames that pass a filter, with the payloads that are needed. Rejects with UsageError if the frames are not on the
   * server, or no payload is that the filter is about.
   */
  async select(
    filter: FrameFilter,
    context: FilterContext,
    payloads: WantedPayloads,
  ): Promise<SelectedFrames> {
    await this.#requireFrames();
    const predicate = framePredicate(filter, context);
    const isExact = isAbout(predicate, ALL_COLUMNS);
    if (!isExact || payloads.isRequired) await this.#requireBodies();
    const search: Search = {
      columns: frameCondition(implied(predicate, ALL_COLUMNS), (name) => this.#client.table(name)),
      body: isExact ? null : bodyCondition(predicate),
      test: isExact ? null : await this.#compile(predicate),
      isNeeded: isExact ? payloads.isNeeded : () => true,
    };
    const { afterId = 0, beforeId = ALL_IDS.last, limit } = filter;
    const range = { first: afterId + 1, last: beforeId - 1 };
    if (limit === undefined) return { count: null, pages: this.#pages(search, range, false) };
    const newest = await this.#findNewest(search, range, limit);
    return { count: newest.count, pages: this.#pages(search, newest, false) };
  }

  /** Rejects with UsageError if only roll-ups of the recorder are there. */
  async #requireFrames(): Promise<void> {
    const { file, throughId } = this.#recorder;
    const [row] = await this.#client.rows<{ readonly last: number }>(
      `SELECT max(frame_id) AS last FROM ${this.#client.table('frame')} WHERE ${this.#own()}`,
    );
    this.#lastId = row?.last ?? 0;
    if (this.#lastId > 0 || throughId === 0) return;
    throw new UsageError(
      `the fleet has no frames of ${file}, which was shipped without --frames`,
      'ship them: gatetape ship --frames --to URL, or ask the file with --db',
    );
  }

  /** Rejects with UsageError if no payload of the recorder is there, and some frames have payloads. */
  async #requireBodies(): Promise<void> {
    const isThere = async (table: string, also = ''): Promise<boolean> => {
      const sql = `SELECT 1 FROM ${this.#client.table(table)} WHERE ${this.#own()} ${also} LIMIT 1`;
      return (await this.#client.rows(sql)).length > 0;
    };
    if ((await isThere('frame_body')) || !(await isThere('frame', "AND status = 'ok'"))) return;
    throw new UsageError(
      `the fleet has no payloads of ${this.#recorder.file}, which was shipped without --bodies`,
      'ship them: gatetape ship --frames --bodies --to URL, or ask the file with --db',
    );
  }

  #own(): string {
    return ownRows([this.#recorder]);
  }

  async #compile(predicate: Predicate): Promise<(frame: FilterFrame) => boolean> {
    const columns = findColumns(predicate);
    if (columns.has('capture')) {
      const table = this.#client.table('connection');
      const rows = await this.#client.rows<{ readonly id: number; readonly captureId: number }>(
        `SELECT id, capture_id AS captureId FROM ${table} FINAL WHERE ${this.#own()}`,
      );
      for (const { id, captureId } of rows) this.#captures.set(id, captureId);
    }
    if (columns.has('shard')) {
      const table = this.#client.table('session');
      const rows = await this.#client.rows<{ readonly id: number; readonly shardId: number | null }>(
        `SELECT id, shard_id AS shardId FROM ${table} FINAL WHERE ${this.#own()}`,
      );
      for (const { id, shardId } of rows) this.#shards.set(id, shardId);
    }
    return compilePredicate(predicate);
  }

  /** Count and ids of the newest `limit` frames that pass. */
  async #findNewest(
    search: Search,
    range: IdRange,
    limit: number,
  ): Promise<IdRange & { readonly count: number }> {
    if (search.test === null) {
      const { sql, parameters } = this.#narrow(search, range, true);
      const [found] = await this.#client.rows<IdRange & { readonly count: number }>(
        `SELECT count() AS count, min(id) AS first, max(id) AS last FROM (${sql} LIMIT ${Math.trunc(limit)})`,
        parameters,
      );
      return found === undefined || found.count === 0 ? NO_FRAMES : found;
    }
    const found = { count: 0, first: 0, last: 0 };
    for await (const page of this.#pages(search, range, true)) {
      for (const { id } of page.slice(0, limit - found.count)) {
        found.count += 1;
        found.first = id;
        if (found.count === 1) found.last = id;
      }
      if (found.count >= limit) break;
    }
    return found.count === 0 ? NO_FRAMES : found;
  }

  #narrow({ columns }: Search, { first, last }: IdRange, isBackwards: boolean): Question {
    return {
      sql: `SELECT ${COLUMNS} FROM ${this.#client.table('frame')} FINAL
        WHERE ${this.#own()} AND ${columns.sql} AND frame_id >= {first:UInt64} AND frame_id <= {last:UInt64}
        ORDER BY frame_id${isBackwards ? ' DESC' : ''}`,
      parameters: { ...columns.parameters, first, last },
    };
  }

  async *#pages(
    search: Search,
    range: IdRange,
    isBackwards: boolean,
  ): AsyncGenerator<readonly FrameRow[], void> {
    const answer = this.#client.stream<FrameAnswer>((last) => {
      if (last === null) return this.#narrow(search, range, isBackwards);
      const rest = isBackwards ? { ...range, last: last.id - 1 } : { ...range, first: last.id + 1 };
      return this.#narrow(search, rest, isBackwards);
    });
    let waiting: FrameAnswer[] = [];
    for await (const rows of answer) {
      for (const row of rows) {
        waiting.push(row);
        if (waiting.length < PAGE_ROWS) continue;
        yield* this.#complete(search, waiting, isBackwards);
        waiting = [];
      }
    }
    if (waiting.length > 0) yield* this.#complete(search, waiting, isBackwards);
  }

  /** The rows with their payloads, without those that do not pass; in several pieces where the payloads are long. */
  async *#complete(
    search: Search,
    rows: readonly FrameAnswer[],
    isBackwards: boolean,
  ): AsyncGenerator<readonly FrameRow[], void> {
    const asked = new Set(rows.filter((row) => row.status === 'ok' && search.isNeeded(row)));
    const bodies = new SortedBodies(this.#bodies(search, [...asked], isBackwards), isBackwards);
    let page: FrameRow[] = [];
    let chars = 0;
    for (const row of rows) {
      const body = asked.has(row) ? await bodies.take(row.id) : null;
      if (body === undefined) this.#missing += 1;
      else if (body?.passes === 0) continue;
      const text = body == null ? null : this.#requireText(body);
      const frame = toFrameRow(row, text);
      if (search.test !== null && !this.#passes(search.test, frame, row.service)) continue;
      page.push(frame);
      chars += text?.length ?? 0;
      if (chars < PAGE_CHARS) continue;
      yield page;
      [page, chars] = [[], 0];
    }
    yield page;
  }

  #passes(test: (frame: FilterFrame) => boolean, frame: FrameRow, service: ServiceName): boolean {
    const captureId = this.#captures.get(frame.connectionId) ?? 0;
    const shardId = this.#shards.get(frame.sessionId ?? 0) ?? null;
    return tryPattern(() => test({ ...frame, captureId, shardId, service }));
  }

  async *#bodies(
    { body }: Search,
    rows: readonly FrameAnswer[],
    isBackwards: boolean,
  ): AsyncGenerator<readonly BodyAnswer[], void> {
    if (rows.length === 0) return;
    const passes = body?.sql ?? '1';
    yield* this.#client.stream<BodyAnswer>((last) => {
      const isLeft = ({ id }: FrameAnswer): boolean =>
        last === null || (isBackwards ? id < last.id : id > last.id);
      const left = rows.filter(isLeft);
      if (left.length === 0) return null;
      const times = left.map(({ atUs }) => atUs);
      return {
        sql: `SELECT frame_id AS id, toUInt8(${passes}) AS passes, if(passes, body, '') AS text
          FROM ${this.#client.table('frame_body')} FINAL
          WHERE ${this.#own()} AND at_us >= {since:Int64} AND at_us <= {until:Int64}
            AND frame_id IN (${left.map(({ id }) => Math.trunc(id)).join(', ')})
          ORDER BY frame_id${isBackwards ? ' DESC' : ''}`,
        parameters: { ...body?.parameters, since: Math.min(...times), until: Math.max(...times) },
      };
    });
  }

  /** Text of a payload, on which every reader of payloads relies. */
  #requireText({ id, text }: BodyAnswer): string {
    const defect = findTextDefect(Buffer.from(text));
    if (defect === null) return text;
    throw new StoreError(
      `the payload of frame ${id} of ${this.#recorder.file} in the fleet ${defect}`,
      'something else than gatetape has written it: ask the file with --db',
    );
  }
}

const NO_FRAMES = { count: 0, first: 1, last: 0 };

function toFrameRow(row: FrameAnswer, payloadText: string | null): FrameRow {
  const {
    id,
    connectionId,
    sessionId,
    frameNo,
    atUs,
    sender,
    kind,
    op,
    event,
    seq,
    wireBytes,
    payloadBytes,
  } = row;
  return {
    ...{ id, connectionId, sessionId: sessionId === 0 ? null : sessionId, frameNo, atUs, sender, kind, op },
    opName: op === null ? null : opcodeName(op),
    ...{ event, seq, wireBytes, payloadBytes, status: row.status, closeCode: row.closeCode, payloadText },
  };
}

/** Condition for some recorders. Their ids come from the server: only hex digits become part of the statement. */
export function ownRows(recorders: readonly FleetRecorder[]): string {
  const ids = recorders.map(({ recorder }) => `'${recorder.replace(/[^0-9a-f]/g, '')}'`);
  return `recorder IN (${ids.join(', ')})`;
}
