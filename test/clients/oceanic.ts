/**
 * oceanic.js, over JSON and over ETF, plain and compressed.
 *
 * It speaks ETF whenever it finds erlpack, and zstd-stream where node:zlib has it or zstd-napi is installed.
 */
import type { EventEmitter } from 'node:events';
import { SECRETS } from '../support/payloads.js';
import type { Variant } from './journey.js';
import { loadLibrary, ZSTD_NEEDS } from './libraries.js';
import type { Logbook, Packet } from './logbook.js';

interface Oceanic {
  readonly Client: new (options: object) => OceanicClient;
}

export interface OceanicClient extends EventEmitter {
  connect(): Promise<void>;
  disconnect(reconnect: boolean): void;
}

const INTENTS = ['GUILDS', 'GUILD_MESSAGES'];

/** Connects a client, which writes into the logbook; calling what is returned ends it. */
export function connectOceanic(client: OceanicClient, logbook: Logbook): () => void {
  client.on('packet', (packet: Packet) => logbook.packet(packet));
  client.on('ready', () => logbook.note('ready'));
  client.on('shardResume', () => logbook.note('resumed'));
  client.on('error', (error) => logbook.error(error));
  client.connect().catch((error: unknown) => logbook.error(error));
  return () => client.disconnect(false);
}

function variant(encoding: 'json' | 'etf', compress?: 'zlib-stream' | 'zstd-stream'): Variant {
  const companions = [
    ...(encoding === 'etf' ? ['erlpack'] : []),
    ...(compress === 'zstd-stream' ? ZSTD_NEEDS : []),
  ];
  return {
    needs: ['oceanic.js', ...companions],
    query: `v=10&encoding=${encoding}${compress === undefined ? '' : `&compress=${compress}`}`,
    start: ({ apiUrl }, logbook) => {
      const { Client } = loadLibrary('oceanic.js', encoding === 'json' ? ['erlpack'] : []) as Oceanic;
      const client = new Client({
        auth: `Bot ${SECRETS.token}`,
        gateway: { compress, intents: INTENTS },
        rest: { baseURL: `${apiUrl}/v10` },
      });
      return connectOceanic(client, logbook);
    },
  };
}

/** Every transport that it can ask for. */
export const OCEANIC: readonly Variant[] = [
  variant('json'),
  variant('json', 'zlib-stream'),
  variant('json', 'zstd-stream'),
  variant('etf'),
  variant('etf', 'zlib-stream'),
  variant('etf', 'zstd-stream'),
];
