/**
 * Bad input: whatever a peer sends or the disk holds, traffic goes on where it can, the fault is said once,
 * and nothing that was recorded is lost.
 */
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { NetworkError, StoreError, UsageError } from '../../src/errors.js';
import { startRecorder, type Recorder, type RecorderOptions } from '../../src/library/record.js';
import { APPLICATION_ID } from '../../src/store/own-file.js';
import { openSqlite } from '../../src/store/sqlite.js';
import { messageCreate, SECRETS } from '../support/payloads.js';
import { RawClient } from '../support/raw-client.js';
import { scratchFile } from '../support/scratch.js';
import { ScriptedGateway } from '../support/scripted-gateway.js';
import { rowsOf } from '../support/stores.js';

const IDENTIFY = JSON.stringify({ op: 2, d: { token: SECRETS.token, intents: 1, properties: {} } });
const TEXT = 0x81;
const BINARY = 0x82;

interface Recording {
  readonly gateway: ScriptedGateway;
  readonly recorder: Recorder;
  readonly db: string;
  readonly lines: string[];
}

async function record(options: RecorderOptions = {}): Promise<Recording> {
  const db = scratchFile();
  const lines: string[] = [];
  const log = (_: unknown, line: string): unknown => lines.push(line);
  const gateway = await ScriptedGateway.start({ guilds: 1 });
  onTestFinished(() => gateway.close());
  const urls = { upstream: gateway.url, api: gateway.apiUrl };
  const recorder = await startRecorder({ listen: '127.0.0.1:0', ...urls, db, log, ...options });
  onTestFinished(() => recorder[Symbol.asyncDispose]());
  return { gateway, recorder, db, lines };
}

/** Status and sender of each frame of the database, in order; good payloads as their event or opcode. */
function frameNames(db: string): string[] {
  return rowsOf(
    db,
    `SELECT sender || ' ' || CASE WHEN status = 'ok' THEN coalesce(event, 'op ' || op)
                                  WHEN status = 'control' THEN kind ELSE status END AS name
     FROM frame_view ORDER BY connection_id, frame_no`,
  ).map((row) => String(row['name']));
}

/** Logs in like any client would, to show that others are served as before. */
async function expectService({ recorder, gateway }: Recording): Promise<void> {
  await using client = await RawClient.connect(recorder.gatewayUrl);
  await client.until(1);
  client.send(TEXT, IDENTIFY);
  await client.until(3);
  expect(gateway.peer.isOpen).toBe(true);
}

describe('a client that sends', () => {
  it.each([
    ['garbage', 'how do you do\r\n\r\n'],
    ['a TLS hello', Buffer.from('1603010200010001fc0303', 'hex')],
    ['bytes of all values', Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))],
  ])('%s instead of HTTP gets an error, and other clients are served', async (_, garbage) => {
    const recording = await record();
    const socket = connect(Number(new URL(recording.recorder.gatewayUrl).port), '127.0.0.1');
    socket.end(garbage);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 400 /);
    expect(recording.lines).toHaveLength(1);
    await expectService(recording);
  });

  it('a frame with reserved bits has it relayed and recorded, and the gateway’s answer too', async () => {
    const { gateway, recorder, db } = await record();
    await using client = await RawClient.connect(recorder.gatewayUrl);
    await client.until(1);
    client.send(TEXT | 0x20, '{"op":1,"d":null}');
    await client.closed;
    await recorder.close();
    expect(gateway.frames.map((frame) => `${frame.sender} ${frame.kind}`)).toContain('gateway close');
    expect(frameNames(db)).toEqual(['gateway op 10', 'client protocol_error', 'gateway close']);
    expect(rowsOf(db, 'SELECT close_code, closed_by FROM connection')).toEqual([
      { close_code: 1002, closed_by: 'gateway' },
    ]);
  });

  it('text that is not UTF-8, not JSON or not an object has each recorded with its reason, and goes on', async () => {
    const { gateway, recorder, db } = await record();
    await using client = await RawClient.connect(recorder.gatewayUrl);
    await client.until(1);
    for (const text of ['{"op":', '[1,2]', '{"op":"two"}', '{"op":1,"d":null}']) client.send(TEXT, text);
    await client.until(2); // the acknowledgement of the last one
    client.send(TEXT, Buffer.from('{"op":1,"d":"\xff"}', 'latin1'));
    await client.closed; // ws closes with 1007
    await recorder.close();
    expect(gateway.frames.filter((frame) => frame.sender === 'client' && frame.kind === 'text')).toHaveLength(
      5,
    );
    expect(frameNames(db)).toEqual([
      'gateway op 10',
      'client not_json',
      'client not_object',
      'client not_object',
      'client op 1',
      'gateway op 11',
      'client not_utf8',
      'gateway close',
    ]);
  });
});

