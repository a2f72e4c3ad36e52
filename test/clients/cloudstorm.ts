/**
 * CloudStorm, over JSON and over ETF, which it reads and writes itself, plain and in zlib-stream.
 *
 * It knows no zstd-stream. It wants Node 22, and heeds no bytes that it reads together with the 101.
 */
import type { EventEmitter } from 'node:events';
import { SECRETS } from '../support/payloads.js';
import type { Variant } from './journey.js';
import { loadLibrary } from './libraries.js';
import type { Logbook, Packet } from './logbook.js';

interface CloudStorm {
  readonly Client: new (token: string, options: object) => CloudStormClient;
}

interface SnowTransfer {
  readonly SnowTransfer: new (token: string, options: object) => object;
}

export interface CloudStormClient extends EventEmitter {
  readonly shardManager: {
    concurrencyBuckets: Record<string, object>;
    readonly shards: Record<string, { disconnect(): Promise<void> }>;
    spawn(): void;
  };
  fetchConnectInfo(): Promise<number>;
}

// It waits for five seconds between two IDENTIFYs.
const NO_THROTTLE = { enqueue: (identify: () => Promise<void>) => identify() };

/** Connects a client, which writes into the logbook; calling what is returned ends it. */
export function connectCloudStorm(client: CloudStormClient, logbook: Logbook): () => void {
  client.on('rawReceive', (packet: Packet) => {
    logbook.packet(packet);
    if (packet.t === 'READY') logbook.note('ready');
    if (packet.t === 'RESUMED') logbook.note('resumed');
  });
  client.on('error', (error) => logbook.error(error));
  client.fetchConnectInfo().then(
    () => {
      client.shardManager.concurrencyBuckets = { 0: NO_THROTTLE };
      client.shardManager.spawn();
    },
    (error: unknown) => logbook.error(error),
  );
  return () => {
    // It rejects when a shard has no connection.
    for (const shard of Object.values(client.shardManager.shards)) shard.disconnect().catch(() => undefined);
  };
}

function variant(encoding: 'json' | 'etf', compress: boolean): Variant {
  return {
    needs: ['cloudstorm'],
    query: `v=10&encoding=${encoding}${compress ? '&compress=zlib-stream' : ''}`,
    start: ({ apiUrl }, logbook) => {
      const { Client } = loadLibrary('cloudstorm') as CloudStorm;
      const { SnowTransfer } = loadLibrary('snowtransfer') as SnowTransfer;
      const client = new Client(SECRETS.token, {
        intents: ['GUILDS', 'GUILD_MESSAGES'],
        shards: [0],
        snowtransferInstance: new SnowTransfer(SECRETS.token, { baseHost: new URL(apiUrl).origin }),
        ws: { encoding, compress, connectThrottle: 0 },
      });
      return connectCloudStorm(client, logbook);
    },
  };
}

/** Every transport that it can ask for. */
export const CLOUDSTORM: readonly Variant[] = [
  variant('json', false),
  variant('json', true),
  variant('etf', false),
  variant('etf', true),
];
