/**
 * Player program: the steps of the recorded client, and the payloads that the gateway is expected to send.
 *
 * Each act holds the number of expected payloads that the client had read before it. Heartbeats of both sides are left
 * out, because the player sends its own. Payloads that the gateway sent after the client had closed are left out,
 * because the client never read them. Source: Discord Docs/Gateway, "Connection Lifecycle".
 */
import { closeItem, type DiffItem, UNPLAYED_OPS } from '../compare/payload-diff.js';
import { OP } from '../../gateway/opcodes.js';
import { asInteger, asObject } from '../../gateway/payload.js';
import type { CloseStep, PayloadStep, Recording } from '../recording.js';

/** One step of the recorded client. */
export type ClientAct = ConnectAct | SendAct | CloseAct;

interface Act {
  /** Ordinal of the connection, from 1. */
  readonly connection: number;
  /** µs since the first step. */
  readonly atUs: number;
  /** Number of expected payloads that arrived before. */
  readonly after: number;
}

/** Opens the connection. */
export interface ConnectAct extends Act {
  readonly type: 'connect';
  /** Whether the recorded client went on to RESUME there, which happens at another URL. */
  readonly isResume: boolean;
}

/** Sends a payload. */
export interface SendAct extends Act {
  readonly type: 'send';
  readonly op: number;
  readonly text: string;
  /** For RESUME: by how many dispatches the client was behind the gateway. */
  readonly lag: number;
}

/** Closes the connection; without a code it just ends. */
export interface CloseAct extends Act {
  readonly type: 'close';
  readonly code: number | null;
}

/** A payload that is expected, and when. */
export interface ExpectedItem extends DiffItem {
  readonly atUs: number;
}

/** Everything that a player needs to know of a recording. */
export interface ClientProgram {
  readonly acts: readonly ClientAct[];
  readonly expected: readonly ExpectedItem[];
  /** Connections whose HELLO was recorded; of others it is not compared. */
  readonly greeted: ReadonlySet<number>;
  /** Whether the recording begins within a session: the player has to identify first, and its READY is extra. */
  readonly isMidSession: boolean;
}

/** Makes a program of a recording. */
export function makeProgram(recording: Recording): ClientProgram {
  const builder = new ProgramBuilder(recording);
  for (const step of recording.steps) builder.add(step);
  return builder.program;
}

class ProgramBuilder {
  readonly #acts: ClientAct[] = [];
  readonly #expected: ExpectedItem[] = [];
  readonly #greeted = new Set<number>();
  readonly #known = new Set<number>();
  readonly #left = new Set<number>(); // closed by the client
  readonly #openings = new Map<number, number>(); // first IDENTIFY or RESUME by connection
  readonly #isMidSession: boolean;
  #hasResumed = false;
  #lastSeq = 0;

  constructor(recording: Recording) {
    for (const step of recording.steps) {
      if (step.type !== 'payload' || step.sender !== 'client' || this.#openings.has(step.connection))
        continue;
      const { op } = step.payload;
      if (op === OP.IDENTIFY || op === OP.RESUME) this.#openings.set(step.connection, op);
    }
    const [first] = this.#openings.values();
    this.#isMidSession = first === OP.RESUME;
  }

  get program(): ClientProgram {
    return {
      acts: this.#acts,
      expected: this.#expected,
      greeted: this.#greeted,
      isMidSession: this.#isMidSession,
    };
  }

  add(step: PayloadStep | CloseStep): void {
    const { connection, atUs } = step;
    if (!this.#known.has(connection)) {
      this.#known.add(connection);
      const isResume = this.#openings.get(connection) === OP.RESUME;
      this.#acts.push({ type: 'connect', connection, atUs, after: this.#expected.length, isResume });
    }
    if (step.type === 'close') this.#close(step);
    else if (!UNPLAYED_OPS.has(step.payload.op)) this.#payload(step);
  }

  #close({ connection, atUs, sender, code }: CloseStep): void {
    if (sender === 'gateway') this.#expect(connection, { ...closeItem(code), atUs });
    else {
      this.#acts.push({ type: 'close', connection, atUs, after: this.#expected.length, code });
      this.#left.add(connection);
    }
  }

  #payload(step: PayloadStep): void {
    const { connection, atUs, sender, payload, text } = step;
    const { op, s: seq, t: event } = payload;
    if (sender === 'client') {
      const lag = op === OP.RESUME ? this.#findLag(step) : 0;
      this.#acts.push({ type: 'send', connection, atUs, after: this.#expected.length, op, text, lag });
      if (op === OP.IDENTIFY) this.#lastSeq = 0;
      return;
    }
    if (op === OP.HELLO) this.#greeted.add(connection);
    this.#lastSeq = Math.max(this.#lastSeq, seq ?? 0);
    if (event === 'RESUMED' && this.#isMidSession && !this.#hasResumed) {
      this.#hasResumed = true; // the player identifies there
      return;
    }
    this.#expect(connection, { op, event, seq, text, atUs });
  }

  #expect(connection: number, item: ExpectedItem): void {
    if (!this.#left.has(connection)) this.#expected.push(item);
  }

  #findLag({ payload }: PayloadStep): number {
    const seq = asInteger(asObject(payload.d)?.['seq']);
    return seq === null ? 0 : Math.max(0, this.#lastSeq - seq);
  }
}
