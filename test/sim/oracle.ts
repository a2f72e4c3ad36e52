/**
 * Oracle: whether a file has exactly what was relayed.
 *
 * Each stream is covered from its first byte to its last: by rows of frames, by bytes that could not be split into frames,
 * and by gaps, each of which says when it was and how long it is. A row must be the model's frame at that place.
 */
import type { JsonValue } from '../../src/gateway/payload.js';
import { SENDERS, type Sender } from '../../src/wire/frame.js';
import { Placeholders } from '../../src/store/placeholders.js';
import { openSqlite } from '../../src/store/sqlite.js';
import { readCalls, type RecordedCall } from './rest.js';
import type { RelayedConnection, Tapped } from './relay.js';
import type { Block, ModelRow } from './traffic.js';

interface FrameRow extends Omit<ModelRow, 'status' | 'payload'> {
  readonly agent: string;
  readonly sender: Sender;
  readonly frameNo: number;
  readonly atUs: number;
  readonly status: string;
  readonly body: string | null;
  /** Which file it is in. */
  readonly file: number;
}

interface GapRow {
  readonly agent: string;
  readonly sender: Sender;
  readonly untilUs: number;
  readonly bytes: number;
  readonly frames: number | null;
}

interface ConnectionRow {
  readonly agent: string;
  readonly upstream: string;
  readonly closedAtUs: number | null;
}

/** Rows of one file, or of several after each other. */
export interface Recorded {
  readonly frames: readonly FrameRow[];
  readonly gaps: readonly GapRow[];
  readonly connections: readonly ConnectionRow[];
  readonly calls: readonly RecordedCall[];
  /** Of each file: frames up to this time may have been deleted to make room. */
  readonly prunedUntilUs: readonly number[];
  /** When the oldest of them began. */
  readonly beganAtUs: number;
  readonly placeholders: Placeholders;
}

const FRAMES = `
  SELECT user_agent AS agent, sender, frame_no AS frameNo, at_us AS atUs, kind, status, op, event, seq,
    wire_bytes AS wireBytes, body
  FROM frame JOIN frame_type ON frame_type.id = type_id JOIN connection ON connection.id = connection_id
    LEFT JOIN payload ON frame_id = frame.id
  ORDER BY frame.id`;
const GAPS = `
  SELECT user_agent AS agent, sender, until_us AS untilUs, bytes, frames
  FROM gap JOIN connection ON connection.id = connection_id ORDER BY gap.id`;
const CONNECTIONS =
  'SELECT user_agent AS agent, upstream_url AS upstream, closed_at_us AS closedAtUs FROM connection ORDER BY id';
const PRUNED = 'SELECT coalesce(max(last_at_us), 0) FROM pruning';

/** Reads the rows of files, the oldest first, with handles of its own. */
export function readRecorded(paths: readonly string[]): Recorded {
  const files = paths.map(readFile);
  return {
    frames: files.flatMap(({ frames }, file) => frames.map((frame) => ({ ...frame, file }))),
    gaps: files.flatMap(({ gaps }) => gaps),
    connections: files.flatMap(({ connections }) => connections),
    calls: files.flatMap(({ calls }, file) => calls.map((call) => ({ ...call, file }))),
    prunedUntilUs: files.flatMap(({ prunedUntilUs }) => prunedUntilUs),
    beganAtUs: files[0]!.beganAtUs,
    placeholders: files.at(-1)!.placeholders,
  };
}

function readFile(path: string): Recorded {
  const db = openSqlite(path, { readonly: true });
  try {
    const key = db.prepare('SELECT key FROM placeholder_key').pluck().get() as Uint8Array;
    return {
      frames: db.prepare<[], FrameRow>(FRAMES).all(),
      gaps: db.prepare<[], GapRow>(GAPS).all(),
      connections: db.prepare<[], ConnectionRow>(CONNECTIONS).all(),
      calls: readCalls(db).map((call) => ({ ...call, file: 0 })),
      prunedUntilUs: [db.prepare<[], number>(PRUNED).pluck().get()!],
      beganAtUs: db.prepare<[], number>('SELECT min(started_at_us) FROM capture').pluck().get()!,
      placeholders: new Placeholders(key),
    };
  } finally {
    db.close();
  }
}

