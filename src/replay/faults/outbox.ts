/**
 * Outbox: the actions for one peer, in their order, some of them held back.
 *
 * What comes behind something that waits, waits too. Times in µs of the driver's clock, given as arguments.
 */
import type { GatewayAction } from '../script/actions.js';

interface Held {
  readonly action: GatewayAction;
  readonly dueAtUs: number;
}

/** What has yet to be done for one peer. */
export class Outbox {
  readonly #held: Held[] = [];
  #notBeforeUs = 0;
  #lagUs = 0;

  /** When the first of what waits is due, or null when nothing waits. */
  get dueAtUs(): number | null {
    return this.#held[0]?.dueAtUs ?? null;
  }

  /** Holds back whatever comes until `untilUs`. */
  holdUntil(untilUs: number): void {
    this.#notBeforeUs = Math.max(this.#notBeforeUs, untilUs);
  }

  /** Holds back by `lagUs` whatever comes, from now on. */
  lagBy(lagUs: number): void {
    this.#lagUs = lagUs;
  }

  /** Takes an action; what is due of all it has taken comes back, this one included unless it waits. */
  push(action: GatewayAction, nowUs: number): readonly GatewayAction[] {
    const dueAtUs = Math.max(nowUs + this.#lagUs, this.#notBeforeUs, this.#held.at(-1)?.dueAtUs ?? 0);
    if (this.#held.length === 0 && dueAtUs <= nowUs) return [action];
    this.#held.push({ action, dueAtUs });
    return this.release(nowUs);
  }

  /** Gives what is due. */
  release(nowUs: number): readonly GatewayAction[] {
    const count = this.#held.findIndex(({ dueAtUs }) => dueAtUs > nowUs);
    return this.#held.splice(0, count === -1 ? this.#held.length : count).map(({ action }) => action);
  }
}
