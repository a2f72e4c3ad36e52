/**
 * Code of a scaffold: a test file that plays a tape to a client of a library.
 *
 * Only numbers of the recording, and words that this file has itself, become code.
 */
import { OP } from '../gateway/opcodes.js';
import type { Shard } from '../gateway/payload.js';
import type { Compression } from '../wire/transport.js';

/** Libraries that a test can be written for. */
export const SCAFFOLD_LIBRARIES = [
  'discord.js',
  '@discordjs/ws',
  'eris',
  'oceanic.js',
  'seyfert',
  'ws',
] as const;

/** One of them. */
export type ScaffoldLibrary = (typeof SCAFFOLD_LIBRARIES)[number];

/** What of a recording becomes code. */
export interface ScaffoldFacts {
  readonly session: number;
  /** File name of the tape, beside the test. */
  readonly tape: string;
  readonly shard: Shard;
  /** Null for a client that gave none, such as a user's. */
  readonly intents: number | null;
  readonly compress: Compression;
}

type ClientFacts = ScaffoldFacts & { readonly intents: number };

/** Code of one library. */
interface ClientCode {
  readonly imports: readonly string[];
  /** Comments before the first line. */
  readonly before: readonly string[];
  /** Lines that make the client and connect it. */
  readonly connect: readonly string[];
  readonly disconnect: string;
  /** Functions below the test. */
  readonly functions: readonly string[];
}

const TOKEN = "'any.token.will-do'";
const BOT_TOKEN = "'Bot any.token.will-do'";

