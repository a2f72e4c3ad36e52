/**
 * discord.js through the recorder to a gateway that speaks TLS only, with a certificate of a private authority.
 *
 * REST and gateway are both behind TLS; READY's URL is rewritten, so the resume goes through the recorder too.
 */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { Client, Events, GatewayIntentBits } from 'discord.js';
import { expect, it } from 'vitest';
import { SECRETS } from '../support/payloads.js';
import { expectAllRecorded, loggedSums } from '../support/recorded.js';
import { recordGateway } from '../support/recorders.js';
import { scratchFile } from '../support/scratch.js';
import { ScriptedGateway } from '../support/scripted-gateway.js';
import { rowsOf } from '../support/stores.js';
import { TestCa } from '../support/test-ca.js';
import { until } from '../support/until.js';

const ca = new TestCa();

it('discord.js logs in and resumes over a wss upstream of a private authority, and all of it is recorded', async () => {
  const [db, upstreamCa] = [scratchFile(), scratchFile('ca.pem')];
  writeFileSync(upstreamCa, ca.cert);
  await using gateway = await ScriptedGateway.start({ tls: ca.leaf() });
  const recorder = await recordGateway(gateway, db, { upstreamCa });
  const client = new Client({
    intents: [GatewayIntentBits.Guilds],
    rest: { api: recorder.apiUrl },
    ws: { buildIdentifyThrottler: () => ({ waitForIdentify: () => Promise.resolve() }) },
  });
  void client.login(SECRETS.token);
  await once(client, Events.ClientReady);
  const resumed = once(client, Events.ShardResume);
  await gateway.peer.close(4000, 'try again');
  await resumed;
  await client.destroy();
  await gateway.until(() => !gateway.peer.isOpen);
  await until(() => recorder.figures().openConnections === 0);

  expect(await recorder.close()).toEqual(loggedSums(gateway));
  expectAllRecorded(gateway, db);
  expect(rowsOf(db, 'SELECT is_client_tls, is_upstream_tls, upgrade_status FROM connection')).toEqual([
    { is_client_tls: 0, is_upstream_tls: 1, upgrade_status: 101 },
    { is_client_tls: 0, is_upstream_tls: 1, upgrade_status: 101 },
  ]);
});
