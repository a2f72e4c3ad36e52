/**
 * Ordeal: one client against a mock that goes wrong once, and the account of what the client did.
 *
 * The recording is the same for all: READY, a guild, five messages. The account names, connection by connection, how
 * it was opened (IDENTIFY, RESUME or not at all) and the code with which it ended; and what the client told its user.
 */
import { parseFault } from '../../src/config/fault-spec.js';
import type { JsonValue } from '../../src/gateway/payload.js';
import { systemHost } from '../../src/host.js';
import type { ServedGateway } from '../../src/mock/gateway.js';
import { serveRecordings } from '../../src/mock/server.js';
import type { Recording } from '../../src/replay/recording.js';
import { guildCreate, messageCreate, ready } from '../support/payloads.js';
import { dispatch, HELLO, IDENTIFY, recording, step } from '../support/capture/steps.js';
import type { Variant } from './journey.js';
import { Logbook } from './logbook.js';
import type { Outcome } from './outcomes.js';

const MESSAGES = Array.from({ length: 5 }, (_, index) =>
  dispatch(40 + index, 3 + index, 'MESSAGE_CREATE', messageCreate(index) as JsonValue),
);

/** What every client is served. */
export const RECORDING: Recording = recording(
  step(0, 1, 'gateway', HELLO),
  step(10, 1, 'client', IDENTIFY),
  dispatch(20, 1, 'READY', ready('wss://gateway.discord.gg', 1) as JsonValue),
  dispatch(30, 2, 'GUILD_CREATE', guildCreate(0) as JsonValue),
  ...MESSAGES,
);

// Messages that come after the one that breaks a stream: that many errors are one for each.
const EACH_MESSAGE = 5;

/** One client on trial. */
export class Ordeal implements AsyncDisposable {
  readonly logbook = new Logbook();
  readonly mock: ServedGateway;
  readonly #ends: ReadonlyMap<number, string>;
  readonly #stop: () => unknown;

  private constructor(mock: ServedGateway, ends: ReadonlyMap<number, string>, variant: Variant) {
    this.mock = mock;
    this.#ends = ends;
    this.#stop = variant.start(mock, this.logbook);
  }

  static async begin(variant: Variant, fault: string, heartbeatIntervalMs: number): Promise<Ordeal> {
    const ends = new Map<number, string>();
    const host = systemHost((_, line) => {
      const [, connection, end] = /^client (\d+) has gone: (.*)$/.exec(line) ?? [];
      if (end !== undefined) ends.set(Number(connection), end);
    });
    const mock = await serveRecordings([RECORDING], {
      host,
      listen: { host: '127.0.0.1', port: 0 },
      speed: 'max',
      heartbeatIntervalMs,
      faults: [parseFault(fault)],
    });
    return new Ordeal(mock, ends, variant);
  }

  /** What the client did so far. */
  get outcome(): Outcome {
    const { length } = this.logbook.errors;
    const errors = length < EACH_MESSAGE ? length : 'each message';
    return { account: this.#account(), told: this.#told(), errors };
  }

  // Such as `IDENTIFY 4200, RESUME`.
  #account(): string {
    const openings = this.mock.received().filter(({ payload }) => payload.op === 2 || payload.op === 6);
    const last = Math.max(0, ...openings.map(({ connection }) => connection), ...this.#ends.keys());
    return Array.from({ length: last }, (_, index) => {
      const ops = openings
        .filter(({ connection }) => connection === index + 1)
        .map(({ payload }) => payload.op);
      return [...ops.map((op) => (op === 2 ? 'IDENTIFY' : 'RESUME')), this.#ends.get(index + 1)]
        .filter(Boolean)
        .join(' ');
    }).join(', ');
  }

  #told(): string {
    return this.logbook.dispatches.map(({ t, s }) => (t === 'READY' || t === 'RESUMED' ? t : s)).join(' ');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
    await this.mock.close();
  }
}
