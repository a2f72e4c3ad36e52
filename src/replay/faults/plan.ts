/**
 * Fault plan: the faults of a run that have yet to act, or go on acting.
 *
 * Each has its own numbers of chance, so that adding one fault changes nothing about the others.
 */
import { BOUNDS } from '../../wire/bounds.js';
import { type Fault, type FaultRow, faultRow, type When } from './catalogue.js';
import { earliest } from './faulty-peer.js';
import { seededRandom, type Random } from './random.js';

/** All faults of a run. */
export class FaultPlan {
  readonly #seed: number;
  #armed: readonly ArmedFault[] = [];
  #count = 0;
  readonly #reported = new Set<ArmedFault>(); // already reported faults that act more than once
  #news: string[] = [];

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Whether nothing can happen any more. */
  get isEmpty(): boolean {
    return this.#armed.length === 0;
  }

  /** Adds a fault; one that is due waits for nothing but an occasion. */
  arm(fault: Fault, isDue: boolean): ArmedFault {
    const armed = new ArmedFault(fault, this.#seed, this.#count, isDue);
    this.#count += 1;
    this.#armed = [...this.#armed, armed];
    return armed;
  }

  /** Notes a payload that goes by. */
  see(sighting: PassingPayload): void {
    for (const armed of this.#armed) armed.see(sighting);
  }

  /** Notes how old a connection is. */
  seeAge(ageUs: number): void {
    for (const armed of this.#armed) armed.seeAge(ageUs);
  }

  /** Age of a connection at which some fault's time comes, in µs, or null. */
  get awaitedAgeUs(): number | null {
    return this.#armed.reduce<number | null>((age, armed) => earliest(age, armed.awaitedAgeUs), null);
  }

  /** Notes that a fault acts; of one that is drawn by chance the first time only. */
  note(armed: ArmedFault): void {
    if (this.#reported.has(armed)) return;
    if (armed.isDrawn || !armed.isSpent) this.#reported.add(armed);
    this.#news.push(armed.fault.name);
  }

  /** Names of the faults that have begun to act since the last call. */
  takeNews(): readonly string[] {
    return this.#news.splice(0);
  }

  /** Faults that act now on something of this kind. Those that are drawn are only drawn if `isDrawing`. */
  taking(actsOn: FaultRow['actsOn'], isDrawing: boolean): readonly ArmedFault[] {
    const taking = this.#armed.filter(
      (armed) => armed.row.actsOn === actsOn && (isDrawing || !armed.isDrawn) && armed.takes(),
    );
    for (const armed of taking) this.note(armed);
    if (taking.some(({ isSpent }) => isSpent)) {
      this.#armed = this.#armed.filter(({ isSpent }) => !isSpent);
    }
    return taking;
  }
}

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

/**
 * One fault of a run: waits for its time, and then for something that it can act on. It acts once, since a fault that
 * came again with the session it destroyed would never end; faults that last, and those drawn by chance, act again.
 */
export class ArmedFault {
  readonly fault: Fault;
  readonly row: FaultRow;
  readonly #random: Random;
  #isDue: boolean;
  #isSpent = false;

  /** `ordinal` identifies it among the run's faults; a fault that is due waits only for a target. */
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

  /** Age of a connection in µs at which the fault is due, or null if it does not depend on age. */
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
      return event !== null && when.pattern.test(event.slice(0, BOUNDS.nameChars));
    case 'default':
      return row.when === 'READY' ? event === 'READY' : isAfterReady && event !== null;
    case 'age':
    case 'chance':
      return false;
  }
}
