/**
 * eris, over JSON and over ETF, plain and in zlib-stream.
 *
 * It speaks ETF whenever it finds erlpack. Its REST client speaks nothing but TLS, so its question for the gateway
 * is put to the target here.
 */
import type { EventEmitter } from 'node:events';
import { SECRETS } from '../support/payloads.js';
import type { Variant } from './journey.js';
import { loadLibrary } from './libraries.js';
import type { Packet } from './logbook.js';

interface Eris {
  readonly Client: new (token: string, options: object) => ErisClient;
}

interface ErisClient extends EventEmitter {
  getBotGateway: () => Promise<unknown>;
  connect(): Promise<void>;
  disconnect(options: { readonly reconnect: boolean }): void;
}

const token = `Bot ${SECRETS.token}`;

function variant(encoding: 'json' | 'etf', compress: boolean): Variant {
  return {
    needs: encoding === 'json' ? ['eris'] : ['eris', 'erlpack'],
    query: `v=10&encoding=${encoding}${compress ? '&compress=zlib-stream' : ''}`,
    start: ({ apiUrl }, logbook) => {
      const { Client } = loadLibrary('eris', encoding === 'json' ? ['erlpack'] : []) as Eris;
      const client = new Client(token, { compress, intents: ['guilds', 'guildMessages'] });
      client.getBotGateway = async () =>
        (await fetch(`${apiUrl}/v10/gateway/bot`, { headers: { authorization: token } })).json();
      client.on('rawWS', (packet: Packet) => logbook.packet(packet));
      client.on('ready', () => logbook.note('ready'));
      client.on('shardResume', () => logbook.note('resumed'));
      client.on('error', (error) => logbook.error(error));
      client.connect().catch((error: unknown) => logbook.error(error));
      return () => client.disconnect({ reconnect: false });
    },
  };
}

/** Every transport that it can ask for. */
export const ERIS: readonly Variant[] = [
  variant('json', false),
  variant('json', true),
  variant('etf', false),
  variant('etf', true),
];
