/** The player against the mock, without sockets and in no time: messages are handed over, and both are woken. */
import { toPayload, type JsonValue, type Payload } from '../../src/gateway/payload.js';
import type { GatewayInput } from '../../src/replay/gateway-side/actions.js';
import type { Speed } from '../../src/replay/clock.js';
import type { DiffItem } from '../../src/replay/compare/payload-diff.js';
import { makeProgram } from '../../src/replay/client-side/program.js';
import { ClientScript, type ClientInput } from '../../src/replay/client-side/client-script.js';
import type { Recording } from '../../src/replay/recording.js';
import { GatewayScript } from '../../src/replay/gateway-side/gateway-script.js';

/** What the player expected of a recording, and what it got from the mock of another (or the same). */
export function duel(
  played: Recording,
  served: Recording = played,
  speed: Speed = 'max',
): { expected: readonly DiffItem[]; received: readonly DiffItem[] } {
  const program = makeProgram(played);
  const stage = new Stage(
    new GatewayScript([served], { resumeUrl: 'ws://mock', speed, isLockstep: true }),
    new ClientScript(program, { url: 'ws://mock', token: null, speed, patienceUs: 5_000_000 }, 0),
  );
  stage.run();
  return { expected: program.expected, received: stage.player.received };
}

type Input =
  | { readonly to: 'mock'; readonly input: GatewayInput }
  | { readonly to: 'player'; readonly input: ClientInput };

class Stage {
  readonly mock: GatewayScript;
  readonly player: ClientScript;
  readonly #queue: Input[] = [{ to: 'player', input: { type: 'start' } }];
  readonly #wakes: Record<'mock' | 'player', number | null> = { mock: null, player: null };
  readonly #ended = new Set<number>();
  #nowUs = 0;
  #isFinished = false;

  constructor(mock: GatewayScript, player: ClientScript) {
    this.mock = mock;
    this.player = player;
  }

  run(): void {
    for (let turns = 0; !this.#isFinished; turns += 1) {
      if (turns > 100_000) throw new Error('the duel never ends');
      const next = this.#queue.shift() ?? this.#sleep();
      if (next.to === 'mock') this.#mock(next.input);
      else this.#player(next.input);
    }
  }

  #sleep(): Input {
    const { mock, player } = this.#wakes;
    if (mock === null && player === null) throw new Error('both wait for each other');
    const to = (mock ?? Infinity) <= (player ?? Infinity) ? 'mock' : 'player';
    this.#nowUs = Math.max(this.#nowUs, this.#wakes[to] ?? 0);
    return { to, input: { type: 'tick' } };
  }

  #mock(input: GatewayInput): void {
    const { actions, wakeAtUs } = this.mock.step(input, this.#nowUs);
    this.#wakes.mock = wakeAtUs;
    for (const action of actions) {
      const connection = action.peer;
      if (action.type === 'send') {
        const payload = parse(action.text);
        this.#toPlayer({ type: 'payload', connection, payload, text: action.text });
      } else if (action.type === 'ping')
        this.#queue.push({ to: 'mock', input: { type: 'pong', peer: action.peer } });
      else if (action.type === 'close')
        this.#end(connection, () => this.#toPlayer({ type: 'closed', connection, code: action.code }));
    }
  }

  #player(input: ClientInput): void {
    const { actions, wakeAtUs } = this.player.step(input, this.#nowUs);
    this.#wakes.player = wakeAtUs;
    for (const action of actions) {
      if (action.type === 'finish') {
        this.#isFinished = true;
        return;
      }
      const peer = action.connection;
      if (action.type === 'connect') this.#toMock({ type: 'connected', peer });
      else if (action.type === 'send') this.#toMock({ type: 'payload', peer, payload: parse(action.text) });
      else {
        this.#end(peer, () => {
          this.#toMock({ type: 'disconnected', peer, code: action.code });
          this.#toPlayer({ type: 'closed', connection: peer, code: action.code });
        });
      }
    }
  }

  #end(connection: number, tell: () => void): void {
    if (this.#ended.has(connection)) return;
    this.#ended.add(connection);
    tell();
  }

  #toMock(input: GatewayInput): void {
    this.#queue.push({ to: 'mock', input });
  }

  #toPlayer(input: ClientInput): void {
    this.#queue.push({ to: 'player', input });
  }
}

function parse(text: string): Payload {
  return toPayload(JSON.parse(text) as JsonValue)!;
}