const CODES: Readonly<Record<ScaffoldLibrary, (facts: ClientFacts) => ClientCode>> = {
  'discord.js': ({ shard: [id, count], intents, compress }) => ({
    imports: ["import { Client } from 'discord.js';"],
    before:
      compress === 'none' ? [] : ['// discord.js asks for zlib-stream if zlib-sync is installed beside it.'],
    connect: [
      `const client = new Client({ intents: ${intents}, shards: [${id}], shardCount: ${count}, rest: { api: gateway.apiUrl } });`,
      `await client.login(${TOKEN});`,
    ],
    disconnect: 'await client.destroy();',
    functions: [],
  }),
  '@discordjs/ws': ({ shard: [id, count], intents, compress }) => ({
    imports: [
      "import { REST } from '@discordjs/rest';",
      `import { ${compress === 'none' ? '' : 'CompressionMethod, '}WebSocketManager } from '@discordjs/ws';`,
    ],
    before: [],
    connect: [
      ...(compress === 'none'
        ? []
        : [
            '// Version 1 has ZlibStream, which needs zlib-sync, and version 2 ZlibNative.',
            'const { ZlibNative, ZlibStream } = CompressionMethod as unknown as Record<string, undefined>;',
          ]),
      'const client = new WebSocketManager({',
      `  token: ${TOKEN},`,
      `  intents: ${intents},`,
      `  rest: new REST({ api: gateway.apiUrl }).setToken(${TOKEN}),`,
      `  shardIds: [${id}],`,
      `  shardCount: ${count},`,
      `  compression: ${compress === 'none' ? 'null' : 'ZlibNative ?? ZlibStream'},`,
      '});',
      'await client.connect();',
    ],
    disconnect: 'await client.destroy();',
    functions: [],
  }),
  eris: ({ shard: [id, count], intents, compress }) => ({
    imports: ["import { Client } from 'eris';"],
    before: [],
    connect: [
      `const client = new Client(${BOT_TOKEN}, {`,
      `  intents: ${intents},`,
      `  compress: ${compress !== 'none'},`,
      `  firstShardID: ${id},`,
      `  lastShardID: ${id},`,
      `  maxShards: ${count},`,
      '});',
      '// The REST client of eris speaks TLS only, and cannot ask the mock where the gateway is.',
      `client.getBotGateway = () => Promise.resolve({ url: gateway.gatewayUrl, shards: ${count} }) as never;`,
      "client.on('error', () => undefined);",
      'await client.connect();',
    ],
    disconnect: 'client.disconnect({ reconnect: false });',
    functions: [],
  }),
  'oceanic.js': ({ shard: [id, count], intents, compress }) => ({
    imports: ["import { Client } from 'oceanic.js';"],
    before: [],
    connect: [
      'const client = new Client({',
      `  auth: ${BOT_TOKEN},`,
      '  gateway: {',
      `    intents: ${intents},`,
      `    compress: ${compress === 'none' ? 'false' : "'zlib-stream'"},`,
      `    firstShardID: ${id},`,
      `    lastShardID: ${id},`,
      `    maxShards: ${count},`,
      '  },',
      "  rest: { baseURL: gateway.apiUrl + '/v10' },",
      '});',
      "client.on('error', () => undefined);",
      'await client.connect();',
    ],
    disconnect: 'client.disconnect(false);',
    functions: [],
  }),
  seyfert: ({ shard: [id, count], intents }) => ({
    imports: [
      "import { mkdtempSync, readFileSync, rmSync } from 'node:fs';",
      "import { globalAgent } from 'node:https';",
      "import { tmpdir } from 'node:os';",
      "import { join } from 'node:path';",
      "import { startRecorder } from 'gatetape';",
      "import { Logger, ShardManager } from 'seyfert';",
    ],
    before: [],
    connect: [
      '// The WebSocket of Seyfert speaks TLS, on the default port of node:https: a recorder in front of the mock speaks it too.',
      "const folder = mkdtempSync(join(tmpdir(), 'seyfert-'));",
      "const caDir = join(folder, 'ca');",
      'const front = await startRecorder({',
      "  ...{ listen: '127.0.0.1:0', tls: true, caDir, db: join(folder, 'front.sqlite') },",
      '  ...{ upstream: gateway.gatewayUrl, api: gateway.apiUrl },',
      '});',
      'Object.assign(globalAgent, { defaultPort: Number(new URL(front.apiUrl).port) });',
      "globalAgent.options.ca = readFileSync(join(caDir, 'ca.pem'), 'utf8');",
      'Object.assign(Logger.DEFAULT_OPTIONS, { active: false });',
      'const limit = { total: 1000, remaining: 1000, reset_after: 0, max_concurrency: 1 };',
      'const client = new ShardManager({',
      `  token: ${TOKEN},`,
      `  intents: ${intents},`,
      `  info: { url: front.gatewayUrl, shards: ${count}, session_start_limit: limit },`,
      `  ...{ shardStart: ${id}, shardEnd: ${id + 1}, totalShards: ${count} },`,
      '  reconnectTimeout: 50,',
      '  resharding: { interval: 0, percentage: 0, getInfo: () => Promise.reject(), onGuild: () => false, reloadGuilds: () => undefined },',
      '  handlePayload: () => undefined,',
      '});',
      'await client.spawnShards();',
    ],
    disconnect:
      'client.disconnectAll();\n    await front.close();\n    rmSync(folder, { recursive: true, force: true });',
    functions: [],
  }),
  ws: ({ compress }) => ({
    imports: [
      ...(compress === 'none' ? [] : ["import { createInflate } from 'node:zlib';"]),
      "import { WebSocket, type RawData } from 'ws';",
    ],
    before:
      compress === 'zstd-stream'
        ? ['// The recorded client asked for zstd-stream; this one asks for zlib-stream.']
        : [],
    connect: [
      '// The IDENTIFY of the recorded client.',
      `const identify = gateway.recorded.find(({ payload }) => payload.op === ${OP.IDENTIFY})?.payload;`,
      'const disconnect = connect(gateway.gatewayUrl, identify);',
    ],
    disconnect: 'disconnect();',
    functions: formatBareClient(compress !== 'none'),
  }),
};

