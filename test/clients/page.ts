/**
 * Rows of docs/clients.md: how each client that runs here is made from the code of its row, as it is written there.
 *
 * A row's code is run with the names that it uses, which are the library's exports. Its intents are added, as a
 * bot has some, and no more.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import https from 'node:https';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { runInThisContext } from 'node:vm';
import { SECRETS } from '../support/payloads.js';
import { connectCloudStorm, type CloudStormClient } from './cloudstorm.js';
import { followDetritus, type DetritusSocket } from './detritus.js';
import { logInDiscordJs, type DiscordJsClient } from './discord-js.js';
import { connectDiscordJsWs, type DiscordJsWsManager } from './discordjs-ws.js';
import { connectEris, type ErisClient } from './eris.js';
import { loadLibrary, whyNot } from './libraries.js';
import type { Logbook, Packet } from './logbook.js';
import { connectOceanic, type OceanicClient } from './oceanic.js';
import { connectSeyfert, type SeyfertLibrary } from './seyfert.js';
import type { StartClient } from './stage.js';

/** A row, in words, and its code: the text in backticks that names the recorder's port. */
export interface PageRow {
  readonly client: string;
  readonly code: readonly string[];
  /** `as written`, or why it is not run. */
  readonly tried: string;
}

/** How a client is made of the code of its row. */
interface Recipe {
  /** Why it cannot be run here, or null. */
  readonly whyNot: () => string | null;
  /** Whether the recorder speaks TLS. */
  readonly tls?: true;
  readonly start: (code: readonly string[]) => StartClient;
}

// Of the recorder on that page.
const EXAMPLE_PORT = '7331';
const PYTHON = '/usr/bin/python3';

const token = SECRETS.token;
const INTENTS = 513;

/** Rows of the page. */
export function readPage(): readonly PageRow[] {
  const page = readFileSync(new URL('../../docs/clients.md', import.meta.url), 'utf8');
  const [, table = ''] = /^\| client .*\n\| -.*\n((?:\|.*\n)+)/m.exec(page) ?? [];
  return table
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [client = '', how = '', tried = ''] = line.slice(1, -1).split(' | ');
      const pieces = [...how.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);
      const code = pieces.filter((piece) => piece.includes(EXAMPLE_PORT));
      return { client: client.trim(), code, tried: tried.trim() };
    });
}

/** Runs code with these names, and returns what the last piece of it is. */
function run(code: readonly string[], apiUrl: string, names: Readonly<Record<string, unknown>>): unknown {
  const pieces = code.map((piece) => piece.replaceAll(EXAMPLE_PORT, new URL(apiUrl).port));
  const last = pieces.pop() ?? '';
  const body = `(${Object.keys(names).join(', ')}) => { ${pieces.join('; ')}; return (${last}); }`;
  return (runInThisContext(body) as (...values: unknown[]) => unknown)(...Object.values(names));
}

/** What `new` makes with a function. */
function made(make: (...values: never[]) => object): unknown {
  return function (...values: never[]) {
    return make(...values);
  };
}

type Exports<Name extends string> = Readonly<Record<Name, new (...values: unknown[]) => object>>;

const needing =
  (...names: readonly string[]) =>
  (): string | null =>
    whyNot(names);

