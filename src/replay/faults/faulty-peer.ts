/**
 * Faulty peer: what the faults have done to one connection so far.
 *
 *   the script's action ─► altered, swapped, left out ─► outbox ─► actions that are due
 *
 * It knows how a single action is changed, not when: that is the layer's business.
 */
import type { Damage, GatewayAction, SendAction } from '../script/actions.js';
import type { ArmedFault, PassingPayload } from './armed-fault.js';
import type { Fault } from './fault.js';
import { Outbox } from './outbox.js';
import { padReady } from './padding.js';

/** An interruption on its way: it waits for the client to have read what came before. */
export interface Interruption {
  readonly fault: Fault;
  /** When it happens even without a word of the client. */
  readonly byUs: number;
  /** Whether it has happened, and the client has yet to go. */
  hasHappened: boolean;
}

const DAMAGES: Partial<Record<Fault['name'], Damage>> = {
  'corrupt-stream': 'corrupt',
  'no-flush-suffix': 'no suffix',
  'split-message': 'split',
};
// How long a dispatch waits for another one to change places with.
const SWAP_WITHIN_US = 1_000_000;

/** One connection. */
export class FaultyPeer {
  readonly id: number;
  readonly connectedAtUs: number;
  readonly outbox = new Outbox();
  interruption: Interruption | null = null;
  /** Whether READY or RESUMED went out. */
  hasSession = false;
  /** Whether READY went out. */
  hasReady = false;
  isAcknowledged = true;
  #swapped: SendAction | null = null;
  #swapByUs = 0;

  constructor(id: number, connectedAtUs: number) {
    this.id = id;
    this.connectedAtUs = connectedAtUs;
  }

  /** When it has something to do by itself, or null. */
  get dueAtUs(): number | null {
    const byUs = this.interruption?.hasHappened === false ? this.interruption.byUs : null;
    return earliest(this.outbox.dueAtUs, earliest(byUs, this.#swapped === null ? null : this.#swapByUs));
  }

  /** Facts of a payload that goes out here. */
  sight({ text, event, seq }: SendAction): PassingPayload {
    const op = event === null ? (JSON.parse(text) as { readonly op: number }).op : 0;
    return { op, event, seq, isAfterReady: this.hasReady };
  }

  /** What a fault makes of a payload that it acts on. */
  alter(send: SendAction, armed: ArmedFault, nowUs: number): readonly SendAction[] {
    const { name, arg } = armed.fault;
    switch (name) {
      case 'duplicate':
        return [send, send];
      case 'skip-seq':
        return [];
      case 'reorder':
        this.#swapByUs = nowUs + SWAP_WITHIN_US;
        return this.#swap(send);
      case 'big-ready':
        return [{ ...send, text: padReady(send.text, Number(arg)) }];
      case 'drop-ack':
        this.isAcknowledged = armed.isDrawn;
        return [];
      case 'delay':
        if (armed.isDrawn) this.outbox.holdUntil(nowUs + Number(arg));
        else this.outbox.lagBy(Number(arg));
        return [send];
      case 'stall':
        this.outbox.holdUntil(nowUs + Number(arg));
        return [send];
      default:
        return [{ ...send, damage: arg === true ? 'split suffix' : (DAMAGES[name] ?? null) }];
    }
  }

  /** Sends a payload, and behind it the one that has changed places with it. */
  send(send: SendAction, nowUs: number): readonly GatewayAction[] {
    const first = this.outbox.push(send, nowUs);
    return send.event === null ? first : [...first, ...this.settle(nowUs)];
  }

  /** Does anything else, behind everything that was to be sent before; a reset is no other close to the script. */
  act(action: GatewayAction, nowUs: number): readonly GatewayAction[] {
    const isReset = action.type === 'close' && this.interruption?.fault.name === 'reset';
    const done: GatewayAction = isReset ? { type: 'reset', peer: this.id } : action;
    return [...this.settle(nowUs), ...this.outbox.push(done, nowUs)];
  }

  /** Sends what waits for another dispatch to change places with. */
  settle(nowUs: number): readonly GatewayAction[] {
    const swapped = this.#swapped;
    this.#swapped = null;
    return swapped === null ? [] : this.outbox.push(swapped, nowUs);
  }

  /** Gives what is due by now. */
  release(nowUs: number): readonly GatewayAction[] {
    const released = this.outbox.release(nowUs);
    return this.#swapped !== null && this.#swapByUs <= nowUs
      ? [...released, ...this.settle(nowUs)]
      : released;
  }

  // A dispatch that finds another one waiting goes ahead of it as it is.
  #swap(send: SendAction): readonly SendAction[] {
    if (this.#swapped !== null) return [send];
    this.#swapped = send;
    return [];
  }
}

/** The earlier of two times, null standing for never. */
export function earliest(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.min(one, other);
}
