/**
 * Overload: a database that does not keep up slows the traffic down or leaves gaps, as the user chose, and
 * never costs anything else. The slow disk is a write lock held by another handle.
 */
import { describe, expect, it, onTestFinished } from 'vitest';
import { startRecorder, type Recorder, type RecorderOptions } from '../../src/library/record.js';
import { openSqlite } from '../../src/store/sqlite.js';
import { messageCreate, SECRETS } from '../support/payloads.js';
import { RawClient } from '../support/raw-client.js';
import { expectAllRecorded, loggedSums } from '../support/recorded.js';
import { scratchFile } from '../support/scratch.js';
import { until } from '../support/until.js';
import { ScriptedGateway } from '../support/scripted-gateway.js';
import { expectSound, rowsOf } from '../support/stores.js';

const IDENTIFY = JSON.stringify({ op: 2, d: { token: SECRETS.token, intents: 1, properties: {} } });
const QUEUE_BYTES = 2 ** 18;
/** Node reads no more than this from a socket at once. */
const READ_BYTES = 65_536;
const LARGE = 'x'.repeat(4000);

interface Recording {
  readonly gateway: ScriptedGateway;
  readonly recorder: Recorder;
  readonly db: string;
  readonly clients: readonly RawClient[];
}

/** Two clients that are logged in through a recorder with a queue as small as can be. */
async function record(options: RecorderOptions): Promise<Recording> {
  const db = scratchFile();
  const gateway = await ScriptedGateway.start({ guilds: 1 });
  onTestFinished(() => gateway.close());
  const urls = { upstream: gateway.url, api: gateway.apiUrl };
  const recorder = await startRecorder({
    listen: '127.0.0.1:0',
    ...urls,
    db,
    queueBytes: QUEUE_BYTES,
    ...options,
  });
  onTestFinished(() => recorder[Symbol.asyncDispose]());
  const clients: RawClient[] = [];
  for (let number = 0; number < 2; number += 1) {
    const client = await RawClient.connect(recorder.gatewayUrl);
    onTestFinished(() => client[Symbol.asyncDispose]());
    await client.until(1);
    client.send(0x81, IDENTIFY);
    await client.until(3);
    clients.push(client);
  }
  return { gateway, recorder, db, clients };
}

/** Keeps anyone else from writing until it is called. */
function holdWriteLock(path: string): () => void {
  const other = openSqlite(path);
  other.exec('BEGIN IMMEDIATE');
  return () => {
    other.exec('ROLLBACK');
    other.close();
  };
}

/** Sends large messages to every client, without waiting for any of them. */
function sendLarge({ peers }: ScriptedGateway, count: number): void {
  for (let index = 0; index < count; index += 1) {
    const d = { ...messageCreate(index), LARGE };
    const text = JSON.stringify({ t: 'MESSAGE_CREATE', s: index, op: 0, d });
    for (const peer of peers) void peer.send(text);
  }
}

describe('a queue that is full', () => {
  it('pauses the traffic of all connections, and then loses nothing', async () => {
    const { gateway, recorder, db, clients } = await record({ onOverload: 'pause' });
    const release = holdWriteLock(db);
    const count = 2000;
    sendLarge(gateway, count);
    // Far more than the queue holds is on its way; what is not in the queue waits in the sockets, but for what each
    // of them had read already.
    await until(() => recorder.figures().queueBytes > QUEUE_BYTES);
    expect(recorder.figures().queueBytes).toBeLessThan(QUEUE_BYTES + 4 * READ_BYTES);
    const relayed = (): number => clients.reduce((total, client) => total + client.socket.bytesRead, 0);
    const relayedWhileFull = relayed();
    expect(relayedWhileFull).toBeLessThan(2 * count * LARGE.length);
    release();
    await Promise.all(clients.map((client) => client.until(3 + count)));
    for (const client of clients) client.socket.end();
    await gateway.until(() => gateway.peers.every((peer) => !peer.isOpen));
    const summary = await recorder.close();
    expectAllRecorded(gateway, db);
    expect(summary).toEqual(loggedSums(gateway));
    expectSound(db);
  });

  it.each([1, 2])(
    'leaves gaps that account for every byte, with policy "drop": %i decoders',
    async (decoders) => {
      const { gateway, recorder, db, clients } = await record({ onOverload: 'drop', decoders });
      const bytesBefore = clients.map((client) => client.socket.bytesRead);
      await until(() => recorder.figures().frames >= gateway.frames.length);
      const release = holdWriteLock(db);
      const count = 1000;
      sendLarge(gateway, count);
      // The traffic does not wait for the database.
      await Promise.all(clients.map((client) => client.until(3 + count)));
      expect(recorder.figures().frames).toBe(8);
      release();
      await until(() => recorder.figures().queueBytes === 0);
      const summary = await recorder.close();

      expect(summary.gaps).toBeGreaterThanOrEqual(2);
      expectSound(db);
      const gaps = rowsOf(db, 'SELECT sender, from_us AS fromUs, until_us AS untilUs, bytes FROM gap');
      expect(gaps).toHaveLength(summary.gaps);
      expect(gaps.every((gap) => gap['sender'] === 'gateway')).toBe(true);
      expect(gaps.every((gap) => Number(gap['fromUs']) <= Number(gap['untilUs']))).toBe(true);
      clients.forEach((client, index) => {
        const sent = client.socket.bytesRead - (bytesBefore[index] ?? 0);
        const { bytes, cut } = recordedBytes(db, index + 1);
        expect(bytes).toBeLessThanOrEqual(sent);
        expect(bytes).toBeGreaterThanOrEqual(sent - cut * HEADER_BYTES);
      });
    },
  );
});

/** Header of a frame between 126 and 65,535 bytes that is not masked. */
const HEADER_BYTES = 4;

/**
 * Bytes of the gateway after login that the database accounts for: messages, stretches and gaps. How much of
 * its header a frame had that was cut by a gap is not recorded; there are `cut` of them.
 */
function recordedBytes(db: string, connection: number): { bytes: number; cut: number } {
  const [row] = rowsOf(
    db,
    `SELECT total(wire_bytes + CASE status WHEN 'ok' THEN ${HEADER_BYTES} ELSE 0 END)
              + (SELECT total(bytes) FROM gap WHERE connection_id = ?) AS bytes,
            total(status = 'truncated') AS cut
     FROM frame_view WHERE connection_id = ? AND sender = 'gateway' AND frame_no > 4`,
    connection,
    connection,
  );
  return { bytes: Number(row?.['bytes']), cut: Number(row?.['cut']) };
}
