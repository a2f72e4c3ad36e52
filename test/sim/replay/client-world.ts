/** A replay against model clients, one a shard, with faults, REST calls and a mock that may be strict. */
import { OP } from '../../../src/gateway/opcodes.js';
import { toPayload, type JsonValue } from '../../../src/gateway/payload.js';
import type { MockTransport } from '../../../src/mock/message-cache.js';
import type { Fault } from '../../../src/replay/faults/catalogue.js';
import type { Recording } from '../../../src/replay/recording.js';
import { step } from '../../support/capture/steps.js';
import type { Random } from '../random.js';
import type { Reduction } from '../reduction.js';
import type { ReplayExtras } from './extras.js';
import { drawFaults, mayEndUnplayed, mayLose } from './faults.js';
import type { Arrival, Link } from './link.js';
import { ModelClient } from './model-client.js';
import { RestClient } from './rest-client.js';
import { World } from './world.js';

/** The clients and their mock. */
export class ClientWorld extends World {
  readonly #faults: readonly Fault[];
  readonly #clients: readonly ModelClient[];
  /** What each shard's recording has. */
  readonly #recorded: readonly ReadonlySet<string>[];
  readonly #rest: RestClient;
  readonly #mayEndUnplayed: boolean;
  readonly #extras: ReplayExtras;
  readonly #isCongestible: boolean;

  constructor(
    random: Random,
    recordings: readonly Recording[],
    transport: MockTransport,
    extras: ReplayExtras,
    reduction: Reduction,
  ) {
    const { isStrict, isCompressing, shardCount } = extras;
    const drawn = drawFaults(random).filter((_, index) => !reduction.without.includes(`fault ${index + 1}`));
    const faults = [...drawn, ...extras.refusals];
    const shards = recordings.map((recording, id) => toShard(recording, [id, shardCount]));
    super(random, { recordings: shards, transport, faults, isLockstep: false, isStrict, reduction });
    this.#faults = faults;
    this.#extras = extras;
    const drawnLeaving = random.pick([0, 0, 0.05]);
    const leaving = reduction.without.includes('leaving') ? 0 : drawnLeaving;
    this.#mayEndUnplayed = leaving > 0 || faults.some(mayEndUnplayed);
    this.#isCongestible = !reduction.without.includes('congestion');
    const pauseUs = random.pick([0, 1000, 1_000_000]);
    this.#clients = shards.map((_, id) => {
      const habits = {
        leaving,
        pauseUs: isStrict ? IDENTIFY_PAUSE_US : pauseUs,
        shard: [id, shardCount],
        isCompressing,
      } as const;
      return new ModelClient(random, habits, () => this.connect());
    });
    this.#rest = new RestClient(extras.exchanges, this.mock);
    this.#recorded = shards.map(
      ({ steps }) =>
        new Set(
          steps.flatMap((step) =>
            step.type === 'payload' && step.sender === 'gateway' ? [nameContent(step.text)] : [],
          ),
        ),
    );
  }

  protected get isOver(): boolean {
    return this.mock.isFinished && !this.isAnythingOnItsWay;
  }

  protected get mayEndUnplayed(): boolean {
    return this.#mayEndUnplayed || this.#clients.some(({ isGone }) => isGone);
  }

  protected get wakeAtUs(): number {
    return Math.min(...this.#clients.map(({ wakeAtUs }) => wakeAtUs));
  }

  protected wake(): void {
    for (const client of this.#clients) if (client.wakeAtUs <= this.nowUs) client.wake(this.nowUs);
  }

  protected take(link: Link, arrival: Arrival): void {
    const index = this.#clients.findIndex((client) => client.link === link);
    if (index === -1) return;
    this.#clients[index]!.take(arrival, this.nowUs);
    if (arrival.type === 'payload') this.#checkContent(arrival, this.#recorded[index]!);
    if (!this.#rest.isDone) this.#rest.call();
    if (!this.random.chance(0.02) || !this.#isCongestible) return;
    this.points.add('the mock waited for a congested client');
    this.stepMock({ type: 'congested', peer: link.peer });
    this.nowUs += this.random.skewed(1, 1000);
    this.stepMock({ type: 'drained', peer: link.peer });
  }

  protected hear(): void {
    // The mock hears all that the client says.
  }

  protected conclude(): void {
    while (!this.#rest.isDone) this.#rest.call();
    this.#checkRest();
    if (this.#extras.isCompressing) this.points.add('payloads were compressed');
    if (this.#clients.length > 1) this.points.add('several shards were served');
    if (this.#extras.isStrict) this.#checkStrictness();
    if (!this.mock.isFinished && !this.mayEndUnplayed)
      this.problems.push(`the recording is not played to its end in ${this.turns} turns`);
    for (const client of this.#clients) this.#judge(client);
  }

  #judge({ sessions: all, faults, resumes, isGone, unacknowledged }: ModelClient): void {
    if (!this.#faults.some(mayLose)) this.problems.push(...faults);
    if (resumes > 0) this.points.add('a session was resumed');
    if (all.length > 1) this.points.add('a session was begun again');
    if (unacknowledged > 0) this.points.add('a heartbeat was not acknowledged');
    if (isGone) this.points.add('a client was closed for good');
  }

  /** A fault of requests acts once, but for one that is drawn each time. */
  #checkRest(): void {
    const { exchanges, refusals } = this.#extras;
    const { refused, problems } = this.#rest;
    if (refused > 0) this.points.add('fault api-503');
    this.problems.push(...problems);
    const isDrawn = refusals.some(({ when }) => when.type === 'chance');
    const due = exchanges.length === 0 ? 0 : Math.min(1, refusals.filter(isDueAtOnce).length);
    if (refused < due || (refused > refusals.length && !isDrawn))
      this.problems.push(`${refused} requests were refused by ${refusals.length} faults`);
  }

  /** A client that keeps to the documentation is never closed for what it did. */
  #checkStrictness(): void {
    this.points.add('a strict mock was served');
    const made = this.#faults.flatMap(({ name, arg }) => (name === 'close' ? [arg] : []));
    const recorded = [1000, 1001, 4000];
    const closed = this.#clients.flatMap((client) => client.closed);
    const refused = closed.filter(
      (code) => code !== null && !made.includes(code) && !recorded.includes(code),
    );
    if (refused.length > 0) this.problems.push(`a strict mock closed with ${refused.join()}`);
  }

  /** What is sent is what was recorded, but for what belongs to a session. */
  #checkContent(
    { text, payload: { op, t } }: Arrival & { type: 'payload' },
    recorded: ReadonlySet<string>,
  ): void {
    const isLive = t === 'READY' || t === 'RESUMED' || t === 'GUILD_MEMBERS_CHUNK' || op !== OP.DISPATCH;
    if (!isLive && !recorded.has(nameContent(text))) this.problems.push(`${text} was never recorded`);
  }
}

/** A pause after which a shard may identify again. */
const IDENTIFY_PAUSE_US = 5_100_000;

const isDueAtOnce = ({ when }: Fault): boolean => when.type === 'default';

/** The recording of another shard. */
function toShard(recording: Recording, shard: readonly [number, number]): Recording {
  const own = `"shard":${JSON.stringify(shard)}`;
  const steps = recording.steps.map((each) =>
    each.type === 'payload'
      ? step(each.atUs, each.connection, each.sender, each.text.replace('"shard":[0,1]', own))
      : each,
  );
  return { ...recording, shard, steps };
}

/** A payload without its number. */
function nameContent(text: string): string {
  const { op, t, d } = toPayload(JSON.parse(text) as JsonValue)!;
  return JSON.stringify([op, t, d]);
}
