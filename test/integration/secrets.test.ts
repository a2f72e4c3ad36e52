/**
 * No secret reaches the disk or the log: the raw bytes of every file are searched, while recording and after.
 */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { messageCreate, SECRETS, voiceServerUpdate } from '../support/payloads.js';
import { recordGateway } from '../support/recorders.js';
import { scratchFile } from '../support/scratch.js';
import { until } from '../support/until.js';
import { ScriptedGateway } from '../support/scripted-gateway.js';
import { rowsOf } from '../support/stores.js';

const AUTHORIZATION = 'Bot aUtHoRiZaTiOn.hEaDeR.sEcReT';
const NEEDLES = [...Object.values(SECRETS), AUTHORIZATION, AUTHORIZATION.slice(4)];

/** Secrets found in any file of the database's folder, as `file: secret`. */
function leaks(db: string): string[] {
  return readdirSync(dirname(db)).flatMap((name) => {
    const bytes = readFileSync(join(dirname(db), name));
    return NEEDLES.filter((needle) => bytes.includes(needle)).map((needle) => `${name}: ${needle}`);
  });
}

/** A client that says its secrets in every place where a client can. */
async function confess(gatewayUrl: string, gateway: ScriptedGateway, query: string): Promise<void> {
  const headers = { authorization: AUTHORIZATION };
  const client = new WebSocket(`${gatewayUrl}/?v=10&encoding=json${query}`, { headers });
  let received = 0;
  client.on('message', () => (received += 1));
  const until = async (total: number): Promise<void> => {
    while (received < total) await once(client, 'message');
  };
  await until(1);
  client.send(JSON.stringify({ op: 2, d: { token: SECRETS.token, intents: 1, properties: { os: 'tape' } } }));
  await until(3);
  const { token, sessionId, voiceToken } = SECRETS;
  client.send(JSON.stringify({ op: 99, d: { nowhere: [`before ${token} after`, AUTHORIZATION] } }));
  client.send(`{"op":6,"d":{"token":"${token}","session_id":"${sessionId}","seq":1}}`);
  await until(5);
  await gateway.dispatch('VOICE_SERVER_UPDATE', voiceServerUpdate());
  await gateway.dispatch('VOICE_STATE_UPDATE', { session_id: voiceToken, user_id: '1' });
  await gateway.dispatch('UNKNOWN_EVENT', { deep: { [token]: { echo: sessionId, again: voiceToken } } });
  await gateway.dispatch('MESSAGE_CREATE', { ...messageCreate(1), content: `my token is ${token}, oh no` });
  await until(9); // what is masked by value has to be known before it turns up
  client.send(`this is no JSON but holds ${token} and ${sessionId}`);
  client.send(Buffer.from(`nor is this: ${voiceToken}`));
  client.ping(sessionId);
  await once(client, 'pong');
  client.close(4321, `bye ${token}`);
  await once(client, 'close');
}

describe('secrets', () => {
  it.each(['', '&compress=zlib-stream'])('are in no file and no log line (%j)', async (query) => {
    const db = scratchFile();
    const lines: string[] = [];
    await using gateway = await ScriptedGateway.start({ guilds: 1 });
    const recorder = await recordGateway(gateway, db, { log: (_, line) => lines.push(line) });
    const headers = { authorization: AUTHORIZATION };
    await fetch(`${recorder.apiUrl}/v10/gateway/bot`, { headers });
    await confess(recorder.gatewayUrl, gateway, query);
    // Committed, but still in the log beside the database: both are searched.
    await until(() => recorder.figures().frames >= gateway.frames.length);
    expect(readdirSync(dirname(db))).toContain('capture.sqlite-wal');
    expect(leaks(db)).toEqual([]);
    await recorder.close();
    expect(leaks(db)).toEqual([]);
    expect(lines.filter((line) => NEEDLES.some((needle) => line.includes(needle)))).toEqual([]);

    // The search would find something: the frames are there, with placeholders, and equal secrets are still equal.
    const masked = rowsOf(db, "SELECT count(*) AS count FROM payload WHERE body LIKE '%redacted:%'");
    expect(masked[0]?.['count']).toBeGreaterThanOrEqual(7);
    const [ready, resume] = rowsOf(
      db,
      `SELECT payload ->> '$.d.session_id' AS id FROM frame_view WHERE event = 'READY' OR op = 6 ORDER BY id`,
    );
    expect(ready).toEqual(resume);
  });

  it('are kept with --redact none, which shows that the search works', async () => {
    const db = scratchFile();
    await using gateway = await ScriptedGateway.start({ guilds: 1 });
    const recorder = await recordGateway(gateway, db, { redact: 'none' });
    await confess(recorder.gatewayUrl, gateway, '');
    await recorder.close();
    expect(leaks(db)).toEqual(
      expect.arrayContaining(Object.values(SECRETS).map((secret) => `capture.sqlite: ${secret}`)),
    );
  });
});
