/**
 * @discordjs/ws 2, plain and in zlib-stream, which it inflates with node:zlib or with zlib-sync.
 *
 * Its releases know neither ETF nor zstd-stream.
 */
import type { EventEmitter } from 'node:events';
import { SECRETS } from '../support/payloads.js';
import { describeClient, type Variant } from './journey.js';
import { loadAfresh } from './libraries.js';
import type { Packet } from './logbook.js';

interface Rest {
  readonly REST: new (options: object) => { setToken(token: string): object };
}

interface Ws {
  readonly CompressionMethod: { readonly ZlibNative: number; readonly ZlibSync: number };
  readonly WebSocketManager: new (options: object) => Manager;
}

interface Manager extends EventEmitter {
  connect(): Promise<void>;
  destroy(): Promise<void>;
}

// It waits for five seconds between two IDENTIFYs.
const NO_THROTTLE = (): object => ({ waitForIdentify: () => Promise.resolve() });

function variant(compression?: keyof Ws['CompressionMethod']): Variant {
  return {
    needs: ['@discordjs/ws', '@discordjs/rest'],
    query: `v=10&encoding=json${compression === undefined ? '' : '&compress=zlib-stream'}`,
    ...(compression === undefined ? {} : { detail: compression }),
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
      manager.on('dispatch', (packet: Packet) => logbook.packet(packet));
      manager.on('ready', () => logbook.note('ready'));
      manager.on('resumed', () => logbook.note('resumed'));
      manager.on('error', (error) => logbook.error(error));
      void manager.connect();
      return () => manager.destroy();
    },
  };
}

describeClient('@discordjs/ws', 'new connection', [variant(), variant('ZlibNative'), variant('ZlibSync')]);
