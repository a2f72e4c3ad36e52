/**
 * HAR 1.2 files written: connections and REST calls as entries in the order of time, for every program that reads HAR;
 * and beside them, in fields of its own, what makes the same rows of them again.
 *
 * The messages are the payloads as they were recorded, as JSON text, secrets as placeholders: whatever was compressed
 * or in ETF is decoded, as no database holds the bytes of the wire. Frames without a payload are what was kept of them.
 * HAR lets programs add fields that begin with an underscore. `_gatetape` is in an entry the row that it was made of,
 * in a message the frame as `gatetape frames` has it, and in the log the rows that belong to no entry.
 * Source: w3c.github.io/web-performance/specs/HAR/Overview.html; DevTools HARLog.ts for messages.
 */
import { FRAME_KEYS } from '../../../capture/columns.js';
import type { FrameDetail } from '../../../store/frame-rows.js';
import type { ConnectionRow } from '../../../store/listings.js';
import { OPCODE } from '../../../wire/frame.js';
import type { ExportSource } from '../form.js';
import { interwoven, type Keyed } from '../interwoven.js';
import { ExportRows, type ExportRow } from '../export-rows.js';
import { CREATOR, type HarMessage } from './entry.js';
import { MESSAGES, OWN } from './outline.js';
import { callEntry, formatClose, socketEntry } from './row-entry.js';

const BEGIN = `{"log":{"version":"1.2","creator":${JSON.stringify(CREATOR)},"entries":[`;

/** Lines of a HAR file. */
export function* writeHar(source: ExportSource): Generator<string, void> {
  const entries = new Entries(source);
  yield BEGIN;
  yield* separated(entries.inOrder());
  yield `],"${OWN}":[`;
  yield* separated(entries.rowsBeside());
  yield ']}}';
}

/** Lines of some values, with a comma before each but the first; a value without lines is none. */
function* separated(values: Iterable<Iterable<string>>): Generator<string, void> {
  let comma = '';
  for (const lines of values) {
    let before = comma;
    for (const line of lines) {
      yield before + line;
      before = '';
      comma = ',';
    }
  }
}

type Lines = Iterable<string>;

class Entries {
  readonly #source: ExportSource;
  readonly #exportRows: ExportRows;
  /** Rows that an entry needs and that are not its own. */
  readonly #aside: ExportRow[] = [];

  constructor(source: ExportSource) {
    this.#source = source;
    this.#exportRows = new ExportRows(source);
  }

  /** Entries by the time at which they began. */
  inOrder(): Generator<Lines, void> {
    return interwoven<Lines>([
      { fromKey: -Infinity, open: () => this.#sockets() },
      { fromKey: -Infinity, open: () => this.#calls() },
    ]);
  }

  /** Rows that belong to no entry; when the entries have been written. */
  *rowsBeside(): Generator<Lines, void> {
    for (const row of this.#aside) yield [JSON.stringify(row)];
    for (const row of this.#exportRows.beside()) yield [JSON.stringify(row)];
  }

  *#sockets(): Generator<Keyed<Lines>, void> {
    for (const socket of this.#exportRows.connections()) {
      yield { key: socket.openedAtUs, value: this.#socketLines(socket) };
    }
  }

  *#socketLines(connection: ConnectionRow): Generator<string, void> {
    const frames = this.#exportRows.frames(connection.id);
    const first = frames.next();
    if (first.done === true && !this.#exportRows.isWhole) return;
    yield `${JSON.stringify(socketEntry(this.#exportRows.listed(connection))).slice(0, -1)},"${MESSAGES}":[`;
    if (first.done !== true) yield this.#formatMessage(first.value);
    for (const frame of frames) yield `,${this.#formatMessage(frame)}`;
    // The close reason can contain a secret that only the messages identify as one.
    const own = this.#ownRow('connection', this.#exportRows.connection(connection.id));
    yield `]${formatClose(this.#exportRows.listed(connection))},"${OWN}":${JSON.stringify(own)}}`;
  }

  #formatMessage(frame: FrameDetail): string {
    this.#aside.push(...this.#exportRows.session(frame));
    const facts = Object.fromEntries(FRAME_KEYS.map((key) => [key, frame[key]]));
    const { sessionId, bytes } = frame;
    const own = { ...facts, sessionId, bytes: bytes === null ? null : Buffer.from(bytes).toString('base64') };
    return JSON.stringify({ ...toHarMessage(frame), [OWN]: own });
  }

  *#calls(): Generator<Keyed<Lines>, void> {
    for (const exchange of this.#exportRows.exchanges()) {
      const own = this.#ownRow('exchange', this.#exportRows.exchange(exchange));
      const api = this.#source.reader.row('capture', exchange.captureId)?.['api'];
      const entry = { ...callEntry(exchange, String(api ?? '')), [OWN]: own };
      yield { key: exchange.startedAtUs, value: [JSON.stringify(entry)] };
    }
  }

  /** The row of `table`; the others go aside. */
  #ownRow(table: 'connection' | 'exchange', rows: Iterable<ExportRow>): ExportRow | null {
    let own: ExportRow | null = null;
    for (const row of rows) {
      if (table in row) own = row;
      else this.#aside.push(row);
    }
    return own;
  }
}

/** The message for readers of HAR. */
function toHarMessage({ sender, kind, atUs, status, payloadText, bytes }: FrameDetail): HarMessage {
  const [opcode, data] =
    status === 'ok'
      ? [OPCODE.text, payloadText ?? '']
      : [OPCODE[kind], Buffer.from(bytes ?? []).toString(kind === 'binary' ? 'base64' : 'utf8')];
  return { type: sender === 'client' ? 'send' : 'receive', time: atUs / 1e6, opcode, data };
}
