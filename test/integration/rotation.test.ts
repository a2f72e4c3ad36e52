/** Rotation while traffic flows through a real recorder: by call, by signal, by age; and what readers make of the files. */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { lintCapture } from '../../src/index.js';
import { Gatetape } from '../support/gatetape.js';
import { messageCreate, SECRETS } from '../support/payloads.js';
import { RawClient } from '../support/raw-client.js';
import { recordGateway } from '../support/recorders.js';
import { scratchFile } from '../support/scratch.js';
import { ScriptedGateway } from '../support/scripted-gateway.js';
import { expectConsistent, expectSound, rowsOf } from '../support/stores.js';
import { until } from '../support/until.js';

const IDENTIFY = JSON.stringify({ op: 2, d: { token: SECRETS.token, intents: 1, properties: {} } });
const ZLIB = '?v=10&encoding=json&compress=zlib-stream';

/** A client on a compressed transport that is logged in; its gateway is that of the recorder. */
async function logIn(gatewayUrl: string): Promise<RawClient> {
  const client = await RawClient.connect(gatewayUrl, ZLIB);
  onTestFinished(() => client[Symbol.asyncDispose]());
  await client.until(1);
  client.send(0x81, IDENTIFY);
  await client.until(3);
  return client;
}

const seqsOf = (file: string): unknown[] =>
  rowsOf(file, 'SELECT seq FROM frame WHERE seq NOTNULL ORDER BY id').map(({ seq }) => seq);

const filesOf = (db: string): string[] =>
  readdirSync(dirname(db))
    .filter((name) => name.endsWith('.sqlite'))
    .sort((one, other) => other.length - one.length || one.localeCompare(other))
    .map((name) => join(dirname(db), name));

describe('a recorder that rotates', () => {
  it('loses no frame and no connection, and decodes on with the same compression context', async () => {
    const db = scratchFile();
    await using gateway = await ScriptedGateway.start({ guilds: 1 });
    const recorder = await recordGateway(gateway, db);
    const client = await logIn(recorder.gatewayUrl);
    // IDENTIFY is to be in the first file.
    await until(() => recorder.figures().frames >= 3);
    const rotated: (string | null)[] = [];
    for (let round = 0; round < 4; round += 1) {
      const sending = Array.from({ length: 40 }, (_, index) =>
        gateway.dispatch('MESSAGE_CREATE', messageCreate(round * 40 + index)),
      );
      rotated.push(await recorder.rotate());
      client.send(
        0x81,
        JSON.stringify({ op: 3, d: { since: null, activities: [], status: 'online', afk: false } }),
      );
      client.send(0x81, JSON.stringify({ op: 1, d: gateway.lastSeq }));
      await Promise.all(sending);
    }
    // HELLO, what was dispatched, and an answer to each heartbeat; what has not reached the recorder is in no file.
    await client.until(1 + gateway.lastSeq + 4);
    expect(client.socket.destroyed).toBe(false);
    const summary = await recorder.close();
    expect(summary).toMatchObject({ gaps: 0, unrecordedBytes: 0, undecodable: 0, connections: 1 });
    const files = filesOf(db);
    expect(files).toEqual([...rotated, db]);
    expect(files.flatMap(seqsOf)).toEqual(Array.from({ length: gateway.lastSeq }, (_, index) => index + 1));
    const rules: string[] = [];
    for (const file of files) {
      expectSound(file);
      expectConsistent(file);
      // The rest of a connection is no breach of the protocol.
      const { findings } = await lintCapture({ db: file });
      rules.push(...findings.map(({ rule }) => rule));
    }
    // In one of the files is the IDENTIFY, which says nothing of its client.
    expect(rules).toEqual(['id-props-missing']);
    const counts = files.map((file) =>
      Number(rowsOf(file, 'SELECT count(*) AS count FROM frame')[0]!['count']),
    );
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(summary.frames);
  });

  it('does it by SIGUSR1 and by its age, keeps what --keep says, and logs it', async () => {
    const db = scratchFile();
    await using gateway = await ScriptedGateway.start({ guilds: 1 });
    const flags = ['--listen', ':0', '--upstream', gateway.url, '--api', gateway.apiUrl, '--db', db];
    const program = new Gatetape(['record', ...flags, '--rotate', '1s', '--keep', '1']);
    const { gatewayUrl } = JSON.parse(await program.line()) as { gatewayUrl: string };
    const client = await logIn(gatewayUrl);
    program.signal('SIGUSR1');
    await until(() => program.stderr.includes('was rotated'));
    await until(() => program.stderr.includes('was deleted, as --keep 1 says'));
    expect(client.socket.destroyed).toBe(false);
    program.signal('SIGINT');
    const { exitCode } = await program.ended();
    expect(exitCode).toBe(0);
    expect(filesOf(db)).toHaveLength(2);
  });
});
