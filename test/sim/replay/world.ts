/** The mock of a run, and messages on their way to and from it: what a player and a model client have in common. */
import type { Fault } from '../../../src/replay/faults/catalogue.js';
import { FaultLayer } from '../../../src/replay/faults/layer.js';
import type { GatewayInput } from '../../../src/replay/gateway-side/actions.js';
import type { Recording } from '../../../src/replay/recording.js';
import { MessageCache, type MockTransport } from '../../../src/mock/message-cache.js';
import { Random } from '../random.js';
import type { Reduction } from '../reduction.js';
import { Link, type Arrival } from './link.js';

/** Three shards that beat every 10 ms while one of them is stalled for a minute. */
const MOST_TURNS = 80_000;
/** Of a run that need not come to an end. */
const MOST_UNPLAYED_TURNS = 8000;

/** Name of a transport in the list of places. */
export function nameTransport({ encoding, compress }: MockTransport): string {
  return `transport ${encoding} ${compress}`;
}

/** What a mock is made of. */
export interface Setting {
  readonly recordings: readonly Recording[];
  readonly transport: MockTransport;
  readonly faults: readonly Fault[];
  readonly isLockstep: boolean;
  readonly isStrict: boolean;
  readonly reduction: Reduction;
}

/** The mock, and messages on their way. */
export abstract class World {
  readonly problems: string[] = [];
  readonly points = new Set<string>();
  readonly log: string[] = [];
  turns = 0;
  protected nowUs = 0;
  protected readonly random: Random;
  protected readonly links: Link[] = [];
  protected readonly mock: FaultLayer;
  readonly #transport: MockTransport;
  readonly #isStrict: boolean;
  readonly #cache = new MessageCache();
  /** How often a turn lets some time pass, though messages are on their way. */
  readonly #slowness: number;
  #mockWakeAtUs: number | null = null;

  constructor(random: Random, { recordings, transport, faults, isLockstep, isStrict, reduction }: Setting) {
    this.#transport = transport;
    this.#isStrict = isStrict;
    const slowness = random.pick([0, 0.1, 0.5]);
    this.#slowness = reduction.without.includes('slowness') ? 0 : slowness;
    const options = {
      resumeUrl: 'ws://mock',
      speed: random.pick(['max', 1, 20] as const),
      isLockstep,
      isStrict,
      heartbeatIntervalMs: isLockstep ? undefined : random.pick([undefined, 10, 1000]),
    };
    // A strict mock counts heartbeats among the 120 payloads of a minute.
    if (isStrict) options.heartbeatIntervalMs = undefined;
    this.mock = new FaultLayer(recordings, options, faults, random.below(1000));
    this.random = reduction.order === 0 ? random : new Random(reduction.order);
    this.log.push(
      `${nameTransport(transport)} at speed ${options.speed}${isStrict ? ', strict' : ''}, of ${recordings.length} shards`,
      JSON.stringify(faults, writePattern),
    );
  }

  run(): void {
    const mostTurns = (): number => (this.mayEndUnplayed ? MOST_UNPLAYED_TURNS : MOST_TURNS);
    for (; this.turns < mostTurns() && !this.isOver; this.turns += 1) {
      if (this.random.chance(this.#slowness)) this.nowUs += this.random.skewed(1, 20_000);
      if (!this.#turn()) break;
    }
    this.conclude();
  }

  /** Everything was played, and read. */
  protected abstract get isOver(): boolean;
  /** The recording may, by design, never be played to its end. */
  protected abstract get mayEndUnplayed(): boolean;
  protected abstract get wakeAtUs(): number;
  protected abstract wake(): void;
  protected abstract take(link: Link, arrival: Arrival): void;
  protected abstract conclude(): void;
  /** Called for each message of the client before the mock takes it. */
  protected abstract hear(input: GatewayInput): void;

  protected get isAnythingOnItsWay(): boolean {
    return this.links.some((link) => link.hasForClient || link.hasForMock);
  }

  protected connect(peer = this.links.length + 1): Link {
    const link = new Link(peer, this.#transport, this.#cache, this.#isStrict);
    this.links.push(link);
    return link;
  }

  protected stepMock(input: GatewayInput): void {
    const { actions, wakeAtUs } = this.mock.step(input, this.nowUs);
    this.#mockWakeAtUs = wakeAtUs;
    for (const action of actions) this.links.find(({ peer }) => peer === action.peer)?.perform(action);
    for (const name of this.mock.takeNews()) this.points.add(`fault ${name}`);
  }

  /** Something happens; false if nothing is left that could. */
  #turn(): boolean {
    const choices: (() => void)[] = [];
    for (const link of this.links) {
      if (link.hasForClient) choices.push(() => this.#deliver(link));
      if (link.hasForMock) choices.push(() => this.#pass(link));
    }
    if (this.#mockWakeAtUs !== null && this.#mockWakeAtUs <= this.nowUs)
      choices.push(() => this.stepMock({ type: 'tick' }));
    if (this.wakeAtUs <= this.nowUs) choices.push(() => this.wake());
    if (choices.length > 0) {
      this.random.pick(choices)();
      return true;
    }
    const nextUs = Math.min(this.#mockWakeAtUs ?? Infinity, this.wakeAtUs);
    if (nextUs === Infinity) return false;
    this.nowUs = nextUs;
    return true;
  }

  #deliver(link: Link): void {
    const arrival = link.takeForClient();
    if (arrival?.type === 'undecodable') this.points.add('a message could not be decoded');
    if (arrival !== null) this.take(link, arrival);
  }

  #pass(link: Link): void {
    const input = link.takeForMock();
    this.hear(input);
    this.stepMock(input);
  }
}

function writePattern(_: string, value: unknown): unknown {
  return value instanceof RegExp ? String(value) : value;
}
