/**
 * Player: plays the client side of a recording against a gateway, and reports how its answers differ.
 *
 * A shell around `ClientScript`: it owns the sockets, the clock and one timer.
 */
import { Alarm } from '../alarm.js';
import { NetworkError } from '../errors.js';
import type { Host } from '../host.js';
import type { Speed } from '../replay/clock.js';
import type { DiffItem } from '../replay/compare/payload-diff.js';
import { makeProgram } from '../replay/client-side/program.js';
import { ClientScript, type ClientAction, type ClientInput } from '../replay/client-side/client-script.js';
import type { Recording } from '../replay/recording.js';
import type { Transport } from '../wire/transport.js';
import { readUrl } from '../wire/url.js';
import { GatewayConnection } from './connection.js';

/** Options for playing a recording. */
export interface PlayOptions {
  readonly host: Host;
  /** Gateway URL without a query. */
  readonly url: string;
  readonly speed: Speed;
  /** Token to identify with; null sends the recorded placeholder, which a mock accepts. */
  readonly token: string | null;
  /** Timeout for a payload after its recorded time, in ms. */
  readonly patienceMs: number;
}

/** Payloads expected from a gateway, and those that it sent. */
export interface Played {
  readonly expected: readonly DiffItem[];
  readonly received: readonly DiffItem[];
}

const PLAIN: Transport = { version: 10, encoding: 'json', compress: 'none' };

/** Plays a recording to its end. Rejects with a NetworkError if the gateway cannot be reached at all. */
export async function playRecording(recording: Recording, options: PlayOptions): Promise<Played> {
  const program = makeProgram(recording);
  const received = await new Promise<readonly DiffItem[]>((resolve, reject) => {
    const script = new ClientScript(
      program,
      { ...options, patienceUs: options.patienceMs * 1000 },
      options.host.nowUs(),
    );
    const stage = new PlayerStage(script, chooseTransport(recording), options, reject, () =>
      resolve(script.received),
    );
    stage.start();
  });
  return { expected: program.expected, received };
}

class PlayerStage {
  readonly #script: ClientScript;
  readonly #transport: Transport;
  readonly #options: PlayOptions;
  readonly #onFailed: (error: Error) => void;
  readonly #onFinished: () => void;
  readonly #connections = new Map<number, GatewayConnection>();
  readonly #alarm: Alarm;
  #hasOpened = false;
  #isFinished = false;

  constructor(
    script: ClientScript,
    transport: Transport,
    options: PlayOptions,
    onFailed: (error: Error) => void,
    onFinished: () => void,
  ) {
    this.#script = script;
    this.#transport = transport;
    this.#options = options;
    this.#alarm = new Alarm(options.host.nowUs, () => this.#step({ type: 'tick' }));
    this.#onFailed = onFailed;
    this.#onFinished = onFinished;
  }

  start(): void {
    this.#step({ type: 'start' });
  }

  #step(input: ClientInput): void {
    const { actions, wakeAtUs } = this.#script.step(input, this.#options.host.nowUs());
    for (const action of actions) this.#perform(action);
    this.#alarm.set(wakeAtUs);
  }

  #perform(action: ClientAction): void {
    switch (action.type) {
      case 'connect':
        this.#connections.set(action.connection, this.#connect(action.connection, action.url));
        return;
      case 'send':
        this.#connections.get(action.connection)?.send(action.text);
        return;
      case 'close':
        this.#connections.get(action.connection)?.close(action.code);
        return;
      case 'finish':
        this.#isFinished = true;
        this.#settle();
        return;
    }
  }

  #connect(connection: number, url: string): GatewayConnection {
    return new GatewayConnection(url, this.#transport, {
      onOpened: () => this.#step({ type: 'opened', connection }),
      onPayload: (payload, text) => this.#step({ type: 'payload', connection, payload, text }),
      onClosed: (code, wasOpen) => {
        this.#connections.delete(connection);
        this.#hasOpened ||= wasOpen;
        if (!this.#hasOpened) {
          this.#alarm.set(null);
          for (const other of this.#connections.values()) other.close(null);
          this.#onFailed(unreachable(url));
          return;
        }
        if (!this.#isFinished) this.#step({ type: 'closed', connection, code });
        this.#settle();
      },
    });
  }

  // It is finished only when the last connection is gone too.
  #settle(): void {
    if (this.#isFinished && this.#connections.size === 0) this.#onFinished();
  }
}

// A recording of an unknown transport is played over the plainest one.
function chooseTransport({ transport }: Recording): Transport {
  if (transport === null || transport.encoding === 'unknown' || transport.compress === 'unknown')
    return PLAIN;
  return transport;
}

function unreachable(url: string): NetworkError {
  const { host = '' } = readUrl(url) ?? {};
  return new NetworkError(
    `cannot connect to the gateway at ${host}`,
    'check the address, and that it is running',
  );
}
