/**
 * eris and its fork dysnomia, over JSON and over ETF, plain and in zlib-stream.
 *
 * They speak ETF whenever they find erlpack. The REST client of eris speaks nothing but TLS, so its question for the
 * gateway is put to the target here; that of dysnomia is pointed at the target.
 */
import type { EventEmitter } from 'node:events';
import { SECRETS } from '../support/payloads.js';
import type { Variant } from './journey.js';
import { loadLibrary } from './libraries.js';
import type { Logbook, Packet } from './logbook.js';
import { askGateway, type Target } from './stage.js';

interface Eris {
  readonly Client: new (token: string, options: object) => ErisClient;
}

export interface ErisClient extends EventEmitter {
  getBotGateway: () => Promise<unknown>;
  connect(): Promise<void>;
  disconnect(options: { readonly reconnect: boolean }): void;
}

type MakeClient = (without: readonly string[], compress: boolean, target: Target) => ErisClient;

const token = `Bot ${SECRETS.token}`;
const intents = ['guilds', 'guildMessages'];

function makeEris(without: readonly string[], compress: boolean, target: Target): ErisClient {
  const { Client } = loadLibrary('eris', without) as Eris;
  const client = new Client(token, { compress, intents });
  client.getBotGateway = () => askGateway(target);
  return client;
}

function makeDysnomia(without: readonly string[], compress: boolean, { apiUrl }: Target): ErisClient {
  const { hostname, port } = new URL(apiUrl);
  const { Client } = loadLibrary('@projectdysnomia/dysnomia', without) as Eris;
  const rest = { https: false, domain: hostname, port: Number(port) };
  return new Client(token, { gateway: { compress, intents }, rest });
}

/** Connects a client, which writes into the logbook; calling what is returned ends it. */
export function connectEris(client: ErisClient, logbook: Logbook): () => void {
  client.on('rawWS', (packet: Packet) => logbook.packet(packet));
  client.on('ready', () => logbook.note('ready'));
  client.on('shardResume', () => logbook.note('resumed'));
  client.on('error', (error) => logbook.error(error));
  client.connect().catch((error: unknown) => logbook.error(error));
  return () => client.disconnect({ reconnect: false });
}

// Every transport that they can ask for.
function variantsOf(library: string, make: MakeClient): readonly Variant[] {
  const variant = (encoding: 'json' | 'etf', compress: boolean): Variant => ({
    needs: encoding === 'json' ? [library] : [library, 'erlpack'],
    query: `v=10&encoding=${encoding}${compress ? '&compress=zlib-stream' : ''}`,
    start: (target, logbook) =>
      connectEris(make(encoding === 'json' ? ['erlpack'] : [], compress, target), logbook),
  });
  return [variant('json', false), variant('json', true), variant('etf', false), variant('etf', true)];
}

export const ERIS = variantsOf('eris', makeEris);
export const DYSNOMIA = variantsOf('@projectdysnomia/dysnomia', makeDysnomia);
