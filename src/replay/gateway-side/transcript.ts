/**
 * Transcript: the dispatches sent in one session, so that a RESUME can send them again.
 *
 * Dispatches keep their recorded sequence number as long as they are sent in the recorded order. From the first one out
 * of order, they get new numbers, because numbers must rise by one. So they do behind a RESUMED that did not reach its
 * client, which is not sent again. READY gets the live values, answers get the nonce of the live request.
 * Source: Discord Docs/Gateway, "Resuming".
 */
import { OP } from '../../gateway/opcodes.js';
import type { JsonValue } from '../../gateway/payload.js';
import { adaptReady, type LiveSession } from './live-session.js';
import { spliceMembers, spliceMembersUnder, spliceSeq } from '../payload-splice.js';
import { RATE_LIMITED, type TakenRequest } from './requests.js';
import type { SendCue } from './timeline.js';

/** A payload as it goes out. */
export interface OutgoingPayload {
  readonly text: string;
  /** Name of a dispatch, else null. */
  readonly event: string | null;
  /** Its sequence number. */
  readonly seq: number | null;
}

/** Everything that one session was sent. */
export class Transcript {
  readonly #facts: LiveSession;
  readonly #nonces = new Map<number, string>();
  readonly #cues: SendCue[] = [];
  readonly #seqs: number[] = [];
  #resumedSeqs: number[] = []; // numbers that a RESUMED had to itself
  #lastSeq = 0;
  #isRenumbering = false;

  constructor(facts: LiveSession) {
    this.#facts = facts;
  }

  /** Highest sequence number sent so far, 0 before any. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Notes the live nonce of the recorded request at `position`. */
  setNonce(position: number, nonce: string): void {
    this.#nonces.set(position, nonce);
  }

  /** Says that something was left out, to come later or never. */
  skip({ seq }: Pick<SendCue, 'seq'>): void {
    if (seq !== null) this.#isRenumbering = true;
  }

  /** Sends a cue for the first time. */
  send(cue: SendCue): OutgoingPayload {
    if (cue.seq === null) return { text: cue.text, event: cue.event, seq: null };
    const seq = this.#number(cue.seq);
    this.#cues.push(cue);
    this.#seqs.push(seq);
    return this.#render(cue, seq);
  }

  /** Sends a dispatch that is on no timeline; the numbers of the recording no longer fit behind it. */
  inject(event: string, d: JsonValue): OutgoingPayload {
    this.#isRenumbering = true;
    const seq = this.#lastSeq + 1;
    const text = JSON.stringify({ t: event, s: seq, op: OP.DISPATCH, d });
    return this.send({ type: 'send', atUs: 0, text, seq, event, request: null });
  }

  /** Sends the answers to a request again; recorded sequence numbers are no longer valid after them. */
  again({ position, nonce }: Pick<TakenRequest, 'position' | 'nonce'>): OutgoingPayload[] {
    const answers = this.#cues.filter(({ request }) => request === position);
    if (answers.length > 0) this.#isRenumbering = true;
    return answers.map((cue) => this.send({ ...cue, text: withNonce(cue, nonce), request: null }));
  }

  /** Numbers a RESUMED, which is a dispatch but is never sent again. */
  sendResumed(text: string, seq: number | null): OutgoingPayload {
    const live = seq === null ? this.#lastSeq : this.#number(seq);
    if (seq !== null) this.#resumedSeqs.push(live);
    return { text: spliceSeq(text, live), event: 'RESUMED', seq: live };
  }

  /** Gives the numbers of each RESUMED behind `seq`, which its client has not read, to what was sent behind it. */
  dropResumed(seq: number): void {
    const dropped = this.#resumedSeqs.filter((resumed) => resumed > seq);
    if (dropped.length === 0) return;
    this.#resumedSeqs = this.#resumedSeqs.filter((resumed) => resumed <= seq);
    for (const [index, sent] of this.#seqs.entries())
      this.#seqs[index] = sent - dropped.filter((resumed) => resumed < sent).length;
    this.#lastSeq -= dropped.length;
    this.#isRenumbering = true;
  }

  /** Dispatches after `seq`, again and in order. */
  since(seq: number): OutgoingPayload[] {
    const first = this.#seqs.findIndex((sent) => sent > seq);
    if (first === -1) return [];
    return this.#cues.slice(first).map((cue, index) => this.#render(cue, this.#seqs[first + index] ?? 0));
  }

  #number(recorded: number): number {
    // It starts again where the recorded client began a new session, and the present one has stayed.
    this.#isRenumbering ||= this.#lastSeq > 0 && recorded <= this.#lastSeq;
    const seq = this.#isRenumbering ? this.#lastSeq + 1 : recorded;
    this.#lastSeq = Math.max(this.#lastSeq, seq);
    return seq;
  }

  #render(cue: SendCue, seq: number): OutgoingPayload {
    let { text } = cue;
    if (cue.event === 'READY') text = adaptReady(text, this.#facts);
    else if (cue.request !== null) text = withNonce(cue, this.#nonces.get(cue.request) ?? null);
    return { text: seq === cue.seq ? text : spliceSeq(text, seq), event: cue.event, seq };
  }
}

// RATE_LIMITED names the refused request in `meta`.
function withNonce({ text, event }: SendCue, nonce: string | null): string {
  if (nonce === null) return text;
  const member = new Map([['nonce', JSON.stringify(nonce)]]);
  return event === RATE_LIMITED ? spliceMembersUnder(text, 'meta', member) : spliceMembers(text, member);
}
