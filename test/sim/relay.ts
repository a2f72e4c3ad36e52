/**
 * A model of the relay's sockets: each leg has bytes on their way, can be paused, and is read in chunks of any size.
 *
 * It does what `proxy/relay-direction.ts` does with a chunk: rewrites it for the client, and taps the unchanged chunk.
 */
import type { TapEvent } from '../../src/capture/tap.js';
import { GatewayRewriter, RewriteShare } from '../../src/gateway/rewrite/rewriter.js';
import type { Sender } from '../../src/wire/frame.js';
import type { RingTap } from '../../src/worker/ring-tap.js';
import type { SimulatedClock } from './clock.js';
import type { Point } from './points.js';
import type { Random } from './random.js';
import type { ModelConnection, Traffic } from './traffic.js';

/** URL that the rewriter gives to clients. */
export const PROXY_URL = 'ws://127.0.0.1:7331/r/gateway-us-east1-b.discord.gg';

/** A chunk as it was tapped. */
export interface Tapped {
  readonly atUs: number;
  /** Where it ends in its stream. */
  readonly until: number;
}

/** One direction of a connection. */
export interface Leg {
  readonly sender: Sender;
  /** Bytes that were read. */
  read: number;
  isPaused: boolean;
  /** Length of the last chunk. */
  lastBytes: number;
  readonly tapped: Tapped[];
}

/** One relayed connection. */
export interface RelayedConnection {
  readonly model: ModelConnection;
  /** The tap's key; 0 before it is open. */
  key: number;
  readonly legs: Readonly<Record<Sender, Leg>>;
  readonly rewriter: GatewayRewriter | null;
  /** What the client got. */
  readonly received: Buffer[];
  state: 'waiting' | 'open' | 'ended';
  /** The socket was lost before everything had come. */
  isCut: boolean;
  /** Not recorded any more, because threads died of what was open then. */
  isLeftOut: boolean;
  convergedFrameNo: number | null;
}

/** How the relay behaves in a run. */
export interface RelayHabits {
  readonly mostChunkBytes: number;
  /** Share of connections with a rewriter. */
  readonly rewritten: number;
  /** Share of turns in which a leg may overtake the other one. */
  readonly disorder: number;
  /** Share of turns in which an open connection is lost. */
  readonly loss: number;
  /** A session may come back before the connection that it leaves has ended. */
  readonly isOverlapping?: boolean;
}

const LONG_CHUNK_BYTES = 65_536;

/** All connections of a run. */
export class ModelRelay {
  readonly connections: readonly RelayedConnection[];
  readonly #random: Random;
  readonly #habits: RelayHabits;
  readonly #tap: RingTap;
  readonly #clock: SimulatedClock;
  readonly #said: (point: Point) => void;
  #mostChunkBytes: number;

  constructor(
    traffic: Traffic,
    random: Random,
    habits: RelayHabits,
    tap: RingTap,
    clock: SimulatedClock,
    said: (point: Point) => void,
  ) {
    this.#random = random;
    this.#habits = habits;
    this.#mostChunkBytes = habits.mostChunkBytes;
    this.#tap = tap;
    this.#clock = clock;
    this.#said = said;
    const share = new RewriteShare();
    this.connections = traffic.connections.map((model) => ({
      model,
      key: 0,
      legs: { client: openLeg('client'), gateway: openLeg('gateway') },
      rewriter: random.chance(habits.rewritten) ? openRewriter(model, share) : null,
      received: [],
      state: 'waiting',
      isCut: false,
      isLeftOut: false,
      convergedFrameNo: null,
    }));
  }

  /** Whether every connection has ended. */
  get isOver(): boolean {
    return this.connections.every(({ state }) => state === 'ended');
  }

  /** Bytes of the last chunks of paused legs: the most that may be kept aside. */
  get pausedBytes(): number {
    const legs = this.connections.flatMap(({ legs }) => [legs.client, legs.gateway]);
    return legs.reduce((sum, { isPaused, lastBytes }) => sum + (isPaused ? lastBytes : 0), 0);
  }

  /** From now on chunks are long. */
  hurry(): void {
    this.#mostChunkBytes = LONG_CHUNK_BYTES;
  }

  /** What is open now is not recorded any more, nor what of it or before it was not written yet. */
  leaveOut(): void {
    for (const connection of this.connections)
      if (connection.state !== 'waiting') connection.isLeftOut = true;
  }

