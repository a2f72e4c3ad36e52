/**
 * Scene: a gateway that sends, something in the middle, and a client that counts; each in its own process.
 *
 *   gateway (load) ──► the program under measurement ──► client (load)
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { connect } from 'node:net';
import process from 'node:process';
import { Load, Program } from './processes.mjs';

/** Programs for the middle, by name; each is started with the gateway's URL and a scratch folder. */
export const MIDDLES = {
  gatetape: (upstream, folder, ...flags) => startGatetape(upstream, join(folder, 'gatetape.sqlite'), flags),
  pipe: (upstream) => startRelay('references/pipe.mjs', upstream),
  'http-proxy': (upstream) => startRelay('references/http-proxy.mjs', upstream),
  naive: (upstream) => startRelay('references/naive.mjs', upstream),
  mitmproxy: (upstream, folder) => startMitmproxy(upstream, join(folder, 'flows.mitm')),
};

/** Version of the installed mitmproxy, or null. */
export function mitmproxyVersion() {
  const { stdout, status } = spawnSync('mitmdump', ['--version'], { encoding: 'utf8' });
  return status === 0 ? (/Mitmproxy: (\S+)/.exec(stdout)?.[1] ?? null) : null;
}

async function startGatetape(upstream, db, flags) {
  const urls = ['--upstream', upstream, '--api', upstream.replace('ws', 'http')];
  const program = Program.node(
    '../../dist/bundle/main.js',
    'record',
    '--listen',
    '127.0.0.1:0',
    ...urls,
    '--db',
    db,
    ...flags,
  );
  const { gatewayUrl } = await program.nextLine();
  return { program, url: gatewayUrl, db, listeningMs: performance.now() - program.startedMs };
}

async function startRelay(script, upstream) {
  const program = Program.node(script, upstream);
  const { gatewayUrl } = await program.nextLine();
  return { program, url: gatewayUrl };
}

async function startMitmproxy(upstream, file) {
  const port = await freePort();
  const listen = ['--listen-host', '127.0.0.1', '--listen-port', String(port)];
  const program = new Program('mitmdump', [
    '-q',
    '--mode',
    `reverse:${upstream.replace('ws', 'http')}`,
    ...listen,
    '-w',
    file,
  ]);
  await answering(port);
  return { program, url: `ws://127.0.0.1:${port}`, file };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Resolves when a server listens on `port`. */
async function answering(port) {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const isOpen = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`no server listens on port ${port}`);
}

const scratch = new Set();

// Those who still write into it are being killed: processes.mjs.
process.on('exit', () => scratch.forEach(remove));

/** Calls `action` with a folder that is gone afterwards, however the run ends. */
export async function inScratch(action) {
  const folder = mkdtempSync(join(tmpdir(), 'gatetape-bench-'));
  scratch.add(folder);
  try {
    return await action(folder);
  } finally {
    remove(folder);
  }
}

function remove(folder) {
  scratch.delete(folder);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** A gateway and a client with one kind of traffic, for any number of middles one after the other. */
export class Scene {
  /** `traffic`: mix, guilds or heartbeats; `count` of them before they repeat. */
  static async set({ traffic, count, compress = 'none' }) {
    const scene = new Scene();
    scene.compress = compress;
    [scene.gateway, scene.client] = await Promise.all([Load.start('gateway'), Load.start('client')]);
    scene.upstream = `ws://127.0.0.1:${scene.gateway.port}`;
    const { wireBytes } = await scene.gateway.order('prepare', {
      traffic,
      count,
      compress,
      seed: 1,
      url: scene.upstream,
    });
    scene.frameBytes = wireBytes / count;
    return scene;
  }

  /** Opens connections through whatever listens at `url`, and logs in: `atOnce` of them at a time. The client makes payloads of them if `isParsing`. */
  async connect(url, count = 1, { atOnce, isParsing } = {}) {
    const transport = this.compress === 'none' ? '' : `&compress=${this.compress}`;
    await this.client.order('connect', {
      url: `${url}/?v=10&encoding=json${transport}`,
      count,
      atOnce,
      isParsing,
    });
  }

  /** Sends frames on every connection and resolves with how long they took to come through, in ms. */
  async play(frames, { perSecond, skip } = {}) {
    const received = this.client.order('receive', { frames, skip });
    await this.gateway.order('play', { frames, perSecond, skip });
    return (await received).ms;
  }

  /** Round trips on the first connection, one after the other, in µs. */
  async ping(count) {
    return (await this.client.order('ping', { count })).micros;
  }

  /** Ends every connection from the gateway's side, after everything has come through. */
  async hangUp() {
    await Promise.all([this.gateway.order('close'), this.client.order('closed')]);
  }

  /** Ends both processes. */
  async strike() {
    await Promise.all([this.gateway.stop(), this.client.stop()]);
  }
}
