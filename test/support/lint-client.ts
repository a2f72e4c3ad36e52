/**
 * A client of the mock's script in time that passes at once, and a linter that sees both: what a recorder would have
 * recorded between them. The client does nothing wrong, unless an option makes it stay where it should leave.
 */
import { parseFault } from '../../src/config/fault-spec.js';
import { findCloseCode } from '../../src/gateway/close-codes.js';
import { toPayload, type JsonValue } from '../../src/gateway/payload.js';
import type { LintedFrame } from '../../src/lint/events.js';
import { Linter } from '../../src/lint/linter.js';
import type { LintReport } from '../../src/lint/rule.js';
import { RULES } from '../../src/lint/rules.js';
import { FaultLayer } from '../../src/replay/faults/layer.js';
import type { GatewayAction, GatewayInput } from '../../src/replay/gateway-side/actions.js';
import type { Recording } from '../../src/replay/recording.js';
import { LINT_TOKEN } from './lint-playbook.js';

const SECOND_US = 1_000_000;
const URL = 'ws://mock/?v=10&encoding=json';
const NOTHING = { op: null, event: null, seq: null, payloadText: null, payloadBytes: null } as const;

/** Whether the client leaves a connection on which a heartbeat was not acknowledged, and after RECONNECT. */
export interface Manners {
  readonly leaves: boolean;
}

interface Payload {
  readonly op: number;
  readonly d: JsonValue;
  readonly s: number | null;
  readonly t: string | null;
}

/** Plays a recording with faults to one client for some time, and returns what the linter says. */
export function lintFaults(
  recording: Recording,
  faults: readonly string[],
  seconds: number,
  manners: Manners = { leaves: true },
): LintReport {
  return new World(recording, faults, manners).run(seconds * SECOND_US);
}

class World {
  readonly #layer: FaultLayer;
  readonly #linter = new Linter({ rules: RULES });
  readonly #manners: Manners;
  #nowUs = 0;
  #wakeAtUs: number | null = null;
  #frames = 0;
  #frameNo = 0;
  #peer = 0;
  #isOpen = false;
  /** Of the client. */
  #session: { readonly id: string; seq: number } | null = null;
  #beatAtUs = Infinity;
  #intervalUs = Infinity;
  #isUnacked = false;
  /** What it does next, once its time has come. */
  #plan: { readonly atUs: number; readonly act: () => void } | null = null;

  constructor(recording: Recording, faults: readonly string[], manners: Manners) {
    const options = { resumeUrl: 'ws://mock', speed: 1, isLockstep: false } as const;
    this.#layer = new FaultLayer([recording], options, faults.map(parseFault), 1);
    this.#manners = manners;
  }

