/**
 * Parts of a session that can be left out one by one, so that the rest is still a session that the protocol allows.
 * HELLO, IDENTIFY and READY are kept. A request goes with its answers, a dispatch with its copies after a RESUME, and a
 * break (RECONNECT, INVALID_SESSION or a close) with the HELLO, RESUME and RESUMED behind it.
 *
 * Heartbeats are in no part and always removed, because the player of a tape sends its own. Connections and sequence
 * numbers are renumbered. Source: Discord Docs/Gateway, "Connection Lifecycle" and "Resuming".
 */
import { OP } from '../../gateway/opcodes.js';
import { asInteger, asObject } from '../../gateway/payload.js';
import { UNPLAYED_OPS } from '../compare/payload-diff.js';
import type { PayloadStep, RecordedExchange, Recording, RecordingStep } from '../recording.js';
import { RequestPairing } from '../gateway-side/requests.js';
import { spliceMembers, spliceSeq, withText } from '../payload-splice.js';

/** Steps that go together, by their position in the recording, or one REST call. */
export interface SessionPart {
  readonly steps: readonly number[];
  readonly exchange: RecordedExchange | null;
}

const BREAKS: ReadonlySet<number> = new Set([OP.RECONNECT, OP.INVALID_SESSION]);

/** The parts of a recording, in the order in which they begin. */
export function listParts(recording: Recording): readonly SessionPart[] {
  const finder = new PartFinder();
  recording.steps.forEach((step, index) => finder.add(step, index));
  const calls = recording.exchanges.map((exchange): SessionPart => ({ steps: [], exchange }));
  return [...finder.parts.map((steps): SessionPart => ({ steps, exchange: null })), ...calls];
}

/** The recording with nothing of its parts but `kept`. */
export function assembled(recording: Recording, kept: readonly SessionPart[]): Recording {
  const removable = new Set(listParts(recording).flatMap(({ steps }) => steps));
  const wanted = new Set(kept.flatMap(({ steps }) => steps));
  const renumbering = new Renumbering();
  const steps = recording.steps.flatMap((step, index) => {
    const isKept = !isHeartbeat(step) && (wanted.has(index) || !removable.has(index));
    return renumbering.next(step, isKept) ?? [];
  });
  const exchanges = new Set(kept.map(({ exchange }) => exchange));
  return { ...recording, steps, exchanges: recording.exchanges.filter((each) => exchanges.has(each)) };
}

function isHeartbeat(step: RecordingStep): boolean {
  return step.type === 'payload' && UNPLAYED_OPS.has(step.payload.op);
}

class PartFinder {
  readonly parts: number[][] = [];
  readonly #pairing = new RequestPairing();
  readonly #requests = new Map<number, number[]>();
  #bySeq = new Map<number, number[]>(); // dispatches of this life of the session
  #break: number[] | null = []; // the current break; the opening is not a break, and is in no part
  #isOpening = true;

  add(step: RecordingStep, index: number): void {
    if (isHeartbeat(step)) return;
    if (step.type === 'close' || isControl(step)) this.#control(step, index);
    else this.#payload(step, index);
  }

  #control(step: RecordingStep, index: number): void {
    if (!this.#isOpening) {
      if (this.#break === null) this.parts.push((this.#break = []));
      this.#break.push(index);
    }
    if (step.type !== 'payload') return;
    const { op, t } = step.payload;
    if (op === OP.IDENTIFY) this.#bySeq = new Map();
    if (t !== 'READY' && t !== 'RESUMED') return;
    this.#isOpening = false;
    this.#break = null;
  }

  #payload({ payload, sender }: PayloadStep, index: number): void {
    if (sender === 'client') {
      const request = this.#pairing.request(payload);
      const part = this.#begin(index);
      if (request !== null) this.#requests.set(request, part);
      return;
    }
    const copy = payload.s === null ? undefined : this.#bySeq.get(payload.s);
    const answered = copy === undefined && payload.op === OP.DISPATCH ? this.#pairing.answer(payload) : null;
    const owner = copy ?? (answered === null ? undefined : this.#requests.get(answered));
    owner?.push(index);
    const part = owner ?? this.#begin(index);
    if (payload.s !== null) this.#bySeq.set(payload.s, part);
  }