  /** One thing happens on one connection, if anything can. */
  turn(): void {
    const connection = this.#draw();
    if (connection === null) return;
    if (connection.state === 'waiting') this.#open(connection);
    else if (this.#random.chance(this.#habits.loss)) this.#end(connection, true);
    else if (isRead(connection)) this.#end(connection, false);
    else this.#read(connection, this.#drawLeg(connection));
  }

  #draw(): RelayedConnection | null {
    const ready = this.connections.filter(
      (each) => each.state === 'open' || (each.state === 'waiting' && this.#mayOpen(each)),
    );
    return ready.length === 0 ? null : this.#random.pick(ready);
  }

  /** A session's connections follow each other. */
  #mayOpen({ model }: RelayedConnection): boolean {
    const earlier = this.connections.slice(
      0,
      this.connections.findIndex((each) => each.model === model),
    );
    const isLeft = (each: RelayedConnection): boolean =>
      each.state === 'ended' ||
      (this.#habits.isOverlapping === true && each.state === 'open' && isNearlyRead(each));
    return earlier.every((each) => each.model.session !== model.session || isLeft(each));
  }

  #open(connection: RelayedConnection): void {
    connection.state = 'open';
    connection.key = this.#tap.open({ ...connection.model.handshake, atUs: this.#clock.tickUs() });
  }

  /** Usually the leg whose message was sent first. */
  #drawLeg({ model, legs }: RelayedConnection): Leg {
    const next = model.order.find(({ sender, until }) => legs[sender].read < until)!;
    const other = legs[next.sender === 'client' ? 'gateway' : 'client'];
    const isOtherLeft = other.read < model.streams[other.sender].bytes.length;
    return isOtherLeft && this.#random.chance(this.#habits.disorder) ? other : legs[next.sender];
  }

  #read(connection: RelayedConnection, leg: Leg): void {
    if (leg.isPaused) return;
    const { bytes } = connection.model.streams[leg.sender];
    const length = this.#random.skewed(1, this.#mostChunkBytes);
    const chunk = Buffer.from(bytes.subarray(leg.read, leg.read + length));
    leg.read += chunk.length;
    leg.lastBytes = chunk.length;
    this.#carry(connection, leg, chunk);
    chunk.fill(0xee); // the relay uses its memory again
  }

  #carry(connection: RelayedConnection, leg: Leg, chunk: Buffer): void {
    const atUs = this.#clock.tickUs();
    if (leg.sender === 'gateway') this.#forward(connection, chunk);
    leg.tapped.push({ atUs, until: leg.read });
    if (this.#tap.chunk(connection.key, leg.sender, atUs, chunk)) return;
    leg.isPaused = true;
    this.#said('a socket was paused');
    this.#tap.whenDrained(() => (leg.isPaused = false));
  }

  #forward(connection: RelayedConnection, chunk: Buffer): void {
    const { rewriter } = connection;
    if (rewriter === null) return;
    const before = rewriter.convergedFrameNo;
    connection.received.push(Buffer.from(rewriter.push(chunk)));
    const { convergedFrameNo } = rewriter;
    if (convergedFrameNo === null || convergedFrameNo === before) return;
    this.#said('the rewriter converged');
    connection.convergedFrameNo = convergedFrameNo;
    this.#tap.converged(connection.key, convergedFrameNo);
  }

  #end(connection: RelayedConnection, isCut: boolean): void {
    const { rewriter, model, legs } = connection;
    if (legs.client.isPaused || legs.gateway.isPaused) return; // a paused socket's end is not seen
    connection.state = 'ended';
    connection.isCut = isCut;
    if (rewriter !== null) connection.received.push(Buffer.from(rewriter.end()));
    const relayMode =
      rewriter?.isChanged !== true
        ? 'verbatim'
        : rewriter.convergedFrameNo === null
          ? 'reencoded'
          : 'converged';
    this.#tap.end(connection.key, { atUs: this.#clock.tickUs(), endedBy: model.endedBy, relayMode });
  }
}

/** An event of the tap that names a gap. */
export type GapEvent = Extract<TapEvent, { readonly type: 'gap' }>;

function isRead({ model, legs }: RelayedConnection): boolean {
  return Object.values(legs).every(({ sender, read }) => read === model.streams[sender].bytes.length);
}

/** The rest is what a client does not wait for when it comes back. */
function isNearlyRead({ model, legs }: RelayedConnection): boolean {
  return Object.values(legs).every(({ sender, read }) => read * 2 > model.streams[sender].bytes.length);
}

function openLeg(sender: Sender): Leg {
  return { sender, read: 0, isPaused: false, lastBytes: 0, tapped: [] };
}

function openRewriter({ handshake }: ModelConnection, share: RewriteShare): GatewayRewriter {
  const { transport, extensions } = handshake;
  return new GatewayRewriter({ transport, extensions, share, rewriteUrl: () => PROXY_URL });
}