/** What the file of a run may lack. */
export interface Excuses {
  readonly secrets: readonly string[];
  /** The process was killed: what came last may be missing. */
  readonly isKilled: boolean;
  /** A file was lost: of what had ended without a byte there is no row in the next one. */
  readonly isFileLost: boolean;
  /** Nothing after this time is asked for, of a killed process. */
  readonly settledUs: number;
  /** How many files there are; each has rows of the connections that were open then. */
  readonly fileCount: number;
  /** Of each file: what it had up to this time may be away, with rows of what had ended then. */
  readonly deletedUntilUs: readonly number[];
}

/** Faults of a file; empty if it has everything. */
export function findFaults(
  recorded: Recorded,
  connections: readonly RelayedConnection[],
  excuses: Excuses,
): string[] {
  const faults: string[] = [];
  for (const connection of connections) {
    if (connection.state === 'waiting') continue;
    const agent = connection.model.handshake.userAgent!;
    const rows = recorded.connections.filter((each) => each.agent === agent);
    const isEmpty =
      connection.state === 'ended' && SENDERS.every((sender) => connection.legs[sender].read === 0);
    const mayLack =
      excuses.isKilled ||
      connection.isLeftOut ||
      (isEmpty && excuses.isFileLost) ||
      excuses.deletedUntilUs.some((atUs) => atUs > 0);
    if (rows.length > excuses.fileCount || (rows.length === 0 && !mayLack))
      faults.push(`${agent}: ${rows.length} rows of the connection`);
    if (rows.some(({ upstream }) => upstream !== connection.model.handshake.upstreamUrl))
      faults.push(`${agent}: another upstream than ${connection.model.handshake.upstreamUrl}`);
    if (connection.state === 'ended' && !mayLack && rows.at(-1)?.closedAtUs === null)
      faults.push(`${agent}: no end`);
    for (const sender of SENDERS) {
      const of = (each: { readonly agent: string; readonly sender: Sender }): boolean =>
        each.agent === agent && each.sender === sender;
      const gaps = recorded.gaps.filter(of);
      const frames = recorded.frames.filter(of);
      const best = findBest(inexact(gaps), (known) =>
        new Cover(connection, sender, known, excuses, recorded.placeholders).check(frames),
      );
      faults.push(...best.map((fault) => `${agent} ${sender}: ${fault}`));
    }
    faults.push(...findDisorder(recorded.frames.filter((each) => each.agent === agent)));
  }
  return faults;
}

/** Frames of a connection whose numbers do not rise, within a file. */
function findDisorder(frames: readonly FrameRow[]): string[] {
  return frames.flatMap(({ agent, frameNo, file }, index) => {
    const last = frames[index - 1];
    return last?.file === file && frameNo <= last.frameNo
      ? [`${agent}: frame ${frameNo} after ${last.frameNo}`]
      : [];
  });
}

/** Faults of the first reading that has none; if there is no such one, those of the very first. */
function findBest<T>(readings: readonly T[], check: (reading: T) => string[]): string[] {
  let first: string[] | null = null;
  for (const reading of readings) {
    const faults = check(reading);
    if (faults.length === 0) return faults;
    first ??= faults;
  }
  return first ?? [];
}

/** Where the rows of a stream can go on behind some that were deleted. */
interface Start {
  readonly at: number;
  /** Rows of the block there that are away. */
  readonly seen: number;
}

/** All places at which the rows that were not deleted may go on: what is before came up to that time. */
function listStarts(
  { model, legs }: RelayedConnection,
  sender: Sender,
  first: FrameRow | undefined,
  deletedUntilUs: number,
): readonly Start[] {
  const { tapped } = legs[sender];
  const deleted = tapped.findLast(({ atUs }) => atUs <= deletedUntilUs)?.until ?? 0;
  if (deleted === 0) return [];
  const rows = model.streams[sender].blocks.flatMap(({ from, rows: own }) =>
    own.map((_, seen) => ({ at: from, seen })),
  );
  // Bytes that could not be split: the row may begin and end anywhere within the bytes that came then.
  const index = first?.status === 'context_lost' ? tapped.findIndex(({ atUs }) => atUs === first.atUs) : -1;
  const [from, until] = [tapped[index - 1]?.until ?? 0, tapped[index]?.until ?? -1];
  const pieces = Array.from({ length: Math.max(0, until - from + 1) }, (_, length) => ({
    at: from + length - (first?.wireBytes ?? 0),
    seen: 0,
  }));
  // Or they were searched to the end.
  if (first?.status === 'context_lost') pieces.push({ at: legs[sender].read - first.wireBytes, seen: 0 });
  return [...rows, ...pieces, ...tapped.map(({ until: at }) => ({ at, seen: 0 }))].filter(
    ({ at }) => at >= 0 && at <= deleted,
  );
}

