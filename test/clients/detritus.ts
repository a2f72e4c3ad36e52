/**
 * detritus-client-socket, the gateway alone, over JSON and over ETF, plain and in zlib-stream.
 *
 * It is given the gateway's URL, and goes on using that one. A session that is resumed it calls ready again.
 */
import type { EventEmitter } from 'node:events';
import { SECRETS } from '../support/payloads.js';
import type { Variant } from './journey.js';
import { loadLibrary } from './libraries.js';
import type { Logbook, Packet } from './logbook.js';
import { askGateway, type Target } from './stage.js';

interface Detritus {
  readonly Gateway: { readonly Socket: new (token: string, options: object) => DetritusSocket };
}

export interface DetritusSocket extends EventEmitter {
  connect(url: string): void;
  kill(): void;
}

const INTENTS = ['GUILDS', 'GUILD_MESSAGES'];

/** Lets a socket write into the logbook; calling what is returned ends it. */
export function followDetritus(socket: DetritusSocket, logbook: Logbook): () => void {
  socket.on('packet', (packet: Packet) => {
    logbook.packet(packet);
    if (packet.t === 'READY') logbook.note('ready');
    if (packet.t === 'RESUMED') logbook.note('resumed');
  });
  socket.on('warn', (error) => logbook.error(error));
  return () => socket.kill();
}

function start(options: object, target: Target, logbook: Logbook): () => void {
  const { Gateway } = loadLibrary('detritus-client-socket') as Detritus;
  const socket = new Gateway.Socket(SECRETS.token, { intents: INTENTS, reconnectDelay: 0, ...options });
  askGateway(target).then(
    ({ url }) => socket.connect(url),
    (error: unknown) => logbook.error(error),
  );
  return followDetritus(socket, logbook);
}

function variant(encoding: 'json' | 'etf', compress: 'none' | 'zlib-stream'): Variant {
  return {
    needs: ['detritus-client-socket', ...(encoding === 'etf' ? ['erlpack'] : [])],
    query: `encoding=${encoding}&v=9${compress === 'none' ? '' : `&compress=${compress}`}`,
    ignoresResumeUrl: true,
    dropsOnClose: compress !== 'none',
    start: (target, logbook) => start({ encoding, compress }, target, logbook),
  };
}

/** Every transport that it can ask for. */
export const DETRITUS: readonly Variant[] = [
  variant('json', 'none'),
  variant('json', 'zlib-stream'),
  variant('etf', 'none'),
  variant('etf', 'zlib-stream'),
];