/** A client on bare `ws`. */
function formatBareClient(isCompressed: boolean): readonly string[] {
  const query = `/?v=10&encoding=json${isCompressed ? '&compress=zlib-stream' : ''}`;
  const receive = isCompressed
    ? [
        '    const [inflate, pieces]: [ReturnType<typeof createInflate>, Buffer[]] = [createInflate(), []];',
        "    inflate.on('data', (piece: Buffer) => pieces.push(piece));",
        "    socket.on('message', (data: RawData) => {",
        '      inflate.write(data);',
        '      inflate.flush(() => {',
        '        const text = Buffer.concat(pieces.splice(0)).toString();',
        "        if (text !== '') receive(JSON.parse(text));",
        '      });',
        '    });',
      ]
    : ["    socket.on('message', (data: RawData) => receive(JSON.parse(data.toString())));"];
  return [
    '',
    '/** A client as small as can be: it identifies, answers requests for heartbeats, and resumes. Ends when the result is called. */',
    'function connect(url: string, identify: any): () => void {',
    "  let [session, seq, isOver]: [string, number | null, boolean] = ['', null, false];",
    '  let socket: WebSocket;',
    '  const send = (op: number, d: unknown) => socket.send(JSON.stringify({ op, d }));',
    '  const begin = () => {',
    `    if (session === '') send(${OP.IDENTIFY}, identify.d);`,
    `    else send(${OP.RESUME}, { token: identify.d.token, session_id: session, seq });`,
    '  };',
    '  const receive = ({ op, t, s, d }: any) => {',
    '    seq = s ?? seq;',
    "    if (t === 'READY') session = d.session_id;",
    `    if (op === ${OP.HELLO}) begin();`,
    `    if (op === ${OP.HEARTBEAT}) send(${OP.HEARTBEAT}, seq);`,
    `    if (op === ${OP.RECONNECT}) socket.close(4000);`,
    `    if (op === ${OP.INVALID_SESSION}) {`,
    "      if (d !== true) session = '';",
    '      begin();',
    '    }',
    '  };',
    '  const open = () => {',
    '    if (isOver) return;',
    `    socket = new WebSocket(url + '${query}');`,
    ...receive,
    "    socket.on('error', () => undefined);",
    "    socket.on('close', () => setTimeout(open, 20));",
    '  };',
    '  open();',
    '  return () => {',
    '    isOver = true;',
    '    socket.close(1000);',
    '  };',
    '}',
  ];
}

/** Lines of a test file, which passes as it is. */
export function formatScaffold(library: ScaffoldLibrary, facts: ScaffoldFacts): readonly string[] {
  const { session, tape, intents } = facts;
  const { imports, before, connect, disconnect, functions } = CODES[library]({
    ...facts,
    intents: intents ?? 0,
  });
  const identify =
    intents === null ? `{ op: ${OP.IDENTIFY} }` : `{ op: ${OP.IDENTIFY}, d: { intents: ${intents} } }`;
  const all = [
    ...imports,
    "import { gatewayTest } from 'gatetape/vitest';",
    "import { expect } from 'vitest';",
  ];
  const isOwn = (line: string): boolean => line.includes("from 'node:");
  return [
    `// Written by \`gatetape scaffold\`: the tape beside this file is played to a client made with ${library}.`,
    '// Add handlers to the client, and what you expect of it. Matchers: docs/testing.md of gatetape.',
    ...all.filter(isOwn),
    ...all.filter((line) => !isOwn(line)),
    '',
    `const test = gatewayTest({ tape: new URL('${tape}', import.meta.url), mode: 'none' });`,
    '',
    `test('session ${session} is played to its end', { timeout: 60_000 }, async ({ gateway }) => {`,
    ...[...before, ...connect].map((line) => `  ${line}`),
    '  try {',
    `    await expect(gateway).toHaveReceivedPayload(${identify}, { timeoutMs: 20_000 });`,
    '    await expect(gateway).toBeFullyPlayed({ timeoutMs: 30_000 });',
    '  } finally {',
    `    ${disconnect}`,
    '  }',
    '});',
    ...functions,
  ];
}
