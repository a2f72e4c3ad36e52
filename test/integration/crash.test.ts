/** What a recorder that dies leaves behind, and what one costs that lives long. */
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { startRecorder } from '../../src/library/record.js';
import { ChildRecorder } from '../support/child-recorder.js';
import { messageCreate, SECRETS } from '../support/payloads.js';
import { RawClient } from '../support/raw-client.js';
import { scratchFile } from '../support/scratch.js';
import { until } from '../support/until.js';
import { ScriptedGateway } from '../support/scripted-gateway.js';
import { expectSound, rowsOf } from '../support/stores.js';

const IDENTIFY = JSON.stringify({ op: 2, d: { token: SECRETS.token, intents: 1, properties: {} } });
const MIB = 2 ** 20;

async function login(gatewayUrl: string): Promise<RawClient> {
  const client = await RawClient.connect(gatewayUrl);
  await client.until(1);
  client.send(0x81, IDENTIFY);
  await client.until(3);
  return client;
}

function options(
  gateway: ScriptedGateway,
  db: string,
): { listen: string; upstream: string; api: string; db: string } {
  return { listen: '127.0.0.1:0', upstream: gateway.url, api: gateway.apiUrl, db };
}

const committed = (db: string): number =>
  Number(rowsOf(db, 'SELECT count(*) AS count FROM frame')[0]?.['count']);

describe('a recorder that is killed', () => {
  it('leaves a sound database with everything up to the last moment, and a place to go on', async () => {
    const db = scratchFile();
    await using gateway = await ScriptedGateway.start({ guilds: 1 });
    const child = await ChildRecorder.start(options(gateway, db));
    await using client = await login(child.gatewayUrl);
    for (let index = 0; index < 500; index += 1)
      await gateway.dispatch('MESSAGE_CREATE', messageCreate(index));
    await client.until(503);
    await until(() => committed(db) >= 504); // the client has said nothing more: all is written by itself
    for (let index = 500; index < 3000; index += 1)
      void gateway.dispatch('MESSAGE_CREATE', messageCreate(index));
    await client.until(1500);
    await child.kill();

    expectSound(db);
    const frames = rowsOf(db, 'SELECT frame_no, seq FROM frame ORDER BY id').slice(4);
    expect(frames.length).toBeGreaterThanOrEqual(500);
    expect(frames).toEqual(frames.map((_, index) => ({ frame_no: index + 5, seq: index + 3 })));
    const next = await startRecorder(options(gateway, db));
    await using again = await login(next.gatewayUrl);
    expect(again.frames).toHaveLength(3);
    expect(await next.close()).toMatchObject({ connections: 1, undecodable: 0 });
    expectSound(db);
  });
});

describe('a recorder that runs on', () => {
  it('keeps its memory while 200 MB pass', async () => {
    const db = scratchFile();
    await using gateway = await ScriptedGateway.start({ guilds: 1 });
    const child = await ChildRecorder.start({ ...options(gateway, db), queueBytes: 8 * MIB });
    await using client = await login(child.gatewayUrl);
    client.socket.removeAllListeners('data').resume(); // 20 KB a message, not needed here
    const text = JSON.stringify({
      t: 'MESSAGE_CREATE',
      s: 1,
      op: 0,
      d: { content: 'la bande '.repeat(2200) },
    });
    const frameBytes = 4 + Buffer.byteLength(text); // a message of less than 64 KiB has four bytes of header
    const send = async (count: number): Promise<void> => {
      const goal = client.socket.bytesRead + count * frameBytes;
      for (let sent = 0; sent < count; sent += 1) await gateway.peer.send(text);
      while (client.socket.bytesRead < goal) await once(client.socket, 'data');
    };
    await send(2000);
    const early = await child.residentBytes();
    await send(8000);
    const late = await child.residentBytes();
    expect(late - early).toBeLessThan(60 * MIB);
    const { summary } = await child.close();
    expect(summary).toMatchObject({ frames: 10_004, undecodable: 0, gaps: 0 });
  });
});
