/**
 * Armed fault: waits for its time, and then for something that it can act on.
 *
 * Once in a run is the rule: a fault that came again with the session it destroyed would never end. Faults that
 * last, and those drawn by chance, come again.
 */
import { faultRow, type FaultRow } from './catalogue.js';
import type { Fault, When } from './fault.js';
import { seededRandom, type Random } from './random.js';

/** A payload of either side, as far as faults look at it. */
export interface PassingPayload {
  readonly op: number;
  /** Name of a dispatch, else null. */
  readonly event: string | null;
  readonly seq: number | null;
  /** Whether READY went out on this connection before. */
  readonly isAfterReady: boolean;
}

// Distance between the seeds of two faults: the golden ratio in 32 bits.
const SEED_STEP = 0x9e37_79b9;

/** One fault of a run. */
export class ArmedFault {
  readonly fault: Fault;
  readonly row: FaultRow;
  readonly #random: Random;
  #isDue: boolean;
  #isSpent = false;

  /** `ordinal` tells it from the run's other faults; one that is due waits for nothing but an occasion. */
  constructor(fault: Fault, seed: number, ordinal: number, isDue = false) {
    this.fault = fault;
    this.row = faultRow(fault.name);
    this.#random = seededRandom(seed + ordinal * SEED_STEP);
    this.#isDue = isDue || (fault.when.type === 'default' && this.row.when === 'start');
  }

  /** Whether it will never act again. */
  get isSpent(): boolean {
    return this.#isSpent;
  }

  /** Whether each occasion is drawn by itself. */
  get isDrawn(): boolean {
    return this.fault.when.type === 'chance';
  }

  /** Age of a connection that makes it due, in µs, or null when it waits for none. */
  get awaitedAgeUs(): number | null {
    return this.fault.when.type === 'age' && !this.#isDue && !this.#isSpent ? this.fault.when.us : null;
  }

  /** Notes a payload that goes by. */
  see(sighting: PassingPayload): void {
    if (matches(this.fault.when, this.row, sighting)) this.#isDue = true;
  }

  /** Notes how old a connection is. */
  seeAge(ageUs: number): void {
    if (this.awaitedAgeUs !== null && ageUs >= this.awaitedAgeUs) this.#isDue = true;
  }

  /** Whether it acts on something that it can act on, which is there now. */
  takes(): boolean {
    const { when } = this.fault;
    if (when.type === 'chance') return this.#random() < when.probability;
    if (!this.#isDue || this.#isSpent) return false;
    this.#isSpent = this.row.lasts !== 'always';
    return true;
  }
}

function matches(when: When, row: FaultRow, { op, event, seq, isAfterReady }: PassingPayload): boolean {
  switch (when.type) {
    case 'seq':
      return seq === when.seq;
    case 'op':
      return op === when.op;
    case 'event':
      return event !== null && when.pattern.test(event);
    case 'default':
      return row.when === 'READY' ? event === 'READY' : isAfterReady && event !== null;
    case 'age':
    case 'chance':
      return false;
  }
}
