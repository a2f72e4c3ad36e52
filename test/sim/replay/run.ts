/**
 * One run of replay: the mock's script with faults, its encoder and its reader, against the player, or against a model
 * client, over connections whose messages come at times that the seed draws.
 */
import fc from 'fast-check';
import { toPayload, type JsonValue } from '../../../src/gateway/payload.js';
import { OP } from '../../../src/gateway/opcodes.js';
import { MessageCache, type MockTransport } from '../../../src/mock/message-cache.js';
import { makeProgram } from '../../../src/replay/client-side/program.js';
import { ClientScript, type ClientInput } from '../../../src/replay/client-side/client-script.js';
import { Mask, VOLATILE_RULES } from '../../../src/replay/compare/mask.js';
import { diffPayloads } from '../../../src/replay/compare/payload-diff.js';
import type { Fault } from '../../../src/replay/faults/catalogue.js';
import { FaultLayer } from '../../../src/replay/faults/layer.js';
import type { GatewayInput } from '../../../src/replay/gateway-side/actions.js';
import type { Recording } from '../../../src/replay/recording.js';
import { sessions } from '../../support/sessions.js';
import { Random } from '../random.js';
import { drawFaults, mayEndUnplayed, mayLose } from './faults.js';
import { Link, type Arrival } from './link.js';
import { ModelClient } from './model-client.js';

/** What a run showed. */
export interface ReplayOutcome {
  readonly faults: readonly string[];
  /** Rare things that happened. */
  readonly points: ReadonlySet<string>;
  readonly steps: number;
  readonly log: readonly string[];
}

const TRANSPORTS: readonly MockTransport[] = (['json', 'etf'] as const).flatMap((encoding) =>
  (['none', 'zlib-stream', 'zstd-stream'] as const).map((compress) => ({ encoding, compress })),
);

const MOST_TURNS = 20_000;

/** Things that runs have to reach, besides each fault of the catalogue. */
export const REPLAY_POINTS = [
  'a session was resumed',
  'a session was begun again',
  'a heartbeat was not acknowledged',
  'a message could not be decoded',
  'a client was closed for good',
  'the mock waited for a congested client',
  'the player got what was recorded',
  ...TRANSPORTS.map(nameTransport),
];

function nameTransport({ encoding, compress }: MockTransport): string {
  return `transport ${encoding} ${compress}`;
}

/** Runs a seed. */
export function simulateReplay(seed: number): ReplayOutcome {
  const random = new Random(seed);
  const [recording] = fc.sample(sessions, { seed: random.below(2 ** 31), numRuns: 1 });
  const transport = random.pick(TRANSPORTS);
  const isPlayed = random.chance(0.3);
  const world = isPlayed
    ? new PlayerWorld(random, recording!, transport)
    : new ClientWorld(random, recording!, transport);
  world.points.add(nameTransport(transport));
  try {
    world.run();
  } catch (error) {
    world.problems.push(`thrown: ${error instanceof Error ? String(error.stack) : String(error)}`);
  }
  return { faults: world.problems, points: world.points, steps: world.turns, log: world.log };
}

/** The mock, and messages on their way. */
abstract class World {
  readonly problems: string[] = [];
  readonly points = new Set<string>();
  readonly log: string[] = [];
  turns = 0;
  protected nowUs = 0;
  protected readonly random: Random;
  protected readonly links: Link[] = [];
  protected readonly mock: FaultLayer;
  readonly #transport: MockTransport;
  readonly #cache = new MessageCache();
  /** How often a turn lets some time pass, though messages are on their way. */
  readonly #slowness: number;
  #mockWakeAtUs: number | null = null;

  constructor(
    random: Random,
    recording: Recording,
    transport: MockTransport,
    faults: readonly Fault[],
    isLockstep: boolean,
  ) {
    this.random = random;
    this.#transport = transport;
    this.#slowness = random.pick([0, 0.1, 0.5]);
    const options = {
      resumeUrl: 'ws://mock',
      speed: random.pick(['max', 1, 20] as const),
      isLockstep,
      heartbeatIntervalMs: isLockstep ? undefined : random.pick([undefined, 10, 1000]),
    };
    this.mock = new FaultLayer([recording], options, faults, random.below(1000));
    this.log.push(
      `${nameTransport(transport)} at speed ${options.speed}`,
      JSON.stringify(faults, writePattern),
    );
  }

