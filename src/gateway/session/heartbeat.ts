/**
 * Heartbeats: pairs the client's heartbeats (op 1, or op 40 in the official apps) with the gateway's ACK (op 11).
 *
 * An ACK names no heartbeat, so the oldest open one is taken; the gateway answers in order. A heartbeat that is
 * still open when the connection ends was missed. Takes times as arguments and holds no clock.
 * Source: Discord Docs/Gateway, "Sending Heartbeats"; docs.discord.food/gateway/using-gateway for op 40.
 */
import { BOUNDS } from '../../wire/bounds.js';

/** A heartbeat and its result. */
export interface Heartbeat {
  /** Session at the time it was sent, or null before IDENTIFY. */
  readonly session: number | null;
  readonly sentAtUs: number;
  /** Null if no ACK arrived. */
  readonly ackedAtUs: number | null;
}

/** Open heartbeats that one connection may have; beyond it the oldest count as missed. */
export const MAX_OPEN_HEARTBEATS = BOUNDS.openHeartbeats;

/** Pairs the heartbeats of one connection. */
export class HeartbeatTracker {
  readonly #open: { readonly session: number | null; readonly sentAtUs: number }[] = [];

  /** Notes a heartbeat; returns the oldest open one as missed when there are too many, else null. */
  sent(atUs: number, session: number | null): Heartbeat | null {
    this.#open.push({ session, sentAtUs: atUs });
    return this.#open.length > MAX_OPEN_HEARTBEATS ? this.#take(null) : null;
  }

  /** Records an ACK; returns the heartbeat it answers, or null if no heartbeat is open. */
  acked(atUs: number): Heartbeat | null {
    return this.#take(atUs);
  }

  /** Ends the connection; returns the heartbeats that were never answered, oldest first. */
  end(): Heartbeat[] {
    return this.#open.splice(0).map((beat) => ({ ...beat, ackedAtUs: null }));
  }

  #take(ackedAtUs: number | null): Heartbeat | null {
    const beat = this.#open.shift();
    return beat === undefined ? null : { ...beat, ackedAtUs };
  }
}
