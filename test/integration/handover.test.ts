/** Handover of a recorder to a new process, with real processes: connections, files, and what happens if one of the two fails. */
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { Gatetape, gatetape } from '../support/gatetape.js';
import { RawClient } from '../support/raw-client.js';
import { scratchFile } from '../support/scratch.js';
import { expectConsistent, rowsOf } from '../support/stores.js';
import { until } from '../support/until.js';

const IDENTIFY = JSON.stringify({ op: 2, d: { token: 'a', intents: 1, properties: {} } });

interface Listening {
  readonly gatewayUrl: string;
  readonly metricsUrl: string;
  readonly pid: number;
}

/** A gateway that sends numbered dispatches to each connection that has identified, until it is stopped. */
class NumberedGateway {
  /** Dispatches by the number of their connection, which is the session's too. */
  readonly sent = new Map<number, number>();
  readonly #server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  #connections = 0;
  #isStopped = false;

  static async start(): Promise<NumberedGateway> {
    const gateway = new NumberedGateway();
    await once(gateway.#server, 'listening');
    onTestFinished(() => {
      for (const socket of gateway.#server.clients) socket.terminate();
      gateway.#server.close();
    });
    return gateway;
  }

  constructor() {
    this.#server.on('connection', (socket) => {
      const number = (this.#connections += 1);
      const dispatch = (t: string, d: object): void => {
        this.sent.set(number, (this.sent.get(number) ?? 0) + 1);
        socket.send(JSON.stringify({ op: 0, t, s: this.sent.get(number), d }));
      };
      socket.send(JSON.stringify({ op: 10, d: { heartbeat_interval: 41_250 } }));
      socket.once('message', () => {
        dispatch('READY', { session_id: `session-${number}`, user: { id: '1' }, v: 10 });
        const timer = setInterval(() => {
          if (!this.#isStopped) dispatch('TYPING_START', { number, user_id: '1' });
        }, 2);
        socket.once('close', () => clearInterval(timer));
      });
    });
  }

  get url(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#isStopped = true;
  }
}

const flagsOf = (gateway: NumberedGateway, db: string): string[] => [
  ...['--listen', '127.0.0.1:0', '--upstream', `ws://${gateway.url}`, '--api', `http://${gateway.url}/api`],
  ...['--db', db],
];

/** Ends a process with the test that is no child of this one. */
function killLater(pid: number): void {
  onTestFinished(() => {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  });
}

async function logIn(gatewayUrl: string): Promise<RawClient> {
  const client = await RawClient.connect(gatewayUrl);
  onTestFinished(() => client[Symbol.asyncDispose]());
  await client.until(1);
  client.send(0x81, IDENTIFY);
  await client.until(3);
  return client;
}

const filesOf = (db: string): string[] =>
  readdirSync(dirname(db))
    .filter((name) => name.endsWith('.sqlite'))
    .map((name) => join(dirname(db), name));

/** Sequence numbers of each connection of the gateway, in a file. */
function seqsByConnection(file: string): Map<number, number[]> {
  const rows = rowsOf(
    file,
    `SELECT connection_id, seq, coalesce(body ->> '$.d.number', substr(body ->> '$.d.session_id', 9)) AS number
     FROM frame JOIN payload ON payload.frame_id = frame.id WHERE seq NOTNULL ORDER BY frame.id`,
  );
  const names = new Map(
    rows
      .filter(({ number }) => /^\d+$/.test(String(number)))
      .map((row) => [row['connection_id'], Number(row['number'])]),
  );
  const seqs = new Map<number, number[]>();
  for (const { connection_id: id, seq } of rows) {
    const number = names.get(id) ?? 0;
    seqs.set(number, [...(seqs.get(number) ?? []), Number(seq)]);
  }
  return seqs;
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

describe('record --handover', () => {
  it('hands over twice, refuses no client, drops no connection, and has each frame in one file', async () => {
    const db = scratchFile();
    const gateway = await NumberedGateway.start();
    const flags = ['record', '--handover', ...flagsOf(gateway, db), '--metrics', '127.0.0.1:0', '--lint'];
    const first = new Gatetape(flags);
    const { gatewayUrl, metricsUrl, pid } = JSON.parse(await first.line()) as Listening;
    expect(pid).toBe(first.process.pid);
    expect(statSync(`${db}-handover`).mode & 0o777).toBe(0o600);

    let isOver = false;
    let visits = 0;
    const visit = async (): Promise<void> => {
      while (!isOver) {
        const client = await RawClient.connect(gatewayUrl);
        await client.until(1);
        await client[Symbol.asyncDispose]();
        expect((await fetch(`${metricsUrl}/healthz`, { headers: { connection: 'close' } })).status).toBe(200);
        visits += 1;
      }
    };
    const visiting = visit();
    const clients = [await logIn(gatewayUrl)];
    const pids: number[] = [];
    for (let round = 0; round < 2; round += 1) {
      const { exitCode, stdout, stderr } = await gatetape(flags);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      const listening = JSON.parse(stdout) as Listening;
      expect(listening).toMatchObject({ gatewayUrl, metricsUrl });
      killLater(listening.pid);
      pids.push(listening.pid);
      clients.push(await logIn(gatewayUrl));
    }
    isOver = true;
    await visiting;
    expect(visits).toBeGreaterThan(2);
    gateway.stop();
    for (const client of clients) expect(client.socket.destroyed).toBe(false);
    const lines = first.process.stdout;
    // The first one ends by itself when its last client goes.
    await clients[0]!.until(1 + (gateway.sent.get(numberOf(clients[0]!)) ?? NaN));
    await clients[0]![Symbol.asyncDispose]();
    await once(first.process, 'exit');
    expect(first.process.exitCode).toBe(0);
    // The second one is killed while it serves its client, which is nothing to the third one.
    await clients[1]!.until(1 + (gateway.sent.get(numberOf(clients[1]!)) ?? NaN));
    const files = filesOf(db);
    expect(files).toHaveLength(3);
    await until(() =>
      files.some(
        (file) =>
          seqsByConnection(file).get(numberOf(clients[1]!))?.length ===
          gateway.sent.get(numberOf(clients[1]!)),
      ),
    );
    process.kill(pids[0]!, 'SIGKILL');
    await clients[1]!.closed;
    expect(clients[2]!.socket.destroyed).toBe(false);
    process.kill(pids[1]!, 'SIGTERM');
    await once(lines, 'end');

    const found = files.map(seqsByConnection);
    for (const client of clients) {
      const number = numberOf(client);
      expect(found.flatMap((seqs) => seqs.get(number) ?? [])).toEqual(upTo(gateway.sent.get(number) ?? 0));
      expect(found.filter((seqs) => seqs.has(number))).toHaveLength(1);
    }
    for (const file of files) expectConsistent(file);
    // One key for all, as after a rotation.
    expect(
      new Set(
        files.map((file) => String(rowsOf(file, 'SELECT hex(key) AS key FROM placeholder_key')[0]?.['key'])),
      ).size,
    ).toBe(1);
    expect(rowsOf(db, 'SELECT continues_file IS NULL AS first FROM rotation')).toEqual([{ first: 0 }]);
    expect(existsSync(`${db}-handover`)).toBe(false);
  });

  it('goes on as before if the new process cannot start, and says why', async () => {
    const db = scratchFile();
    const gateway = await NumberedGateway.start();
    const flags = ['record', '--handover', ...flagsOf(gateway, db)];
    const program = new Gatetape(flags);
    const { gatewayUrl } = JSON.parse(await program.line()) as Listening;
    const client = await logIn(gatewayUrl);
    const busy = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void busy.close());
    await once(busy, 'listening');
    const { port } = busy.address() as AddressInfo;
    const { exitCode, stderr } = await gatetape([...flags, '--metrics', `127.0.0.1:${port}`]);
    expect(exitCode).toBe(4);
    expect(stderr).toContain(`gatetape: cannot listen on 127.0.0.1:${port}: the port is in use`);
    await until(() =>
      program.stderr.includes('the new recorder did not start, and this one goes on as before'),
    );
    expect(client.socket.destroyed).toBe(false);
    await logIn(gatewayUrl);
    expect(filesOf(db)).toEqual([db]);
    program.signal('SIGINT');
    expect((await program.ended()).exitCode).toBe(0);
    expect(existsSync(`${db}-handover`)).toBe(false);
  });

  it('hands over by SIGUSR2 too, with a page, names the main process to systemd, and ends after --drain', async () => {
    const db = scratchFile();
    const gateway = await NumberedGateway.start();
    const notified = join(dirname(db), 'notified');
    const bin = join(dirname(db), 'systemd-notify');
    writeFileSync(bin, `#!/bin/sh\necho "$@" > '${notified}'\n`);
    chmodSync(bin, 0o700);
    const program = new Gatetape(
      ['record', ...flagsOf(gateway, db), '--ui', '127.0.0.1:0', '--drain', '200ms'],
      {
        env: { PATH: `${dirname(db)}${delimiter}${process.env['PATH'] ?? ''}`, NOTIFY_SOCKET: '/nowhere' },
      },
    );
    const { gatewayUrl } = JSON.parse(await program.line()) as Listening;
    const client = await logIn(gatewayUrl);
    program.signal('SIGUSR2');
    const listening = JSON.parse(await program.line()) as Listening;
    killLater(listening.pid);
    expect(listening).toMatchObject({ gatewayUrl, uiUrl: expect.stringMatching(/^http:/) as string });
    expect(readFileSync(notified, 'utf8')).toBe(`MAINPID=${listening.pid}\n`);
    await once(program.process, 'exit');
    expect(program.process.exitCode).toBe(0);
    await client.closed;
    await logIn(gatewayUrl);
    const end = once(program.process.stdout, 'end');
    process.kill(listening.pid, 'SIGINT');
    await end;
  });
});

/** Number that the gateway has given to a client's connection. */
function numberOf(client: RawClient): number {
  const ready =
    client.frames.map(({ payload }) => payload.toString()).find((text) => text.includes('session-')) ?? '';
  return Number(/session-(\d+)/.exec(ready)?.[1]);
}
