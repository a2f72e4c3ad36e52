/**
 * discord.js 14, of the repository's own dependencies: zlib-stream when it finds zlib-sync, plain when not.
 */
import type { EventEmitter } from 'node:events';
import { SECRETS } from '../support/payloads.js';
import type { Variant } from './journey.js';
import { loadLibrary } from './libraries.js';
import type { Logbook, Packet } from './logbook.js';

interface DiscordJs {
  readonly Client: new (options: object) => DiscordJsClient;
}

export interface DiscordJsClient extends EventEmitter {
  login(token: string): Promise<string>;
  destroy(): Promise<void>;
}

// It waits for five seconds between two IDENTIFYs.
const NO_THROTTLE = (): object => ({ waitForIdentify: () => Promise.resolve() });

/** Logs a client in, which writes into the logbook; calling what is returned ends it. */
export function logInDiscordJs(client: DiscordJsClient, logbook: Logbook): () => Promise<void> {
  client.on('raw', (packet: Packet) => logbook.packet(packet));
  client.on('clientReady', () => logbook.note('ready'));
  client.on('shardResume', () => logbook.note('resumed'));
  client.on('shardError', (error) => logbook.error(error));
  client.login(SECRETS.token).catch((error: unknown) => logbook.error(error));
  return () => client.destroy();
}

function variant(compress: boolean): Variant {
  return {
    needs: [],
    query: `v=10&encoding=json${compress ? '&compress=zlib-stream' : ''}`,
    start: ({ apiUrl }, logbook) => {
      const { Client } = loadLibrary('discord.js', compress ? [] : ['zlib-sync']) as DiscordJs;
      const client = new Client({
        intents: ['Guilds', 'GuildMessages'],
        rest: { api: apiUrl },
        ws: { buildIdentifyThrottler: NO_THROTTLE },
      });
      return logInDiscordJs(client, logbook);
    },
  };
}

/** Every transport that it can ask for. */
export const DISCORD_JS: readonly Variant[] = [variant(false), variant(true)];
