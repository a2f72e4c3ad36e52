/**
 * Faulty peer: the state of the faults on one connection.
 *
 *   the script's action ─► altered, swapped, left out ─► outbox ─► actions that are due
 *
 * It knows how to change a single action; the layer decides when.
 */
import { OP } from '../../gateway/opcodes.js';
import type { Damage, GatewayAction, SendAction } from '../gateway-side/actions.js';
import type { ArmedFault, PassingPayload } from './plan.js';
import type { Fault } from './catalogue.js';
import { spliceMembers } from '../payload-splice.js';
import { seededRandom } from './random.js';

/** A pending interruption: it waits until the client has read everything sent before. */
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
  sight(send: SendAction): PassingPayload {
    return { op: readOp(send), event: send.event, seq: send.seq, isAfterReady: this.hasReady };
  }

  /** Whether a payload with this opcode has yet to leave. */
  holds(op: number): boolean {
    return this.outbox.has((action) => action.type === 'send' && readOp(action) === op);
  }

  /** Applies a fault to a payload. */
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

  /** Performs any other action, after everything queued before; to the script a reset is a close like any other. */
  act(action: GatewayAction, nowUs: number): readonly GatewayAction[] {
    const isReset = action.type === 'close' && this.interruption?.fault.name === 'reset';
    const done: GatewayAction = isReset ? { type: 'reset', peer: this.id } : action;
    return [...this.settle(nowUs), ...this.outbox.push(done, nowUs)];
  }

  /** Sends the dispatch that waits to be swapped with another one. */
  settle(nowUs: number): readonly GatewayAction[] {
    const swapped = this.#swapped;
    this.#swapped = null;
    return swapped === null ? [] : this.outbox.push(swapped, nowUs);
  }

  /** Returns the actions that are due. */
  release(nowUs: number): readonly GatewayAction[] {
    const released = this.outbox.release(nowUs);
    return this.#swapped !== null && this.#swapByUs <= nowUs
      ? [...released, ...this.settle(nowUs)]
      : released;
  }

  // A dispatch that finds another one waiting is sent unchanged before it.
  #swap(send: SendAction): readonly SendAction[] {
    if (this.#swapped !== null) return [send];
    this.#swapped = send;
    return [];
  }
}

function readOp({ text, event }: SendAction): number {
  return event === null ? (JSON.parse(text) as { readonly op: number }).op : OP.DISPATCH;
}

/** The earlier of two times, null standing for never. */
export function earliest(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.min(one, other);
}

interface Held {
  readonly action: GatewayAction;
  readonly dueAtUs: number;
}

/**
 * Pending actions of one peer, in their order, some of them delayed; an action behind a delayed one is delayed, too.
 * Times in µs of the driver's clock.
 */
export class Outbox {
  readonly #held: Held[] = [];
  #notBeforeUs = 0;
  #lagUs = 0;

  /** When the first delayed action is due, or null if nothing is delayed. */
  get dueAtUs(): number | null {
    return this.#held[0]?.dueAtUs ?? null;
  }

  /** Whether some delayed action is like this. */
  has(isMeant: (action: GatewayAction) => boolean): boolean {
    return this.#held.some(({ action }) => isMeant(action));
  }

  /** Delays all further actions until `untilUs`. */
  holdUntil(untilUs: number): void {
    this.#notBeforeUs = Math.max(this.#notBeforeUs, untilUs);
  }

  /** Delays all further actions by `lagUs`. */
  lagBy(lagUs: number): void {
    this.#lagUs = lagUs;
  }

  /** Queues an action; returns every queued action that is due, including this one unless it is delayed. */
  push(action: GatewayAction, nowUs: number): readonly GatewayAction[] {
    const dueAtUs = Math.max(nowUs + this.#lagUs, this.#notBeforeUs, this.#held.at(-1)?.dueAtUs ?? 0);
    if (this.#held.length === 0 && dueAtUs <= nowUs) return [action];
    this.#held.push({ action, dueAtUs });
    return this.release(nowUs);
  }

  /** Returns the actions that are due. */
  release(nowUs: number): readonly GatewayAction[] {
    const count = this.#held.findIndex(({ dueAtUs }) => dueAtUs > nowUs);
    return this.#held.splice(0, count === -1 ? this.#held.length : count).map(({ action }) => action);
  }
}

const KEY = '_gatetape_padding';
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_';
const PERIOD_CHARS = 40 * 1024;
const SEED = 1;

/**
 * Text of READY, padded to `bytes` with a member that means nothing; a longer text is returned unchanged.
 *
 * The filling must not compress to nothing, or a large READY would be small on the wire. So it is pseudo-random, and
 * repeats only behind a distance that deflate cannot refer back to (32 KiB, RFC 1951 section 2).
 */
export function padReady(text: string, bytes: number): string {
  const missing = bytes - Buffer.byteLength(spliceMembers(text, new Map([[KEY, '""']])));
  return missing <= 0 ? text : spliceMembers(text, new Map([[KEY, `"${filling(missing)}"`]]));
}

function filling(chars: number): string {
  const random = seededRandom(SEED);
  let period = '';
  while (period.length < Math.min(chars, PERIOD_CHARS)) {
    period += LETTERS[Math.floor(random() * LETTERS.length)] ?? '';
  }
  return period.repeat(Math.ceil(chars / period.length)).slice(0, chars);
}
