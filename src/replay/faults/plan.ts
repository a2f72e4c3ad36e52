/**
 * Fault plan: the faults of a run that have yet to act, or go on acting.
 *
 * Each has its own numbers of chance, so that adding one fault changes nothing about the others.
 */
import { ArmedFault, type PassingPayload } from './armed-fault.js';
import type { FaultRow } from './catalogue.js';
import type { Fault } from './fault.js';
import { earliest } from './faulty-peer.js';

/** All faults of a run. */
export class FaultPlan {
  readonly #seed: number;
  #armed: readonly ArmedFault[] = [];
  #count = 0;
  readonly #told = new Set<ArmedFault>(); // those that act more than once
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
    if (this.#told.has(armed)) return;
    if (armed.isDrawn || !armed.isSpent) this.#told.add(armed);
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