/** Most bytes of headers that a cut frame adds to the gap of a lost file, or lacks. */
const HEADER_SLACK = 20;

/** The gap of a lost file is exact only if no frame in it was cut: all readings of it, the exact one first. */
function inexact(gaps: readonly GapRow[]): readonly (readonly GapRow[])[] {
  if (gaps.every(({ frames }) => frames === null)) return [gaps];
  const shifts = Array.from({ length: HEADER_SLACK }, (_, shift) => [shift, -shift]).flat();
  return shifts.map((shift) =>
    gaps.map((gap) => (gap.frames === null ? gap : { ...gap, bytes: Math.max(0, gap.bytes + shift) })),
  );
}

interface Stretch {
  readonly from: number;
  readonly until: number;
}

/** Covers one stream with its rows. */
class Cover {
  readonly #connection: RelayedConnection;

  readonly #sender: Sender;
  readonly #tapped: readonly Tapped[];
  readonly #blocks: readonly Block[];
  readonly #gaps: Stretch[];
  readonly #excuses: Excuses;
  readonly #placeholders: Placeholders;
  readonly #total: number;
  /** Places that no reading of the rows goes on from to the end. */
  readonly #tried = new Set<string>();
  #at = 0;
  /** Rows of the block at `#at` that were seen. */
  #seen = 0;
  /** Their bytes, if they are of control frames within a message. */
  #seenBytes = 0;
  /** Bytes of messages whose payload is not complete, which have rows of their own. */
  #partialBytes = 0;
  #passedGaps = 0;

  constructor(
    connection: RelayedConnection,
    sender: Sender,
    gaps: readonly GapRow[],
    excuses: Excuses,
    placeholders: Placeholders,
  ) {
    this.#connection = connection;
    this.#sender = sender;
    this.#tapped = connection.legs[sender].tapped;
    this.#blocks = connection.model.streams[sender].blocks;
    this.#excuses = excuses;
    this.#placeholders = placeholders;
    this.#total = connection.legs[sender].read;
    this.#gaps = gaps
      .map(({ untilUs, bytes, frames }) => {
        if (frames !== null) return { from: 0, until: bytes };
        const until = this.#tapped.findLast(({ atUs }) => atUs <= untilUs)?.until ?? 0;
        return { from: until - bytes, until };
      })
      .sort((a, b) => a.until - b.until);
  }

