/**
 * Seyfert: its gateway alone, with the REST client that it asks for the gateway's URL.
 */
import { SECRETS } from '../support/payloads.js';
import type { Logbook, Packet } from './logbook.js';

/** What it exports. */
export interface SeyfertLibrary {
  readonly Logger: { readonly DEFAULT_OPTIONS: object };
  readonly ApiHandler: new (options: object) => SeyfertApi;
  readonly ShardManager: new (options: object) => { spawnShards(): Promise<void>; disconnectAll(): void };
}

interface SeyfertApi {
  readonly proxy: { gateway: { bot: { get(): Promise<object> } } };
}

/** Connects a shard, which writes into the logbook; calling what is returned ends it. */
export function connectSeyfert(library: SeyfertLibrary, api: SeyfertApi, logbook: Logbook): () => void {
  Object.assign(library.Logger.DEFAULT_OPTIONS, { active: false });
  let manager: InstanceType<SeyfertLibrary['ShardManager']> | null = null;
  const run = async (): Promise<void> => {
    manager = new library.ShardManager({
      token: SECRETS.token,
      info: await api.proxy.gateway.bot.get(),
      intents: 513,
      reconnectTimeout: 50,
      resharding: { interval: 0 },
      handlePayload: (_: number, packet: Packet) => {
        logbook.packet(packet);
        if (packet.t === 'READY') logbook.note('ready');
        if (packet.t === 'RESUMED') logbook.note('resumed');
      },
    });
    await manager.spawnShards();
  };
  run().catch((error: unknown) => logbook.error(error));
  return () => manager?.disconnectAll();
}
