/**
 * Clients for the demo: discord.js if it can be imported, otherwise the player, which does what the tape's client did.
 *
 * A client connects, identifies, resumes when the gateway asks for it, and collects every dispatch.
 */
import { OP } from '../gateway/opcodes.js';
import { EventEmitter, once } from 'node:events';
import type * as DiscordJs from 'discord.js';
import { NetworkError } from '../errors.js';
import type { Payload } from '../gateway/payload.js';
import { systemHost } from '../host.js';
import { playRecording } from '../player/player.js';
import type { DiffItem } from '../replay/compare/payload-diff.js';
import type { Recording } from '../replay/recording.js';

/** Addresses of a gateway. */
export interface Addresses {
  readonly gatewayUrl: string;
  readonly apiUrl: string;
}

/** A client that is connected, or about to be. */
export interface DemoClient {
  /** Resolves with all dispatches so far when that with the sequence number `lastSeq` has arrived; rejects when `stop` aborts. */
  until(lastSeq: number, stop: AbortSignal): Promise<readonly DiffItem[]>;
  close(): Promise<void>;
}

/** A kind of client. */
export interface ClientKind {
  /** Such as `discord.js 14.16.3`. */
  readonly name: string;
  readonly connect: (addresses: Addresses) => Promise<DemoClient>;
}

/** Token of the clients. No gateway checks it; like a real one it must not reach the database. */
const TOKEN = 'demo.token.of-no-account';

// Guilds, guild messages, message content: Discord Docs/Gateway, "List of Intents".
const INTENTS = (1 << 0) | (1 << 9) | (1 << 15);

/** Finds the best client on this machine; without discord.js that is the client of `tape`, played. */
export async function findClient(tape: Recording): Promise<ClientKind> {
  // Not a dependency of gatetape, but installed by many who use it.
  const library = await import('discord.js').catch(() => null);
  return library === null ? player(tape) : discordJs(library);
}

/** Limit of the time until a client has the last dispatch, in ms. */
const PATIENCE_MS = 20_000;

/** Collects dispatches, and resolves waits for them. */
class Inbox {
  readonly #dispatches: DiffItem[] = [];
  readonly #arrivals = new EventEmitter();

  /** Keeps a dispatch as text, because clients change the objects that they hand out. */
  take({ op, t, s, d }: Payload): void {
    this.#dispatches.push({ op, event: t, seq: s, text: JSON.stringify({ op, t, s, d }) });
    this.#arrivals.emit('dispatch');
  }

  async until(lastSeq: number, stop: AbortSignal): Promise<readonly DiffItem[]> {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(PATIENCE_MS)]);
    while (!hasSeq(this.#dispatches, lastSeq)) {
      await once(this.#arrivals, 'dispatch', { signal }).catch((cause: unknown) => {
        stop.throwIfAborted();
        throw late(this.#dispatches, cause);
      });
    }
    return this.#dispatches;
  }
}

function hasSeq(dispatches: readonly DiffItem[], lastSeq: number): boolean {
  return dispatches.some(({ seq }) => (seq ?? 0) >= lastSeq);
}

function late(dispatches: readonly DiffItem[], cause?: unknown): NetworkError {
  const what = `the client got ${dispatches.length} dispatches in ${PATIENCE_MS / 1_000} s, and not the last`;
  return new NetworkError(what, 'try again, and report it if it stays so', { cause });
}

/** Client without a library: the recorded one, played. */
export function player(tape: Recording): ClientKind {
  return {
    name: 'the built-in client',
    connect: ({ gatewayUrl }) => {
      const playing = playRecording(tape, {
        host: systemHost(),
        url: gatewayUrl,
        token: TOKEN,
        speed: 'max',
        patienceMs: PATIENCE_MS,
      });
      return Promise.resolve({
        until: async (lastSeq, stop) => {
          stop.throwIfAborted();
          const aborted = once(stop, 'abort').then(() => stop.throwIfAborted());
          await Promise.race([playing, aborted]);
          const { received } = await playing;
          const dispatches = received.filter(({ op }) => op === OP.DISPATCH);
          if (!hasSeq(dispatches, lastSeq)) throw late(dispatches);
          return dispatches;
        },
        // The player disconnects by itself after the last step.
        close: () => Promise.resolve(),
      });
    },
  };
}

function discordJs({ Client, Events, version }: typeof DiscordJs): ClientKind {
  return {
    name: `discord.js ${version}`,
    connect: async ({ apiUrl }) => {
      const client = new Client({ intents: INTENTS, rest: { api: apiUrl } });
      const inbox = new Inbox();
      client.on(Events.Raw, (payload: Payload) => {
        if (payload.op === OP.DISPATCH) inbox.take(payload);
      });
      await client.login(TOKEN);
      return { until: (lastSeq, stop) => inbox.until(lastSeq, stop), close: () => client.destroy() };
    },
  };
}
