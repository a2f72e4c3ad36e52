/**
 * GatewayClient: the built-in client, for a demonstration without a library and for tests of a gateway.
 *
 * A shell around `DemoClientScript`: it owns one socket at a time, the clock and one timer. It caches nothing
 * and knows no REST. Source: Discord Docs/Gateway.
 */
import { Alarm } from '../alarm.js';
import { NetworkError, UsageError } from '../errors.js';
import type { JsonValue, Payload, Shard } from '../gateway/payload.js';
import type { Host } from '../host.js';
import {
  DemoClientScript,
  type DemoClientAction,
  type DemoClientInput,
} from '../replay/client-side/demo-script.js';
import type { Transport } from '../wire/transport.js';
import { GatewayConnection } from './connection.js';

/** Who the client is, and what it tells. */
export interface GatewayClientOptions {
  readonly host: Host;
  /** Gateway URL without a query. */
  readonly url: string;
  readonly token: string;
  readonly intents: number;
  /** `[shard_id, shard_count]`; default `[0, 1]`. */
  readonly shard?: Shard;
  /** Default: version 10, json, zlib-stream. */
  readonly transport?: Transport;
  /** Every dispatch, in order; READY and RESUMED too. */
  readonly onDispatch?: (payload: Payload) => void;
}

/** What the built-in client calls itself in IDENTIFY. */
export const CLIENT_NAME = 'gatetape';

const DEFAULT_TRANSPORT: Transport = { version: 10, encoding: 'json', compress: 'zlib-stream' };

/** One shard of a bot that only listens. */
export class GatewayClient {
  readonly #host: Host;
  readonly #transport: Transport;
  readonly #onDispatch: (payload: Payload) => void;
  readonly #script: DemoClientScript;
  readonly #alarm: Alarm;
  #connection: GatewayConnection | null = null;
  #ready: { readonly resolve: () => void; readonly reject: (error: Error) => void } | null = null;
  #onGone: (() => void) | null = null;

  constructor(options: GatewayClientOptions) {
    this.#host = options.host;
    this.#transport = options.transport ?? DEFAULT_TRANSPORT;
    this.#alarm = new Alarm(options.host.nowUs, () => this.#step({ type: 'tick' }));
    this.#onDispatch = options.onDispatch ?? ((): void => undefined);
    this.#script = new DemoClientScript({
      url: options.url,
      identify: makeIdentify(options),
      jitter: (options.host.randomBytes(1)[0] ?? 0) / 256,
    });
  }

  /** Connects and resolves at READY; rejects with a NetworkError when the gateway turns the client away. */
  async connect(): Promise<void> {
    const ready = new Promise<void>((resolve, reject) => (this.#ready = { resolve, reject }));
    this.#step({ type: 'start' });
    await ready;
  }

  /** Sends any payload on the current connection. */
  send(payload: { readonly op: number; readonly d: JsonValue }): void {
    this.#connection?.send(JSON.stringify(payload));
  }

  /** Closes with 1000, which ends the session, and resolves when the connection is gone. */
  async close(): Promise<void> {
    const gone = new Promise<void>((resolve) => (this.#onGone = resolve));
    this.#step({ type: 'stop' });
    this.#ready?.reject(
      new UsageError('the client was closed before READY', 'await connect() before close()'),
    );
    if (this.#connection !== null) await gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #step(input: DemoClientInput): void {
    const { actions, wakeAtUs } = this.#script.step(input, this.#host.nowUs());
    for (const action of actions) this.#perform(action);
    this.#alarm.set(wakeAtUs);
  }

  #perform(action: DemoClientAction): void {
    switch (action.type) {
      case 'connect':
        this.#dial(action.url);
        return;
      case 'send':
        this.#connection?.send(JSON.stringify(action.payload));
        return;
      case 'close':
        this.#connection?.close(action.code);
        return;
      case 'dispatch':
        this.#onDispatch(action.payload);
        if (action.payload.t === 'READY') this.#ready?.resolve();
        return;
      case 'fail':
        this.#ready?.reject(turnedAway(action.code));
        return;
    }
  }

  #dial(url: string): void {
    this.#connection = new GatewayConnection(url, this.#transport, {
      onPayload: (payload) => this.#step({ type: 'payload', payload }),
      onClosed: (code) => {
        this.#connection = null;
        this.#step({ type: 'closed', code });
        this.#onGone?.();
      },
    });
  }
}

function makeIdentify({ token, intents, shard }: GatewayClientOptions): {
  readonly token: string;
  readonly [key: string]: JsonValue;
} {
  const properties = { os: process.platform, browser: CLIENT_NAME, device: CLIENT_NAME };
  return { token, properties, intents, shard: shard ?? [0, 1], compress: false, large_threshold: 50 };
}

function turnedAway(code: number): NetworkError {
  return new NetworkError(`the gateway closed with ${code}`, 'look the code up with the close code table');
}