  #begin(index: number): number[] {
    const part = [index];
    this.parts.push(part);
    return part;
  }
}

/** Whether a step begins, ends or resumes something. */
function isControl(step: PayloadStep): boolean {
  const { op, t } = step.payload;
  if (step.sender === 'client') return op === OP.IDENTIFY || op === OP.RESUME;
  return op === OP.HELLO || BREAKS.has(op) || t === 'READY' || t === 'RESUMED';
}

/** Renumbers the remaining connections and dispatches. */
class Renumbering {
  #connection = 1;
  #isGreeted = false;
  #isEnded = false;
  #seqs = new Map<number, number>(); // since the last IDENTIFY, left out or not
  #lastSeq: number | null = null;
  #seqAtIdentify: number | null = null; // of an IDENTIFY that was left out
  #isReplaying = false; // between a RESUME and its RESUMED

  /** The next step of the recording with its numbers, or null when it goes. */
  next(step: RecordingStep, isKept: boolean): RecordingStep | null {
    if (isSent(step, OP.IDENTIFY)) this.#identify(isKept);
    if (!isKept || this.#isStray(step)) return null;
    this.#connect(step);
    if (isSent(step, OP.RESUME)) this.#isReplaying = true;
    else if (step.type === 'payload' && step.payload.t === 'RESUMED') this.#isReplaying = false;
    const connection = this.#connection;
    return step.type === 'close' ? { ...step, connection } : { ...this.#payload(step), connection };
  }

  #identify(isKept: boolean): void {
    this.#seqs = new Map();
    this.#isReplaying = false;
    if (isKept) this.#lastSeq = null;
    this.#seqAtIdentify = this.#lastSeq;
  }

  // A copy of a dispatch whose RESUME was left out.
  #isStray(step: RecordingStep): boolean {
    if (step.type === 'close' || step.sender === 'client' || this.#isReplaying) return false;
    return step.payload.s !== null && this.#seqs.has(step.payload.s);
  }

  #connect(step: RecordingStep): void {
    const isHello = step.type === 'payload' && step.sender === 'gateway' && step.payload.op === OP.HELLO;
    if (this.#isEnded || (isHello && this.#isGreeted)) {
      this.#connection += 1;
      this.#isGreeted = false;
    }
    this.#isGreeted ||= isHello;
    this.#isEnded = step.type === 'close';
  }

  #payload(step: PayloadStep): PayloadStep {
    const { s, d } = step.payload;
    if (isSent(step, OP.RESUME)) {
      const seq = this.#seqBefore(asInteger(asObject(d)?.['seq']) ?? 0);
      return withText(step, spliceMembers(step.text, new Map([['seq', String(seq)]])));
    }
    if (step.sender === 'client' || s === null) return step;
    return withText(step, spliceSeq(step.text, this.#renumber(s)));
  }

  #renumber(recorded: number): number {
    const known = this.#seqs.get(recorded);
    if (known !== undefined) return known;
    this.#lastSeq = this.#lastSeq === null ? recorded : this.#lastSeq + 1;
    this.#seqs.set(recorded, this.#lastSeq);
    return this.#lastSeq;
  }

  // The number that the newest dispatch up to a recorded one has now.
  #seqBefore(recorded: number): number {
    let newest = this.#seqAtIdentify;
    for (const [old, now] of this.#seqs) if (old <= recorded) newest = Math.max(newest ?? 0, now);
    return newest ?? recorded;
  }
}

function isSent(step: RecordingStep, op: number): boolean {
  return step.type === 'payload' && step.sender === 'client' && step.payload.op === op;
}
