/**
 * Peers: the client connections of a mock, the pending actions, and the next wake-up of each connection.
 *
 * It carries out the decisions of the script and the playbacks and collects them as actions; it decides nothing.
 */
import type { ClientLimits } from './client-limits.js';
import type { ClientFilter, PlaybackOutput, GatewayAction } from './actions.js';
import type { Playback } from './playback.js';

/** One client connection. */
export interface Peer {
  readonly id: number;
  /** Null before IDENTIFY or RESUME, and after INVALID_SESSION. */
  readonly playback: Playback | null;
  /** Whether its send buffer is full, so that playing waits. */
  isCongested: boolean;
  /** Times that it has to keep, or null. */
  readonly clientLimits: ClientLimits | null;
}

interface OwnPeer extends Peer {
  playback: Playback | null;
}

/** All client connections that are open, as far as the script is concerned. */
export class Peers {
  readonly #peers = new Map<number, OwnPeer>();
  readonly #closing = new Map<number, Playback>(); // sessions whose connection was closed, and has yet to end
  #actions: GatewayAction[] = [];

  /** Actions since the last call, in order. */
  takeActions(): readonly GatewayAction[] {
    return this.#actions.splice(0);
  }

  /** Earliest time at which something is due to some peer, in µs, or null. */
  get wakeAtUs(): number | null {
    let wakeAtUs = Infinity;
    for (const { playback, isCongested, clientLimits: clientLimits } of this.#peers.values()) {
      const dueAtUs = isCongested ? null : playback?.dueAtUs;
      wakeAtUs = Math.min(wakeAtUs, dueAtUs ?? Infinity, clientLimits?.overdueAtUs ?? Infinity);
    }
    return wakeAtUs === Infinity ? null : wakeAtUs;
  }

  /** Takes in a new connection. */
  add(id: number, clientLimits: ClientLimits | null): Peer {
    const peer: OwnPeer = { id, playback: null, isCongested: false, clientLimits };
    this.#peers.set(id, peer);
    return peer;
  }

  /** The connection, or undefined if it is closed; its late input is ignored. */
  get(id: number): Peer | undefined {
    return this.#peers.get(id);
  }

  /** Connections that a filter means, in the order in which they came. */
  *matching({ connection, shard }: ClientFilter = {}): Generator<Peer> {
    for (const peer of [...this.#peers.values()]) {
      if (connection !== undefined && peer.id !== connection) continue;
      if (shard === undefined || (peer.playback !== null && (peer.playback.shard?.[0] ?? 0) === shard))
        yield peer;
    }
  }

  /** Attaches a session to a peer; closes the peer that had it before. */
  attach({ id }: Peer, playback: Playback, nowUs: number): void {
    for (const other of this.#peers.values()) {
      if (other.playback === playback) this.close(other, 4000, 'Session resumed elsewhere.', nowUs);
    }
    for (const [closing, left] of this.#closing) if (left === playback) this.#closing.delete(closing);
    const peer = this.#peers.get(id);
    if (peer !== undefined) peer.playback = playback;
  }

  /** Takes its session from a peer. */
  detach({ id }: Pick<Peer, 'id'>, nowUs: number): void {
    const peer = this.#peers.get(id);
    if (peer === undefined) return;
    peer.playback?.pause(nowUs);
    peer.playback = null;
  }

  /** Removes a disconnected peer. A session whose connection was closed is without a client from now on. */
  remove(id: number, nowUs: number): void {
    this.detach({ id }, nowUs);
    this.#peers.delete(id);
    this.#closing.get(id)?.stayAway(nowUs);
    this.#closing.delete(id);
  }

  /** Closes a connection; without a code it ends without a close frame. */
  close({ id, playback }: Peer, code: number | null, reason: string, nowUs: number): void {
    this.remove(id, nowUs);
    if (playback !== null) this.#closing.set(id, playback);
    this.#actions.push({ type: 'close', peer: id, code, reason });
  }

  /** Sends one payload other than a dispatch. */
  send({ id }: Peer, text: string): void {
    this.#actions.push({ type: 'send', peer: id, text, event: null, seq: null });
  }

  /** Says that a peer has been played a recording to its end. */
  finish({ id }: Peer, recording: number): void {
    this.#actions.push({ type: 'finished', peer: id, recording });
  }

  /** Performs the outputs of a session. */
  perform(peer: Peer, outputs: readonly PlaybackOutput[], nowUs: number): void {
    for (const output of outputs) {
      if (output.type === 'send') this.#actions.push({ ...output, peer: peer.id });
      else if (output.type === 'ask') this.#actions.push({ type: 'ping', peer: peer.id });
      else if (output.type === 'close') this.close(peer, output.code, output.reason, nowUs);
      else {
        this.send(peer, output.text);
        this.detach(peer, nowUs);
      }
    }
  }
}
