/** A replay against our own player, which must get what was recorded. */
import type { MockTransport } from '../../../src/mock/message-cache.js';
import { ClientScript, type ClientInput } from '../../../src/replay/client-side/client-script.js';
import { makeProgram } from '../../../src/replay/client-side/program.js';
import { Mask, VOLATILE_RULES } from '../../../src/replay/compare/mask.js';
import { diffPayloads } from '../../../src/replay/compare/payload-diff.js';
import type { GatewayInput } from '../../../src/replay/gateway-side/actions.js';
import type { Recording } from '../../../src/replay/recording.js';
import type { Random } from '../random.js';
import type { Reduction } from '../reduction.js';
import type { Arrival, Link } from './link.js';
import { World } from './world.js';

/** The player and its mock. */
export class PlayerWorld extends World {
  protected readonly mayEndUnplayed = false;
  readonly #program;
  readonly #script: ClientScript;
  #wakeAtUs: number | null = 0;
  #isFinished = false;

  constructor(random: Random, recording: Recording, transport: MockTransport, reduction: Reduction) {
    super(random, {
      recordings: [recording],
      transport,
      faults: [],
      isLockstep: true,
      isStrict: false,
      reduction,
    });
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
