/**
 * Scene: the facts that a rule's functions read, and the way to report a breach.
 */
import type { JsonObject, JsonValue } from '../gateway/payload.js';
import { asObject } from '../gateway/payload.js';
import type { LintedFrame } from './events.js';
import type { CaptureFacts } from './follow.js';
import type { ConnectionFacts } from './facts.js';
import type { Breach, Rule } from './rule.js';
import type { ThresholdName } from './thresholds.js';

/** State that all scenes share: the current frame and the capture. */
export interface Stage {
  readonly nowUs: number;
  readonly frame: LintedFrame;
  readonly connection: ConnectionFacts;
  readonly capture: CaptureFacts;
  readonly thresholdsUs: Readonly<Record<ThresholdName, number>>;
  /** Parsed `d` of the current frame. */
  parse(): JsonValue;
  report(rule: Rule, connection: ConnectionFacts | null, breach: Breach): void;
  later(atUs: number, connection: ConnectionFacts, act: () => void): void;
}

/** A scene of one rule. */
export class Scene {
  readonly #stage: Stage;
  readonly #rule: Rule;

  constructor(stage: Stage, rule: Rule) {
    this.#stage = stage;
    this.#rule = rule;
  }

  get nowUs(): number {
    return this.#stage.nowUs;
  }

  get frame(): LintedFrame {
    return this.#stage.frame;
  }

  get connection(): ConnectionFacts {
    return this.#stage.connection;
  }

  /** Sessions, tokens and open connections of the capture. */
  get capture(): CaptureFacts {
    return this.#stage.capture;
  }

  /** Thresholds: times in µs, and counts. */
  get limits(): Readonly<Record<ThresholdName, number>> {
    return this.#stage.thresholdsUs;
  }

  /** `d` of the current frame. */
  get d(): JsonValue {
    return this.#stage.parse();
  }

  /** `d` of the current frame as an object; empty if it is anything else. */
  get fields(): JsonObject {
    return asObject(this.d) ?? {};
  }

  /** Reports a breach on the current connection, on another one, or on none: a REST call. */
  report(breach: Breach | string, connection: ConnectionFacts | null = this.connection): void {
    this.#stage.report(this.#rule, connection, typeof breach === 'string' ? { message: breach } : breach);
  }

  /** Calls `act` once the recording goes on after `atUs`, if the connection is still open. */
  later(atUs: number, act: () => void): void {
    const { connection } = this;
    this.#stage.later(atUs, connection, () => {
      if (connection.end === null) act();
    });
  }

  /** Calls `act` once the recording goes on after `atUs`, whether the connection is open or not. */
  afterwards(atUs: number, act: () => void): void {
    this.#stage.later(atUs, this.connection, act);
  }
}

/** State of a rule for each connection, session, shard or token; dropped together with it. */
export class Memory<Value> {
  readonly #values = new WeakMap<object, Value>();
  readonly #make: () => Value;

  constructor(make: () => Value) {
    this.#make = make;
  }

  /** State of `owner`. */
  of(owner: object): Value {
    let value = this.#values.get(owner);
    if (value === undefined) this.#values.set(owner, (value = this.#make()));
    return value;
  }
}