  /** What is before was deleted. */
  #skip({ at, seen }: Start): void {
    this.#moveTo(at);
    const block = this.#blocks.find(({ from }) => from === at);
    const rowsThere = block?.rows.slice(0, seen) ?? [];
    for (const { row } of rowsThere) this.#advance(block!, row.wireBytes);
    // A payload that never completes says the bytes of its messages again.
    const deleted = [
      ...this.#blocks.filter(({ until }) => until <= at).flatMap(({ rows }) => rows),
      ...rowsThere,
    ];
    this.#partialBytes = 0;
    for (const { row } of deleted) {
      if (row.status === 'partial') this.#partialBytes += row.wireBytes;
      if (row.status === 'ok') this.#partialBytes = 0;
    }
    this.#passedGaps = this.#gaps.filter(({ until }) => until <= at).length;
  }

  check(rows: readonly FrameRow[]): string[] {
    return this.#checkFrom(rows, 0, -1);
  }

  /** Checks the rows from an index on; those before it went up to a file. */
  #checkFrom(rows: readonly FrameRow[], from: number, until: number): string[] {
    const { deletedUntilUs } = this.#excuses;
    let file = until;
    for (let index = from; ; index += 1) {
      const row = rows[index];
      const next = row?.file ?? deletedUntilUs.length - 1;
      const deleted = Math.max(...deletedUntilUs.slice(file + 1, next + 1));
      if (deleted > 0) return this.#checkBehind(rows, index, next, deleted);
      if (row === undefined) return this.#checkEnd();
      file = next;
      const fault = this.#place(row);
      if (fault !== null) return [`${describe(row)} at byte ${this.#at} of ${this.#total}: ${fault}`];
    }
  }

  /** The beginning of a file may be away, up to a time: tries each place behind it, but first none. */
  #checkBehind(rows: readonly FrameRow[], index: number, file: number, deletedUntilUs: number): string[] {
    const [at, seen, seenBytes] = [this.#at, this.#seen, this.#seenBytes];
    const [partialBytes, passedGaps] = [this.#partialBytes, this.#passedGaps];
    const starts = listStarts(this.#connection, this.#sender, rows[index], deletedUntilUs).filter(
      (start) => start.at > at || (start.at === at && start.seen > seen),
    );
    return findBest([null, ...starts], (start) => {
      [this.#at, this.#seen, this.#seenBytes] = [at, seen, seenBytes];
      [this.#partialBytes, this.#passedGaps] = [partialBytes, passedGaps];
      if (start !== null) this.#skip(start);
      const place = [index, this.#at, this.#seen, this.#partialBytes, this.#passedGaps].join();
      if (this.#tried.has(place)) return ['tried before'];
      this.#tried.add(place);
      return this.#checkFrom(rows, index, file);
    });
  }

  #checkEnd(): string[] {
    while (this.#passedGaps < this.#gaps.length) {
      const fault = this.#passGap();
      if (fault !== null) return [fault];
    }
    if (this.#at === this.#total) return [];
    if (this.#connection.isLeftOut) return [];
    if (this.#excuses.isKilled && !this.#isAnythingSettledMissing()) return [];
    return [`bytes ${this.#at} to ${this.#total} are in no row`];
  }

  /** Whether a whole frame that was committed is missing. */
  #isAnythingSettledMissing(): boolean {
    const settled = this.#tapped.findLast(({ atUs }) => atUs < this.#excuses.settledUs)?.until ?? 0;
    return this.#blocks.some(({ from, rows }) =>
      rows
        .slice(from === this.#at ? this.#seen : 0)
        .some(({ until }) => from >= this.#at && until <= settled),
    );
  }

  get #stop(): number {
    return this.#gaps[this.#passedGaps]?.from ?? this.#total;
  }

  #place(row: FrameRow): string | null {
    for (;;) {
      const fault = this.#fit(row);
      if (fault === null) return null;
      if (this.#passedGaps === this.#gaps.length || this.#at + this.#seenBytes < this.#stop) return fault;
      const passed = this.#passGap();
      if (passed !== null) return passed;
    }
  }

  #passGap(): string | null {
    const gap = this.#gaps[this.#passedGaps]!;
    // Bytes of a message that is not whole, around control frames that are.
    if (this.#at + this.#seenBytes !== gap.from)
      return `rows go to byte ${this.#at}, and the next gap is from ${gap.from} to ${gap.until} of ${this.#total}`;
    this.#moveTo(gap.until);
    this.#passedGaps += 1;
    return null;
  }

  /** Moves on over the bytes of a row; returns what is wrong with it, or null. */
  #fit(row: FrameRow): string | null {
    const block = this.#blocks.find(({ from }) => from === this.#at);
    if (row.status === 'truncated') return this.#fitTruncated(row, block);
    if (row.status === 'context_lost') return this.#fitLost(row, block);
    const expected = block?.rows[this.#seen];
    if (block === undefined || expected === undefined) return 'no frame begins there';
    const gap = this.#gaps[this.#passedGaps];
    const isWithin = expected.row.status === 'control' && block.until > this.#stop;
    if (expected.until > (isWithin ? (gap?.until ?? this.#total) : this.#stop))
      return `its last byte is behind ${this.#stop}, where a gap or the end is`;
    const fault = this.#compare(row, expected.row, expected.until);
    if (fault !== null) return fault;
    if (row.status === 'partial') this.#partialBytes += row.wireBytes;
    if (row.status === 'ok') this.#partialBytes = 0;
    this.#advance(block, expected.row.wireBytes);
    return null;
  }

  #advance(block: Block, wireBytes: number): void {
    this.#seen += 1;
    this.#seenBytes += wireBytes + (this.#sender === 'client' ? 6 : 2);
    if (this.#seen === block.rows.length) this.#moveTo(block.until);
  }

  #moveTo(at: number): void {
    this.#at = at;
    this.#seen = 0;
    this.#seenBytes = 0;
  }

  /** Bytes that are not split, or a message whose compression needs what is missing. */
  #fitLost(row: FrameRow, block: Block | undefined): string | null {
    const expected = block?.rows[this.#seen];
    const isMessage = this.#connection.model.handshake.extensions !== null && expected?.row.status === 'ok';
    if (
      block !== undefined &&
      isMessage &&
      expected.row.kind === row.kind && // pieces of a stream are binary, and these messages are texts
      expected.row.wireBytes === row.wireBytes &&
      expected.until <= this.#stop
    ) {
      this.#advance(block, row.wireBytes);
      return null;
    }
    if (this.#at + this.#seenBytes + row.wireBytes > this.#stop)
      return `it goes beyond ${this.#stop}, where a gap or the end is`;
    this.#moveTo(this.#at + row.wireBytes);
    return null;
  }

  /** The beginning of a frame, or messages of a payload that have rows of their own. */
  #fitTruncated(row: FrameRow, block: Block | undefined): string | null {
    if (this.#at === this.#stop && this.#partialBytes > 0) {
      this.#partialBytes = 0;
      return null;
    }
    if (block === undefined || block.until <= this.#stop) return 'no frame is cut there';
    if (row.wireBytes > this.#stop - this.#at + this.#partialBytes)
      return `only ${this.#stop - this.#at} bytes of it came`;
    this.#partialBytes = 0;
    this.#moveTo(this.#stop);
    return null;
  }

  #compare(row: FrameRow, expected: ModelRow, until: number): string | null {
    for (const name of ['kind', 'status', 'op', 'event', 'seq', 'wireBytes'] as const) {
      if (row[name] !== expected[name])
        return `${name} is ${String(row[name])} and not ${String(expected[name])}`;
    }
    const atUs = this.#tapped.find((each) => each.until >= until)?.atUs;
    if (row.atUs !== atUs) return `it came at ${String(atUs)}, and not at ${row.atUs}`;
    if (expected.status !== 'ok') return row.body === null ? null : 'it has a body';
    if (row.body === null) return 'it has no body';
    return this.#differ(
      JSON.parse(row.body) as JsonValue,
      JSON.parse(JSON.stringify(expected.payload)) as JsonValue,
      '',
    );
  }

  /** Where a recorded value is not the one that was sent, without its secrets. */
  #differ(actual: JsonValue, expected: JsonValue, path: string): string | null {
    if (typeof expected === 'string') return this.#differText(actual, expected, path);
    if (typeof expected !== 'object' || expected === null) {
      // Large integers of ETF are texts.
      const isSame = actual === expected || (typeof actual === 'string' && actual === String(expected));
      return isSame ? null : `${path} is ${JSON.stringify(actual)} and not ${JSON.stringify(expected)}`;
    }
    if (typeof actual !== 'object' || actual === null) return `${path} is ${JSON.stringify(actual)}`;
    const names = new Set([...Object.keys(actual), ...Object.keys(expected)]);
    for (const name of names) {
      const [here, there] = [Object.entries(actual), Object.entries(expected)].map(
        (entries) => entries.find(([key]) => key === name)?.[1],
      );
      if (here === undefined || there === undefined) return `${path}.${name} is in one of the two only`;
      const fault = this.#differ(here, there, `${path}.${name}`);
      if (fault !== null) return fault;
    }
    return null;
  }

  #differText(actual: JsonValue, expected: string, path: string): string | null {
    const isSecret = this.#excuses.secrets.includes(expected);
    if (isSecret)
      return actual === this.#placeholders.of(expected) ? null : `${path} is no placeholder of its secret`;
    if (actual === expected) return null;
    if (path.endsWith('.resume_gateway_url') || path.includes('_url')) return null;
    return `${path} is ${JSON.stringify(actual)} and not ${JSON.stringify(expected)}`;
  }
}

function describe({ frameNo, kind, status, op, event, wireBytes }: FrameRow): string {
  return `frame ${frameNo} (${kind} ${status} ${String(op)} ${String(event)}, ${wireBytes} bytes)`;
}
