/**
 * Playbook of a fault layer: a client that behaves well by default, and what it was sent, one short line
 * an action, as in replay-playbook.ts. Damaged payloads have their damage behind them.
 */
import { parseFault } from '../../src/config/fault-spec.js';
import { toPayload, type JsonValue } from '../../src/gateway/payload.js';
import type { GatewayAction, GatewayInput, GatewayStep } from '../../src/replay/gateway-side/actions.js';
import type { Speed } from '../../src/replay/clock.js';
import type { GatewayScriptOptions } from '../../src/replay/gateway-side/gateway-script.js';
import { FaultLayer } from '../../src/replay/faults/layer.js';
import type { Recording } from '../../src/replay/recording.js';
import { IDENTIFY } from './replay-playbook.js';

export class FaultPlaybook {
  readonly layer: FaultLayer;
  readonly #log: string[] = [];
  readonly actions: GatewayAction[] = [];
  nowUs = 0;
  wakeAtUs: number | null = null;
  answersPings = true;

  constructor(
    recording: Recording,
    faults: readonly string[] = [],
    speed: Speed = 'max',
    seed = 1,
    demands: Partial<GatewayScriptOptions> = {},
  ) {
    const options = { resumeUrl: 'ws://mock', speed, isLockstep: false, ...demands };
    this.layer = new FaultLayer([recording], options, faults.map(parseFault), seed);
  }

  get isFinished(): boolean {
    return this.layer.isFinished;
  }

  /** Connects and identifies. */
  open(peer = 1): this {
    return this.input({ type: 'connected', peer }).send(IDENTIFY, peer);
  }

  send(payload: JsonValue, peer = 1): this {
    return this.input({ type: 'payload', peer, payload: toPayload(payload)! });
  }

  /** Leaves without a word, comes back, and resumes. */
  comeBack(seq: number, peer: number): this {
    this.input({ type: 'disconnected', peer: peer - 1, code: null }).input({ type: 'connected', peer });
    return this.send({ op: 6, d: { token: 't', session_id: 'recorded-session', seq } }, peer);
  }

  fault(spec: string): this {
    return this.#take(this.layer.arm(parseFault(spec), this.nowUs));
  }

  input(input: GatewayInput): this {
    return this.#take(this.layer.step(input, this.nowUs));
  }

  /** Goes on for `us`, waking the layer whenever it asked for it. */
  pass(us = 0): this {
    const untilUs = this.nowUs + us;
    for (let turns = 0; this.wakeAtUs !== null && this.wakeAtUs <= untilUs; turns += 1) {
      if (turns === 10_000) throw new Error('the layer never comes to rest');
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

  #take({ actions, wakeAtUs }: GatewayStep): this {
    this.wakeAtUs = wakeAtUs;
    this.actions.push(...actions);
    for (const action of actions) this.#write(action);
    for (const action of actions) {
      if (action.type === 'ping' && this.answersPings) this.input({ type: 'pong', peer: action.peer });
    }
    return this;
  }

  #write(action: GatewayAction): void {
    if (action.type === 'close') this.#log.push(`${action.peer} closed ${action.code}`);
    else if (action.type === 'send') {
      const { op, t, s } = JSON.parse(action.text) as { op: number; t: string | null; s: number | null };
      const damage = action.damage == null ? '' : ` (${action.damage})`;
      this.#log.push(`${action.peer} < ${t === null ? `op ${op}` : `${t} ${s}`}${damage}`);
    } else if (action.type === 'reset' || !this.answersPings) this.#log.push(`${action.peer} ${action.type}`);
  }
}
