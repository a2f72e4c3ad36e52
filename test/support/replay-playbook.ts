/**
 * Playbook: drives a GatewayScript without sockets and writes down what it does, one short line an action:
 * `1 < READY 1`, `1 < op 10`, `1 ping`, `1 closed 4005`. Pings are answered at once by default.
 */
import { toPayload, type JsonValue } from '../../src/gateway/payload.js';
import type { GatewayAction, GatewayInput } from '../../src/replay/gateway-side/actions.js';
import type { MockSpeed } from '../../src/replay/clock.js';
import type { Recording } from '../../src/replay/recording.js';
import { GatewayScript, type GatewayScriptOptions } from '../../src/replay/gateway-side/gateway-script.js';

export const IDENTIFY = { op: 2, d: { token: 't', intents: 1, properties: {}, shard: [0, 1] } };

export class Playbook {
  readonly script: GatewayScript;
  readonly #log: string[] = [];
  readonly #sent: string[] = [];
  nowUs = 0;
  wakeAtUs: number | null = null;
  answersPings = true;
  readonly #unfinished: Set<number>;

  constructor(
    recording: Recording | readonly Recording[],
    speed: MockSpeed = 'max',
    isLockstep = false,
    options: Partial<GatewayScriptOptions> = {},
  ) {
    const recordings = [recording].flat();
    this.#unfinished = new Set(recordings.keys());
    this.script = new GatewayScript(recordings, { resumeUrl: 'ws://mock', speed, isLockstep, ...options });
  }

  /** Whether every recording has been played to its end, each to some client. */
  get isFinished(): boolean {
    return this.#unfinished.size === 0;
  }

  connect(peer = 1): this {
    return this.input({ type: 'connected', peer });
  }

  send(payload: JsonValue, peer = 1): this {
    return this.input({ type: 'payload', peer, payload: toPayload(payload)! });
  }

  resume(seq: number | null, peer = 1, sessionId = 'recorded-session'): this {
    return this.send({ op: 6, d: { token: 't', session_id: sessionId, seq } }, peer);
  }

  disconnect(peer = 1, code: number | null = null): this {
    return this.input({ type: 'disconnected', peer, code });
  }

  input(input: GatewayInput): this {
    const { actions, wakeAtUs } = this.script.step(input, this.nowUs);
    this.wakeAtUs = wakeAtUs;
    for (const action of actions) this.#write(action);
    for (const action of actions) {
      if (action.type === 'ping' && this.answersPings) this.input({ type: 'pong', peer: action.peer });
    }
    return this;
  }

  /** Goes on for `us`, waking the script whenever it asked for it. */
  pass(us: number): this {
    const untilUs = this.nowUs + us;
    for (let turns = 0; this.wakeAtUs !== null && this.wakeAtUs <= untilUs; turns += 1) {
      if (turns === 10_000) throw new Error('the script never comes to rest');
      this.nowUs = Math.max(this.nowUs, this.wakeAtUs);
      this.input({ type: 'tick' });
    }
    this.nowUs = untilUs;
    return this;
  }

  /** What was done since the last call. */
  done(): string[] {
    return this.#log.splice(0);
  }

  /** Texts sent since the last call. */
  texts(): string[] {
    return this.#sent.splice(0);
  }

  #write(action: GatewayAction): void {
    if (action.type === 'ping') {
      if (!this.answersPings) this.#log.push(`${action.peer} ping`);
    } else if (action.type === 'finished') {
      this.#unfinished.delete(action.recording);
    } else if (action.type === 'reset') {
      this.#log.push(`${action.peer} reset`);
    } else if (action.type === 'close') {
      this.#log.push(`${action.peer} closed ${action.code}`);
    } else {
      const { op, t, s } = JSON.parse(action.text) as { op: number; t: string | null; s: number | null };
      this.#log.push(`${action.peer} < ${t === null ? `op ${op}` : `${t} ${s}`}`);
      this.#sent.push(action.text);
    }
  }
}

/** A playbook with one client that has been greeted and has identified; nothing is played yet. */
export function identified(recording: Recording, speed: MockSpeed = 'max', isLockstep = false): Playbook {
  const playbook = new Playbook(recording, speed, isLockstep).connect().send(IDENTIFY);
  playbook.done();
  playbook.texts();
  return playbook;
}
