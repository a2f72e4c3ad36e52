/**
 * The main job: discord.js logs in through the recorder, is thrown out three ways, and resumes through it.
 *
 * The scripted gateway's own log is the referee: everything it saw, both ways, is in the database.
 */
import { once } from 'node:events';
import { Client, Events, GatewayIntentBits, Status } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { messageCreate, SECRETS, voiceServerUpdate } from '../support/payloads.js';
import { expectAllRecorded, loggedSums } from '../support/recorded.js';
import { recordGateway } from '../support/recorders.js';
import { scratchFile } from '../support/scratch.js';
import { ScriptedGateway } from '../support/scripted-gateway.js';
import { expectSound, rowsOf } from '../support/stores.js';

const { Guilds, GuildMessages, MessageContent } = GatewayIntentBits;

/** Sends messages and resolves when the client has reported the last one. */
async function converse(
  gateway: ScriptedGateway,
  client: Client,
  first: number,
  count: number,
): Promise<void> {
  const heard = new Promise<void>((resolve) => {
    const listen = ({ id }: { id: string }): void => {
      if (id !== (messageCreate(first + count - 1) as { id: string }).id) return;
      client.off(Events.MessageCreate, listen);
      resolve();
    };
    client.on(Events.MessageCreate, listen);
  });
  for (let index = first; index < first + count; index += 1) {
    await gateway.dispatch('MESSAGE_CREATE', messageCreate(index));
  }
  await heard;
}

describe('discord.js through the recorder', () => {
  it.each([1, 3])('logs in, resumes and is recorded to the last frame: %i decoders', async (decoders) => {
    const db = scratchFile();
    await using gateway = await ScriptedGateway.start();
    const recorder = await recordGateway(gateway, db, { decoders });
    const client = new Client({
      intents: [Guilds, GuildMessages, MessageContent],
      rest: { api: recorder.apiUrl },
    });
    const disconnects = [
      (): unknown => gateway.peer.send({ op: 7, d: null }),
      (): unknown => gateway.peer.close(4000, 'try again'),
      (): unknown => gateway.peer.reset(),
    ];

    void client.login(SECRETS.token);
    await once(client, Events.ClientReady);
    await gateway.dispatch('VOICE_SERVER_UPDATE', voiceServerUpdate());
    await converse(gateway, client, 0, 80);
    for (const [index, disconnect] of disconnects.entries()) {
      const resumed = once(client, Events.ShardResume);
      disconnect();
      await resumed;
      await converse(gateway, client, 100 * (index + 1), 5);
    }
    expect(client.ws.shards.first()?.status).toBe(Status.Ready);
    await client.destroy();
    await gateway.untilFrame(
      (frame) => frame.connection === 4 && frame.kind === 'close' && frame.sender === 'gateway',
    );
    const summary = await recorder.close();

    // The client came by the proxy each time: it speaks zlib-stream, and asks for nothing else.
    expect(gateway.peers.map((peer) => peer.request.url)).toEqual(
      Array.from({ length: 4 }, () => '/?v=10&encoding=json&compress=zlib-stream'),
    );
    expect(gateway.requests[0]).toMatchObject({ authorization: `Bot ${SECRETS.token}` });
    expectAllRecorded(gateway, db);
    expect(summary).toEqual(loggedSums(gateway));
    expectSound(db);
    expect(
      rowsOf(db, 'SELECT connection_count, resume_count, shard_id, shard_count FROM session_view'),
    ).toEqual([{ connection_count: 4, resume_count: 3, shard_id: 0, shard_count: 1 }]);
    expect(rowsOf(db, 'SELECT relay_mode, close_code, closed_by FROM connection ORDER BY id')).toEqual([
      { relay_mode: 'converged', close_code: 4200, closed_by: 'client' },
      { relay_mode: 'verbatim', close_code: 4000, closed_by: 'gateway' },
      { relay_mode: 'verbatim', close_code: null, closed_by: 'gateway' },
      { relay_mode: 'verbatim', close_code: 1000, closed_by: 'client' },
    ]);
    const bodies = rowsOf(db, "SELECT payload FROM frame_view WHERE event = 'MESSAGE_CREATE' ORDER BY id");
    const sent = gateway.frames.filter((frame) => frame.text?.includes('"t":"MESSAGE_CREATE"'));
    expect(bodies.map((row) => row['payload'])).toEqual(sent.map((frame) => frame.text));
    expect(bodies).toHaveLength(95);
  });
});