describe('a gateway that sends', () => {
  it('a broken zlib stream has it relayed as it is; the rest is recorded as lost context', async () => {
    const { gateway, recorder, db } = await record();
    await using client = await RawClient.connect(
      recorder.gatewayUrl,
      '?v=10&encoding=json&compress=zlib-stream',
    );
    await client.until(1);
    client.send(TEXT, IDENTIFY);
    await client.until(3);
    const broken = Buffer.from('ffffffffffff0000ffff', 'hex');
    await gateway.peer.sendRaw(broken);
    await gateway.dispatch('MESSAGE_CREATE', messageCreate(1));
    client.send(TEXT, '{"op":1,"d":3}');
    await client.until(6);
    await recorder.close();
    expect(client.frames[3]?.payload.equals(broken)).toBe(true);
    expect(frameNames(db)).toEqual([
      'gateway op 10',
      'client op 2',
      'gateway READY',
      'gateway GUILD_CREATE',
      'gateway inflate_failed',
      'gateway context_lost',
      'client op 1',
      'gateway context_lost',
    ]);
    expect(recorder.figures()).toMatchObject({ frames: 8, undecodable: 3 });
  });

  it('half a frame and then a reset leaves both, and the next connection is served', async () => {
    const recording = await record();
    const { gateway, recorder, db } = recording;
    await using client = await RawClient.connect(recorder.gatewayUrl);
    await client.until(1);
    client.send(TEXT, IDENTIFY);
    await client.until(3);
    gateway.peer.writeSocket(Buffer.from('817e0100' + '7b226f70', 'hex')); // 4 of 256 bytes
    await once(client.socket, 'data');
    gateway.peer.reset();
    await client.closed;
    await expectService(recording);
    await recorder.close();
    expect(frameNames(db).slice(0, 5)).toEqual([
      'gateway op 10',
      'client op 2',
      'gateway READY',
      'gateway GUILD_CREATE',
      'gateway truncated',
    ]);
    expect(rowsOf(db, 'SELECT close_code, closed_by FROM connection LIMIT 1')).toEqual([
      { close_code: null, closed_by: 'gateway' },
    ]);
  });

  it('a payload over the limit has it relayed whole and recorded as too large, without its bytes', async () => {
    const { gateway, recorder, db } = await record({ maxPayloadBytes: 8192 });
    await using client = await RawClient.connect(recorder.gatewayUrl);
    await client.until(1);
    client.send(TEXT, IDENTIFY);
    await client.until(3);
    const large = { ...messageCreate(1), content: 'x'.repeat(9000) };
    await gateway.dispatch('MESSAGE_CREATE', large);
    await gateway.dispatch('MESSAGE_CREATE', messageCreate(2));
    client.send(BINARY, Buffer.alloc(9000, '{'));
    await client.until(5);
    await recorder.close();
    expect(client.frames[3]?.payload.toString()).toContain(large.content);
    expect(frameNames(db)).toEqual(
      expect.arrayContaining(['gateway too_large', 'gateway MESSAGE_CREATE', 'client too_large']),
    );
    const stored = rowsOf(db, 'SELECT max(length(bytes)) AS longest FROM frame_bytes');
    expect(Number(stored[0]?.['longest'] ?? 0)).toBeLessThan(9000);
  });
});