  run(untilUs: number): LintReport {
    this.#connect();
    for (;;) {
      const nextUs = Math.min(this.#wakeAtUs ?? Infinity, this.#beatAtUs, this.#plan?.atUs ?? Infinity);
      if (nextUs > untilUs) break;
      this.#nowUs = Math.max(this.#nowUs + 1, nextUs);
      if (nextUs === this.#plan?.atUs) {
        const { act } = this.#plan;
        this.#plan = null;
        act();
      } else if (nextUs === this.#beatAtUs) this.#beat();
      else this.#tell({ type: 'tick' });
    }
    return this.#linter.finish();
  }

  #connect(): void {
    this.#peer += 1;
    this.#frameNo = 0;
    this.#isOpen = true;
    this.#linter.open({
      ...{
        id: this.#peer,
        captureId: 1,
        mode: 'reverse',
        openedAtUs: this.#nowUs,
        path: '/?v=10&encoding=json',
      },
      ...{ upstreamUrl: URL, transport: { version: 10, encoding: 'json', compress: 'none' } },
      ...{ extensions: null, userAgent: 'test', upgradeStatus: 101, hasPseudonyms: false },
    });
    this.#tell({ type: 'connected', peer: this.#peer });
  }

  #tell(input: GatewayInput): void {
    const { actions, wakeAtUs } = this.#layer.step(input, this.#nowUs);
    this.#wakeAtUs = wakeAtUs;
    for (const action of actions) this.#obey(action);
  }

  #obey(action: GatewayAction): void {
    if (action.type === 'finished' || action.peer !== this.#peer || !this.#isOpen) return;
    this.#nowUs += 100;
    if (action.type === 'ping') this.#tell({ type: 'pong', peer: this.#peer });
    else if (action.type === 'reset') this.#end('gateway', null);
    else if (action.type === 'close') this.#end('gateway', action.code);
    else {
      const payload = JSON.parse(action.text) as Payload;
      this.#record('gateway', { op: payload.op, event: payload.t, seq: payload.s, payloadText: action.text });
      this.#take(payload);
    }
  }

  #take({ op, d, s, t }: Payload): void {
    const fields = d as Readonly<Record<string, never>>;
    if (op === 0 && this.#session !== null && s !== null) this.#session.seq = s;
    if (t === 'READY') this.#session = { id: fields['session_id']!, seq: 1 };
    if (op === 1) this.#beat();
    if (op === 11) this.#isUnacked = false;
    if (op === 7 && this.#manners.leaves) this.#end('client', 4200);
    if (op === 9) {
      if ((d as unknown) !== true) this.#session = null;
      this.#later(2, () => this.#start());
    }
    if (op !== 10) return;
    this.#intervalUs = Number(fields['heartbeat_interval']) * 1000;
    this.#beatAtUs = this.#nowUs + this.#intervalUs / 2;
    this.#start();
  }

  #start(): void {
    const token = LINT_TOKEN;
    if (this.#session !== null) {
      this.#send({ op: 6, d: { token, session_id: this.#session.id, seq: this.#session.seq } });
      return;
    }
    const properties = { os: 'a', browser: 'b', device: 'c' };
    this.#send({ op: 2, d: { token, intents: 513, shard: [0, 1], properties } });
  }

  /** Beats when it is time and when it is asked; leaves if the last one was in vain. */
  #beat(): void {
    if (this.#nowUs >= this.#beatAtUs) {
      this.#beatAtUs = this.#nowUs + this.#intervalUs;
      if (this.#isUnacked && this.#manners.leaves) {
        this.#end('client', 4000);
        return;
      }
    }
    this.#isUnacked = true;
    this.#send({ op: 1, d: this.#session?.seq ?? null });
  }

  #send(payload: { readonly op: number; readonly d: JsonValue }): void {
    const payloadText = JSON.stringify(payload);
    this.#record('client', { op: payload.op, event: null, seq: null, payloadText });
    this.#tell({ type: 'payload', peer: this.#peer, payload: toPayload(payload)! });
  }

  /** Null `code`: without a close frame. The client comes back a second later where that is allowed. */
  #end(closedBy: 'client' | 'gateway', code: number | null): void {
    const peer = this.#peer;
    for (const sender of closedBy === 'client'
      ? (['client', 'gateway'] as const)
      : (['gateway', 'client'] as const)) {
      if (code !== null) this.#record(sender, NOTHING, code);
    }
    this.#isOpen = false;
    const end = { connectionId: peer, atUs: this.#nowUs, closeCode: code, closeReason: null, closedBy };
    this.#linter.end({ ...end, relayMode: 'verbatim' });
    this.#tell({ type: 'disconnected', peer, code: closedBy === 'client' ? code : null });
    [this.#beatAtUs, this.#isUnacked] = [Infinity, false];
    const known = code === null ? null : findCloseCode(code);
    if (closedBy === 'gateway' && known?.isReconnectable === false) return;
    this.#later(1, () => this.#connect());
  }

  #later(seconds: number, act: () => void): void {
    this.#plan = { atUs: this.#nowUs + seconds * SECOND_US, act };
  }

  #record(
    sender: LintedFrame['sender'],
    content: Pick<LintedFrame, 'op' | 'event' | 'seq' | 'payloadText'>,
    closeCode: number | null = null,
  ): void {
    const place = { id: (this.#frames += 1), connectionId: this.#peer, sessionId: null };
    const isClose = closeCode !== null;
    this.#linter.frameArrived({
      ...{ ...place, frameNo: (this.#frameNo += 1), atUs: this.#nowUs, sender, closeCode, ...content },
      ...{ kind: isClose ? 'close' : 'text', status: isClose ? 'control' : 'ok' },
      ...{ wireBytes: isClose ? 2 : (content.payloadText?.length ?? 0), payloadBytes: null },
    });
  }
}
