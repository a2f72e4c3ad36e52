/**
 * Meter: counts what the writer thread has committed, for `--metrics`.
 *
 * It costs a batch, not a frame: the sums by frame type are those of the roll-ups, and the other records are rare. Every
 * label that a peer can choose is one of a closed list, so that no traffic makes new series.
 */
import type { CaptureRecord, ConnectionClosed, ConnectionOpened } from '../capture/records.js';
import { findCloseCode } from '../gateway/close-codes.js';
import { isKnownEvent } from '../gateway/events.js';
import { findOpcode } from '../gateway/opcodes.js';
import type { Tally } from '../store/rollups.js';
import { Counts, type Sample } from './counts.js';

/** In place of a label's value that is not in its list. */
const OTHER = 'other';

const US_PER_SECOND = 1_000_000;
const SWITCHING_PROTOCOLS = 101;
const NO_CLOSE_FRAME = 1006;

/** Open connections of one kind. */
export interface OpenCount {
  readonly encoding: string;
  readonly compress: string;
  /** Whether the client has identified or resumed. */
  readonly isInSession: boolean;
  readonly count: number;
}

/** What a meter has counted. */
export interface Reading {
  /** Added since the last reading. */
  readonly added: readonly Sample[];
  /** Connections that are open now. */
  readonly open: readonly OpenCount[];
}

interface OpenState {
  readonly encoding: string;
  readonly compress: string;
  isInSession: boolean;
}

/** Counts the batches of one writer thread. */
export class Meter {
  readonly #counts = new Counts();
  readonly #open = new Map<number, OpenState>();
  /** Statuses of failed upgrades until their end, which says how often they were repeated. */
  readonly #refused = new Map<number, string>();

  /** Counts a batch after its commit, which took `tookMs`. */
  count(records: readonly CaptureRecord[], tallies: readonly Tally[], tookMs: number): void {
    this.#counts.observe('commits', tookMs / 1000);
    for (const { byType } of tallies) {
      for (const [{ sender, status, op, event }, sums] of byType) {
        this.#counts.add('frames', [sender], sums.count);
        if (status !== 'partial') this.#counts.add('wireBytes', [sender], sums.wireBytes);
        if (status === 'ok') {
          const labels = [nameOp(op), nameEvent(event)];
          this.#counts.add('payloads', labels, sums.count);
          this.#counts.add('payloadBytes', labels, sums.payloadBytes);
        } else if (status !== 'partial' && status !== 'control')
          this.#counts.add('undecodable', [status], sums.count);
      }
    }
    for (const record of records) if (record.type !== 'frame') this.#countOther(record);
  }

  /** The database was rotated. */
  countRotation(): void {
    this.#counts.add('rotations', []);
  }

  /** What was counted since the last call. */
  take(): Reading {
    return { added: this.#counts.take(), open: this.#countOpen() };
  }

  #countOther(record: Exclude<CaptureRecord, { readonly type: 'frame' }>): void {
    const counts = this.#counts;
    switch (record.type) {
      case 'connection_opened':
        this.#countOpened(record);
        break;
      case 'connection_closed':
        this.#countClosed(record);
        break;
      case 'session_attached':
        counts.add(record.isResume ? 'resumed' : 'identified', []);
        this.#noteSession(record.connection, true);
        break;
      case 'session_refused':
        counts.add('resumeRefused', []);
        this.#noteSession(record.connection, false);
        break;
      case 'heartbeat':
        if (record.ackedAtUs === null) counts.add('missedHeartbeats', []);
        else counts.observe('roundTrips', (record.ackedAtUs - record.sentAtUs) / US_PER_SECOND);
        break;
      case 'gap':
        counts.add('gaps', [record.sender]);
        counts.add('gapBytes', [record.sender], record.bytes);
        break;
      case 'exchange':
        counts.add('restCalls', [nameClass(record.status)]);
        break;
      default:
    }
  }

  #noteSession(connection: number, isInSession: boolean): void {
    const state = this.#open.get(connection);
    if (state !== undefined) state.isInSession = isInSession;
  }

  #countOpened({ connection, transport, upgradeStatus, isContinued }: ConnectionOpened): void {
    const { encoding, compress } = transport;
    if (upgradeStatus !== SWITCHING_PROTOCOLS) {
      this.#counts.add('refused', [String(upgradeStatus)]);
      this.#refused.set(connection, String(upgradeStatus));
      return;
    }
    if (isContinued !== true) this.#counts.add('opened', [encoding, compress]);
    this.#open.set(connection, { encoding, compress, isInSession: false });
  }

  #countClosed({ connection, closeCode, closedBy, repeats }: ConnectionClosed): void {
    const status = this.#refused.get(connection);
    if (status !== undefined) {
      this.#counts.add('refused', [status], repeats);
      this.#refused.delete(connection);
    }
    if (!this.#open.delete(connection)) return;
    const code = closeCode ?? NO_CLOSE_FRAME;
    this.#counts.add('closed', [findCloseCode(code) === null ? OTHER : String(code), closedBy]);
  }

  #countOpen(): readonly OpenCount[] {
    const byKind = new Map<string, OpenState & { count: number }>();
    for (const state of this.#open.values()) {
      const key = Object.values(state).join(' ');
      const kind = byKind.get(key);
      if (kind === undefined) byKind.set(key, { ...state, count: 1 });
      else kind.count += 1;
    }
    return [...byKind.values()];
  }
}

function nameOp(op: number | null): string {
  return op === null || findOpcode(op) === null ? OTHER : String(op);
}

/** Such as `4xx`. */
function nameClass(status: number | null): string {
  return status === null ? 'none' : `${String(status).charAt(0)}xx`;
}

function nameEvent(event: string | null): string {
  if (event === null) return '';
  return isKnownEvent(event) ? event : OTHER;
}
