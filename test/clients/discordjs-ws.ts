/**
 * @discordjs/ws 2, plain and in zlib-stream, which it inflates with node:zlib or with zlib-sync.
 *
 * Its releases know neither ETF nor zstd-stream.
 */
import type { EventEmitter } from 'node:events';
import { SECRETS } from '../support/payloads.js';
import type { Variant } from './journey.js';
import { loadAfresh } from './libraries.js';
import type { Logbook, Packet } from './logbook.js';

interface Rest {
  readonly REST: new (options: object) => { setToken(token: string): object };
}

interface Ws {
  readonly CompressionMethod: { readonly ZlibNative: number; readonly ZlibSync: number };
  readonly WebSocketManager: new (options: object) => DiscordJsWsManager;
}

export interface DiscordJsWsManager extends EventEmitter {
  connect(): Promise<void>;
  destroy(): Promise<void>;
}

// It waits for five seconds between two IDENTIFYs.
const NO_THROTTLE = (): object => ({ waitForIdentify: () => Promise.resolve() });

/** Connects a manager, which writes into the logbook; calling what is returned ends it. */
export function connectDiscordJsWs(manager: DiscordJsWsManager, logbook: Logbook): () => Promise<void> {
  // Of version 1 a packet is in an object.
  manager.on('dispatch', (told: Packet | { readonly data: Packet }) =>
    logbook.packet('data' in told ? told.data : told),
  );
  manager.on('ready', () => logbook.note('ready'));
  manager.on('resumed', () => logbook.note('resumed'));
  manager.on('error', (error) => logbook.error(error));
  manager.connect().catch((error: unknown) => logbook.error(error));
  return () => manager.destroy();
}

function variant(compression?: keyof Ws['CompressionMethod']): Variant {
  return {
    needs: ['@discordjs/ws', '@discordjs/rest'],
    query: `v=10&encoding=json${compression === undefined ? '' : '&compress=zlib-stream'}`,
    ...(compression === undefined ? {} : { detail: compression }),
    // A RESUMED that is inflated after the end of its connection makes the shard ready again, and then it never comes back.
    dropsOnClose: compression === 'ZlibNative',
    start: ({ apiUrl }, logbook) => {
      const { REST } = loadAfresh('@discordjs/rest') as Rest;
      const { CompressionMethod, WebSocketManager } = loadAfresh('@discordjs/ws') as Ws;
      const manager = new WebSocketManager({
        token: SECRETS.token,
        intents: 513,
        rest: new REST({ api: apiUrl, version: '10' }).setToken(SECRETS.token),
        compression: compression === undefined ? null : CompressionMethod[compression],
        buildIdentifyThrottler: NO_THROTTLE,
      });
      return connectDiscordJsWs(manager, logbook);
    },
  };
}

/** Every transport that it can ask for. */
export const DISCORDJS_WS: readonly Variant[] = [variant(), variant('ZlibNative'), variant('ZlibSync')];