describe('an upstream that', () => {
  /** A server on a free port that answers connections in its own way. */
  async function serve(server: Server): Promise<string> {
    const sockets = new Set<Socket>();
    server.on('connection', (socket: Socket) => sockets.add(socket));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('is down is a 502 and one line that names it', async () => {
    const server = createServer();
    const upstream = await serve(server);
    server.close();
    const { recorder, db, lines } = await record({ upstream });
    await using client = await RawClient.connect(recorder.gatewayUrl);
    expect(client.answer).toMatch(/^HTTP\/1\.1 502 /);
    await recorder.close();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(new URL(upstream).host);
    expect(rowsOf(db, 'SELECT upgrade_status FROM connection')).toEqual([{ upgrade_status: 502 }]);
  });

  it('refuses has its own status passed on', async () => {
    const upstream = await serve(
      createHttpServer().on('upgrade', (_, socket) =>
        socket.end('HTTP/1.1 429 Slow down\r\nRetry-After: 7\r\n\r\n'),
      ),
    );
    const { recorder, db } = await record({ upstream });
    await using client = await RawClient.connect(recorder.gatewayUrl);
    expect(client.answer).toMatch(/^HTTP\/1\.1 429 /);
    expect(client.answer).toMatch(/retry-after: 7/i);
    await recorder.close();
    expect(rowsOf(db, 'SELECT upgrade_status FROM connection')).toEqual([{ upgrade_status: 429 }]);
  });

  it('hangs holds up neither the others nor the end', async () => {
    const server = createServer();
    const { recorder } = await record({ upstream: await serve(server) });
    const isDialled = once(server, 'connection');
    const answer = RawClient.connect(recorder.gatewayUrl);
    answer.catch(() => undefined);
    await isDialled;
    expect((await fetch(`${recorder.apiUrl}/gateway`)).status).toBe(200);
    await recorder.close();
  });

  it('sends nothing is a connection without frames', async () => {
    const { recorder, db } = await record({
      upstream: await serve(
        createHttpServer().on('upgrade', (_, socket) =>
          socket.write(
            'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
          ),
        ),
      ),
    });
    await using client = await RawClient.connect(recorder.gatewayUrl);
    expect(client.answer).toMatch(/^HTTP\/1\.1 101 /);
    const summary = await recorder.close();
    expect(summary).toMatchObject({ connections: 1, frames: 0 });
    expect(rowsOf(db, 'SELECT closed_by FROM connection')).toEqual([{ closed_by: 'proxy' }]);
  });
});

describe('a recorder that cannot start', () => {
  it('because the port is in use says so, and touches no database', async () => {
    const { recorder } = await record();
    const db = scratchFile();
    const listen = new URL(recorder.gatewayUrl).host;
    await expect(startRecorder({ listen, db })).rejects.toThrow(NetworkError);
    expect(existsSync(db)).toBe(false);
  });

  it.each<[string, RegExp, (path: string) => unknown]>([
    ['no database', /is not a database/, (path) => writeFileSync(path, 'Dear diary, '.repeat(100))],
    ['a folder', /is a folder/, (path) => mkdirSync(path)],
    ['newer than the program', /version 9999/, makeNewer],
    ['locked by another program', /is locked/, lockAsOther],
    ['being recorded into', /another gatetape is writing to/, lockAsRecorder],
  ])(
    'because the database is %s throws a StoreError with a hint, and frees the port',
    async (_, message, spoil) => {
      const db = scratchFile();
      await spoil(db);
      const listen = await freeAddress();
      const failure = startRecorder({ listen, db });
      await expect(failure).rejects.toThrow(StoreError);
      await expect(failure).rejects.toThrow(message);
      await expect(failure).rejects.toMatchObject({
        hint: expect.stringMatching(/\w/) as string,
        exitCode: 3,
      });
      const again = await startRecorder({ listen, db: join(dirname(db), 'other.sqlite') });
      await again.close();
    },
  );

  it.skipIf(process.getuid?.() === 0)(
    'because the folder is read-only throws a StoreError (needs a user other than root)',
    async () => {
      await expect(startRecorder({ listen: '127.0.0.1:0', db: '/gatetape.sqlite' })).rejects.toThrow(
        StoreError,
      );
    },
  );

  it.each([
    [{ upstream: 'http://localhost' }, /upstream/],
    [{ onOverload: 'panic' }, /onOverload/],
    [{ databse: 'x.sqlite' }, /databse/],
    [{ maxPayloadBytes: -1 }, /maxPayloadBytes/],
  ])('because of a wrong option throws a UsageError that names it: %j', async (options, message) => {
    const failure = startRecorder(options as RecorderOptions);
    await expect(failure).rejects.toThrow(UsageError);
    await expect(failure).rejects.toThrow(message);
  });

  async function freeAddress(): Promise<string> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    return `127.0.0.1:${port}`;
  }

  async function makeNewer(path: string): Promise<void> {
    await (await startRecorder({ listen: '127.0.0.1:0', db: path })).close();
    const db = openSqlite(path);
    db.exec("INSERT INTO migration VALUES (9999, '9999_later', 'none', 0)");
    db.close();
  }

  function lockAsOther(path: string): void {
    const other = openSqlite(path);
    other.exec(`PRAGMA application_id = ${APPLICATION_ID}; CREATE TABLE diary (entry TEXT); BEGIN EXCLUSIVE`);
    onTestFinished(() => void other.close());
  }

  async function lockAsRecorder(path: string): Promise<void> {
    const other = await startRecorder({ listen: '127.0.0.1:0', db: path });
    onTestFinished(() => other[Symbol.asyncDispose]());
  }
});