  run(): void {
    for (; this.turns < MOST_TURNS && !this.isOver; this.turns += 1) {
      if (this.random.chance(this.#slowness)) this.nowUs += this.random.skewed(1, 20_000);
      if (!this.#turn()) break;
    }
    this.conclude();
  }

  /** Everything was played, and read. */
  protected abstract get isOver(): boolean;
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
    const link = new Link(peer, this.#transport, this.#cache);
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
    const choices = this.links.flatMap((link) => [
      ...(link.hasForClient ? [(): void => this.#deliver(link)] : []),
      ...(link.hasForMock ? [(): void => this.#pass(link)] : []),
    ]);
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

class PlayerWorld extends World {
  readonly #program;
  readonly #script: ClientScript;
  #wakeAtUs: number | null = 0;
  #isFinished = false;

  constructor(random: Random, recording: Recording, transport: MockTransport) {
    super(random, recording, transport, [], true);
    this.#program = makeProgram(recording);
    const options = { url: 'ws://mock', token: null, speed: 'max', patienceUs: 60_000_000 } as const;
    this.#script = new ClientScript(this.#program, options, 0);
  }

  protected get isOver(): boolean {
    return this.#isFinished;
  }

  protected get wakeAtUs(): number {
    return this.#wakeAtUs ?? Infinity;
  }

  protected wake(): void {
    this.#step({ type: this.turns === 0 ? 'start' : 'tick' });
  }

  protected take({ peer: connection }: Link, arrival: Arrival): void {
    if (arrival.type === 'undecodable') this.problems.push('the player got what cannot be decoded');
    else if (arrival.type !== 'ping') this.#step({ connection, ...arrival });
  }

  protected hear(input: GatewayInput): void {
    if (input.type === 'connected') this.#step({ type: 'opened', connection: input.peer });
    // The player hears of its own close when the mock does.
    if (input.type === 'disconnected')
      this.#step({ type: 'closed', connection: input.peer, code: input.code });
  }

  protected conclude(): void {
    if (!this.#isFinished) this.problems.push(`the player does not end in ${this.turns} turns`);
    const diff = diffPayloads(this.#program.expected, this.#script.received, new Mask(VOLATILE_RULES));
    if (diff.equal) this.points.add('the player got what was recorded');
    else this.problems.push(`the player got something else: ${JSON.stringify(diff).slice(0, 600)}`);
  }

  #step(input: ClientInput): void {
    const { actions, wakeAtUs } = this.#script.step(input, this.nowUs);
    this.#wakeAtUs = wakeAtUs;
    for (const action of actions) {
      if (action.type === 'finish') this.#isFinished = true;
      else if (action.type === 'connect') this.connect(action.connection);
      else {
        const link = this.links.find(({ peer }) => peer === action.connection)!;
        if (action.type === 'send') link.say(action.text);
        else if (!link.isEnded) link.leave(action.code);
      }
    }
  }
}

class ClientWorld extends World {
  readonly #faults: readonly Fault[];
  readonly #client: ModelClient;
  readonly #recorded: ReadonlySet<string>;
  readonly #leaving: number;

  constructor(random: Random, recording: Recording, transport: MockTransport) {
    const faults = drawFaults(random);
    super(random, recording, transport, faults, false);
    this.#faults = faults;
    this.#leaving = random.pick([0, 0, 0.05]);
    const habits = { leaving: this.#leaving, pauseUs: random.pick([0, 1000, 1_000_000]) };
    this.#client = new ModelClient(random, habits, () => this.connect());
    this.#recorded = new Set(
      recording.steps.flatMap((step) =>
        step.type === 'payload' && step.sender === 'gateway' ? [nameContent(step.text)] : [],
      ),
    );
  }

  protected get isOver(): boolean {
    return this.mock.isFinished && !this.isAnythingOnItsWay;
  }

  protected get wakeAtUs(): number {
    return this.#client.wakeAtUs;
  }

  protected wake(): void {
    this.#client.wake(this.nowUs);
  }

  protected take(link: Link, arrival: Arrival): void {
    if (link !== this.#client.link) return;
    this.#client.take(arrival, this.nowUs);
    if (arrival.type === 'payload') this.#checkContent(arrival);
    if (!this.random.chance(0.02)) return;
    this.points.add('the mock waited for a congested client');
    this.stepMock({ type: 'congested', peer: link.peer });
    this.nowUs += this.random.skewed(1, 1000);
    this.stepMock({ type: 'drained', peer: link.peer });
  }

  protected hear(): void {
    // The mock hears all that the client says.
  }

  protected conclude(): void {
    const { sessions: all, session, faults, resumes, isGone, unacknowledged } = this.#client;
    const isLossy = this.#faults.some(mayLose);
    if (!isLossy) this.problems.push(...faults);
    if (resumes > 0) this.points.add('a session was resumed');
    if (all.length > 1) this.points.add('a session was begun again');
    if (unacknowledged > 0) this.points.add('a heartbeat was not acknowledged');
    if (isGone) this.points.add('a client was closed for good');
    const isExcused = isGone || this.#leaving > 0 || this.#faults.some(mayEndUnplayed);
    if (!this.mock.isFinished && !isExcused)
      this.problems.push(`the recording is not played to its end in ${this.turns} turns`);
    if (!this.mock.isFinished || session === null || isLossy) return;
    const resumed = new Set(this.links.flatMap((link) => link.resumed));
    const missing = Array.from({ length: session.seq }, (_, index) => index + 1).filter(
      (seq) => !session.texts.has(seq) && !resumed.has(seq),
    );
    if (missing.length > 0) this.problems.push(`${missing.join()} of ${session.seq} never came`);
  }

  /** What is sent is what was recorded, but for what belongs to a session. */
  #checkContent({ text, payload: { op, t } }: Arrival & { type: 'payload' }): void {
    const isLive = t === 'READY' || t === 'RESUMED' || t === 'GUILD_MEMBERS_CHUNK' || op !== OP.DISPATCH;
    if (!isLive && !this.#recorded.has(nameContent(text))) this.problems.push(`${text} was never recorded`);
  }
}

/** A payload without its number. */
function nameContent(text: string): string {
  const { op, t, d } = toPayload(JSON.parse(text) as JsonValue)!;
  return JSON.stringify([op, t, d]);
}

function writePattern(_: string, value: unknown): unknown {
  return value instanceof RegExp ? String(value) : value;
}
