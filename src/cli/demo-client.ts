/**
 * Clients for the demo: discord.js where it can be imported, else the one that is built in.
 *
 * A client connects, identifies, resumes when it is told to, and notes every dispatch as it came.
 */
import { EventEmitter, once } from 'node:events';
import type * as DiscordJs from 'discord.js';
import { NetworkError } from '../errors.js';
import type { Payload } from '../gateway/payload.js';
import { systemHost } from '../host.js';
import { GatewayClient } from '../player/client.js';
import type { DiffItem } from '../replay/compare/payload-diff.js';

/** Where a client finds a gateway. */
export interface Addresses {
  readonly gatewayUrl: string;
  readonly apiUrl: string;
}

/** A client that is connected, or about to be. */
export interface DemoClient {
  /** Resolves when the dispatch with sequence number `lastSeq` has come, with all dispatches so far; rejects when `stop` aborts. */
  until(lastSeq: number, stop: AbortSignal): Promise<readonly DiffItem[]>;
  close(): Promise<void>;
}

/** A kind of client. */
export interface ClientKind {
  /** Such as `discord.js 14.16.3`. */
  readonly name: string;
  readonly connect: (addresses: Addresses) => Promise<DemoClient>;
}

/** What clients identify with; nobody checks it, and it must not reach the database any more than a real one. */
const TOKEN = 'demo.token.of-no-account';

// Guilds, guild messages, message content: Discord Docs/Gateway, "List of Intents".
const INTENTS = (1 << 0) | (1 << 9) | (1 << 15);

/** The best client there is here. */
export async function findClient(): Promise<ClientKind> {
  // A development dependency of ours, and of many who use us; not installed by everybody.
  const library = await import('discord.js').catch(() => null);
  return library === null ? builtIn : discordJs(library);
}

/** How long a client may take to get the last dispatch, in ms. */
const PATIENCE_MS = 20_000;

/** Dispatches as they come in, and who waits for them. */
class Inbox {
  readonly #dispatches: DiffItem[] = [];
  readonly #arrivals = new EventEmitter();

  /** Notes a dispatch as text, as clients go on to change what they hand out. */
  take({ op, t, s, d }: Payload): void {
    this.#dispatches.push({ op, event: t, seq: s, text: JSON.stringify({ op, t, s, d }) });
    this.#arrivals.emit('dispatch');
  }

  async until(lastSeq: number, stop: AbortSignal): Promise<readonly DiffItem[]> {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(PATIENCE_MS)]);
    while (!this.#dispatches.some(({ seq }) => (seq ?? 0) >= lastSeq)) {
      await once(this.#arrivals, 'dispatch', { signal }).catch((cause: unknown) => {
        stop.throwIfAborted();
        const what = `the client got ${this.#dispatches.length} dispatches in ${PATIENCE_MS / 1_000} s, and not the last`;
        throw new NetworkError(what, 'try again, and report it if it stays so', { cause });
      });
    }
    return this.#dispatches;
  }
}

/** The client that is always there. */
export const builtIn: ClientKind = {
  name: 'the built-in client',
  connect: async ({ gatewayUrl }) => {
    const inbox = new Inbox();
    const client = new GatewayClient({
      host: systemHost(),
      url: gatewayUrl,
      token: TOKEN,
      intents: INTENTS,
      onDispatch: (payload) => inbox.take(payload),
    });
    await client.connect();
    return { until: (lastSeq, stop) => inbox.until(lastSeq, stop), close: () => client.close() };
  },
};

function discordJs({ Client, Events, version }: typeof DiscordJs): ClientKind {
  return {
    name: `discord.js ${version}`,
    connect: async ({ apiUrl }) => {
      const client = new Client({ intents: INTENTS, rest: { api: apiUrl } });
      const inbox = new Inbox();
      client.on(Events.Raw, (payload: Payload) => {
        if (payload.op === 0) inbox.take(payload);
      });
      await client.login(TOKEN);
      return { until: (lastSeq, stop) => inbox.until(lastSeq, stop), close: () => client.destroy() };
    },
  };
}