/** How each client is made, by the first cell of its row. */
export const RECIPES: Readonly<Record<string, Recipe>> = {
  'discord.js 14': {
    whyNot: () => null,
    start: (code) => (target, logbook) => {
      const { Client } = loadLibrary('discord.js') as Exports<'Client'>;
      return logInDiscordJs(
        run(code, target.apiUrl, {
          Client: made((options: object) => new Client({ intents: INTENTS, ...options })),
        }) as DiscordJsClient,
        logbook,
      );
    },
  },
  '@discordjs/ws 1': {
    whyNot: () => null,
    start: (code) =>
      startDiscordJsWs(code, createRequire(createRequire(import.meta.url).resolve('discord.js'))),
  },
  '@discordjs/ws 2': {
    whyNot: needing('@discordjs/ws', '@discordjs/rest'),
    start: (code) => startDiscordJsWs(code, loadLibrary),
  },
  eris: {
    whyNot: needing('eris'),
    start: (code) => (target, logbook) => {
      const { Client } = loadLibrary('eris') as Exports<'Client'>;
      const client = new Client(`Bot ${token}`, { intents: INTENTS }) as ErisClient;
      run(code, target.apiUrl, { client });
      return connectEris(client, logbook);
    },
  },
  dysnomia: {
    whyNot: needing('@projectdysnomia/dysnomia'),
    start: (code) => (target, logbook) => {
      const { Client } = loadLibrary('@projectdysnomia/dysnomia') as Exports<'Client'>;
      const make = (_: string, options: object): object =>
        new Client(`Bot ${token}`, { gateway: { intents: INTENTS }, ...options });
      return connectEris(run(code, target.apiUrl, { token, Client: made(make) }) as ErisClient, logbook);
    },
  },
  'oceanic.js 1': {
    whyNot: needing('oceanic.js'),
    start: (code) => (target, logbook) => {
      const { Client } = loadLibrary('oceanic.js') as Exports<'Client'>;
      const make = (options: object): object =>
        new Client({ auth: `Bot ${token}`, gateway: { intents: INTENTS }, ...options });
      return connectOceanic(run(code, target.apiUrl, { Client: made(make) }) as OceanicClient, logbook);
    },
  },
  'detritus-client-socket': {
    whyNot: needing('detritus-client-socket'),
    start: (code) => (target, logbook) => {
      const { Gateway } = loadLibrary('detritus-client-socket') as { Gateway: Exports<'Socket'> };
      const socket = new Gateway.Socket(token, { intents: INTENTS, reconnectDelay: 0 }) as DetritusSocket;
      run(code, target.apiUrl, { token, Gateway: { Socket: made(() => socket) } });
      return followDetritus(socket, logbook);
    },
  },
  CloudStorm: {
    whyNot: needing('cloudstorm'),
    start: (code) => (target, logbook) => {
      const { Client } = loadLibrary('cloudstorm') as Exports<'Client'>;
      const { SnowTransfer } = loadLibrary('snowtransfer') as Exports<'SnowTransfer'>;
      const make = (_: string, options: object): object =>
        new Client(token, { intents: INTENTS, shards: [0], ws: { connectThrottle: 0 }, ...options });
      const client = run(code, target.apiUrl, { token, Client: made(make), SnowTransfer });
      return connectCloudStorm(client as CloudStormClient, logbook);
    },
  },
  discordeno: {
    whyNot: needing('@discordeno/bot'),
    start: (code) => (target, logbook) => startDiscordeno(code, target.apiUrl, logbook),
  },
  Seyfert: {
    whyNot: needing('seyfert'),
    tls: true,
    start: (code) => (target, logbook) => {
      const library = loadLibrary('seyfert') as SeyfertLibrary;
      const { ApiHandler } = library;
      const api = run(code, target.apiUrl, { token, https, ApiHandler }) as InstanceType<typeof ApiHandler>;
      return connectSeyfert(library, api, logbook);
    },
  },
  'discord.py 2': {
    whyNot: () =>
      existsSync('/usr/lib/python3/dist-packages/discord')
        ? null
        : 'it is not installed; apt-get install python3-discord brings it',
    start: (code) => (target, logbook) => startDiscordPy(code, target.apiUrl, logbook),
  },
};

function startDiscordJsWs(code: readonly string[], load: (name: string) => unknown): StartClient {
  return (target, logbook) => {
    const { REST } = load('@discordjs/rest') as Exports<'REST'>;
    const { WebSocketManager } = load('@discordjs/ws') as Exports<'WebSocketManager'>;
    const manager = run(code, target.apiUrl, { token, intents: INTENTS, REST, WebSocketManager });
    return connectDiscordJsWs(manager as DiscordJsWsManager, logbook);
  };
}

interface Discordeno {
  createBot(options: object): { start(): Promise<void>; shutdown(): Promise<void> };
}

function startDiscordeno(code: readonly string[], apiUrl: string, logbook: Logbook): () => Promise<void> {
  const library = loadLibrary('@discordeno/bot') as Discordeno;
  const raw = (packet: Packet): void => {
    logbook.packet(packet);
    if (packet.t === 'READY') logbook.note('ready');
    if (packet.t === 'RESUMED') logbook.note('resumed');
  };
  const createBot = (options: object): unknown =>
    library.createBot({ intents: INTENTS, events: { raw }, desiredProperties: {}, ...options });
  const bot = run(code, apiUrl, { token, createBot }) as ReturnType<Discordeno['createBot']>;
  bot.start().catch((error: unknown) => logbook.error(error));
  return () => bot.shutdown();
}

function startDiscordPy(code: readonly string[], apiUrl: string, logbook: Logbook): () => void {
  const script = fileURLToPath(new URL('discord-py.py', import.meta.url));
  const child = spawn(PYTHON, [script], { stdio: ['pipe', 'pipe', 'pipe'] });
  const text = code.join('\n').replaceAll(EXAMPLE_PORT, new URL(apiUrl).port);
  child.stdin.end(JSON.stringify({ code: text, token }));
  createInterface({ input: child.stdout }).on('line', (line) => {
    const packet = JSON.parse(line) as Packet;
    logbook.packet(packet);
    if (packet.t === 'READY') logbook.note('ready');
    if (packet.t === 'RESUMED') logbook.note('resumed');
  });
  createInterface({ input: child.stderr }).on('line', (line) => logbook.error(line));
  return () => void child.kill('SIGINT');
}
