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
import type { RelayedConnection, Tapped } from './relay.js';
import type { Block, ModelRow } from './traffic.js';

interface FrameRow extends Omit<ModelRow, 'status' | 'payload'> {
  readonly agent: string;
  readonly sender: Sender;
  readonly frameNo: number;
  readonly atUs: number;
  readonly status: string;
  readonly body: string | null;
}

interface GapRow {
  readonly agent: string;
  readonly sender: Sender;
  readonly untilUs: number;
  readonly bytes: number;
  readonly frames: number | null;
}

/** Rows of one file. */
export interface Recorded {
  readonly frames: readonly FrameRow[];
  readonly gaps: readonly GapRow[];
  readonly connections: readonly { readonly agent: string; readonly closedAtUs: number | null }[];
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

/** Reads the rows of a file with a handle of its own. */
export function readRecorded(path: string): Recorded {
  const db = openSqlite(path, { readonly: true });
  try {
    const key = db.prepare('SELECT key FROM placeholder_key').pluck().get() as Uint8Array;
    return {
      frames: db.prepare<[], FrameRow>(FRAMES).all(),
      gaps: db.prepare<[], GapRow>(GAPS).all(),
      connections: db
        .prepare<[], Recorded['connections'][number]>(
          'SELECT user_agent AS agent, closed_at_us AS closedAtUs FROM connection ORDER BY id',
        )
        .all(),
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
    const mayLack = excuses.isKilled || connection.isLeftOut || (isEmpty && excuses.isFileLost);
    if (rows.length !== 1 && !(mayLack && rows.length === 0))
      faults.push(`${agent}: ${rows.length} rows of the connection`);
    if (connection.state === 'ended' && !mayLack && rows[0]?.closedAtUs === null)
      faults.push(`${agent}: no end`);
    for (const sender of SENDERS) {
      const of = (each: { readonly agent: string; readonly sender: Sender }): boolean =>
        each.agent === agent && each.sender === sender;
      const gaps = recorded.gaps.filter(of);
      const tries = inexact(gaps).map((known) =>
        new Cover(connection, sender, known, excuses, recorded.placeholders).check(
          recorded.frames.filter(of),
        ),
      );
      const best = tries.find((found) => found.length === 0) ?? tries[0]!;
      faults.push(...best.map((fault) => `${agent} ${sender}: ${fault}`));
    }
    let last = 0;
    for (const { frameNo } of recorded.frames.filter((each) => each.agent === agent)) {
      if (frameNo <= last) faults.push(`${agent}: frame ${frameNo} after ${last}`);
      last = frameNo;
    }
  }
  return faults;
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

  check(rows: readonly FrameRow[]): string[] {
    for (const row of rows) {
      const fault = this.#place(row);
      if (fault !== null) return [`${describe(row)} at byte ${this.#at} of ${this.#total}: ${fault}`];
    }
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
