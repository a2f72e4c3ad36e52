/**
 * Every row of the table of secrets, with a marker of its own in every place that the row names, through a live recorder
 * and by every transport: no marker is in the database, its write-ahead log, a line of the log, an export, a tape or what
 * the program prints, however it is encoded there, before and after the bodies are compressed. The same search finds every
 * marker where the user keeps them.
 */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { JsonValue } from '../../src/gateway/payload.js';
import type { Redaction } from '../../src/gateway/redact/redact.js';
import { SECRET_TABLE } from '../../src/gateway/redact/rules.js';
import { exportRedaction } from '../../src/library/export.js';
import { FORMS } from '../../src/library/forms/forms.js';
import { startRecorder } from '../../src/library/record.js';
import { openReader } from '../../src/store/reader.js';
import { compact } from '../../src/store/upkeep/upkeep.js';
import { deflateOnce, streamMessage, streamOpening } from '../../src/wire/deflate.js';
import { encodeEtf } from '../../src/wire/etf/encode.js';
import { gatetape } from '../support/gatetape.js';
import { scratchFile } from '../support/scratch.js';
import { until } from '../support/until.js';

/** One place that a row names. */
interface Place {
  readonly name: string;
  readonly isPersonal: boolean;
  readonly marker: string;
  /** Opcode, event or route; null for a key anywhere. */
  readonly where: number | string | null;
  readonly path: string;
}

const GROUPS_OF_REST: readonly string[] = ['anywhere', 'rest'];
const PLACES: readonly Place[] = SECRET_TABLE.flatMap(([where, what, ...paths]) => {
  if (what === 'open' || what === 'url' || what === 'base64') return [];
  const wheres = typeof where === 'object' ? where : [where];
  return wheres.flatMap((one) =>
    one === 'other credentials'
      ? []
      : paths.map((path) => ({
          name: `${one} ${path}`,
          isPersonal: what === 'P',
          where: one,
          path: path.replace(':text', '').replaceAll('*', 'x'),
          marker: '',
        })),
  );
}).map((place, index) => ({ ...place, marker: `mark${String(index).padStart(4, '0')}Zq7vRw3xKp` }));

/** The value at a path such as `a[].b`. */
function at(path: string, value: JsonValue): JsonValue {
  const [, step, rest = ''] = /^(\[\]|[^.[]+)\.?(.*)$/.exec(path) ?? [];
  if (step === undefined) return value;
  return step === '[]' ? [at(rest, value)] : { [step]: at(rest, value) };
}

const isOfGateway = ({ where }: Place): boolean =>
  typeof where === 'number' || where === 'anywhere' || /^[A-Z]/.test(String(where));
const ON_GATEWAY = PLACES.filter(isOfGateway);
const ON_REST = PLACES.filter(
  ({ where }) => GROUPS_OF_REST.includes(String(where)) || String(where).startsWith('/'),
);
const IN_FIELDS = PLACES.filter(
  ({ where, path }) => where === 'field' || (where === 'rest' && !path.includes('.')),
);

const payloads = ON_GATEWAY.map(({ where, path, marker }): JsonValue => {
  const d = at(path, marker);
  if (typeof where === 'number') return { op: where === 0 ? 0 : where, d };
  return {
    op: 0,
    t: where === 'anywhere' ? 'SOMETHING_NEW' : where,
    s: 1,
    d: where === 'anywhere' ? { x: [d] } : d,
  };
});

/** Bytes in which a text can have a marker. */
function spellings(marker: string): readonly Buffer[] {
  const bytes = Buffer.from(marker);
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(shift === 0 ? 0 : 4, -4),
  );
  const percent = [...bytes].map((byte) => `%${byte.toString(16)}`).join('');
  const texts = [marker, ...base64, percent, bytes.toString('hex'), [...bytes].join()];
  return [...texts.map((text) => Buffer.from(text)), Buffer.from(marker, 'utf16le')];
}

/** A way to spell markers, all of one length: every marker's bytes, and what all of them end with. */
interface Spelling {
  readonly length: number;
  readonly end: Buffer;
  readonly markers: ReadonlyMap<string, string>;
}

const SPELLINGS: readonly Spelling[] = (PLACES[0] === undefined ? [] : spellings(PLACES[0].marker)).map(
  (_, kind) => {
    const markers = new Map(
      PLACES.map(({ marker }) => [spellings(marker)[kind]?.toString('latin1') ?? '', marker]),
    );
    const [first = '', ...others] = markers.keys();
    let same = 0;
    while (same < first.length && others.every((other) => other.at(-1 - same) === first.at(-1 - same)))
      same += 1;
    return { length: first.length, end: Buffer.from(first.slice(-same), 'latin1'), markers };
  },
);

/** Places whose markers a text holds: one search a spelling finds the ends of all markers, and what is before them. */
function found(texts: readonly Buffer[], places: readonly Place[]): string[] {
  const markers = new Set<string | undefined>();
  for (const text of new Set(texts)) {
    for (const spelling of SPELLINGS) {
      const { length, end } = spelling;
      for (let at = text.indexOf(end); at !== -1; at = text.indexOf(end, at + 1)) {
        const until = at + end.length;
        markers.add(spelling.markers.get(text.toString('latin1', Math.max(0, until - length), until)));
      }
    }
  }
  return places.filter(({ marker }) => markers.has(marker)).map(({ name }) => name);
}

const filesOf = (db: string): Buffer[] =>
  readdirSync(dirname(db)).map((name) => readFileSync(join(dirname(db), name)));

/** Messages of all payloads, as a transport has them. */
function messagesFor(url: string): readonly (string | Uint8Array)[] {
  const query = new URL(url, 'ws://x').searchParams;
  const plain = payloads.map((payload) =>
    query.get('encoding') === 'etf' ? encodeEtf(payload) : Buffer.from(JSON.stringify(payload)),
  );
  const compress = query.get('compress');
  if (compress === 'zlib-stream' || compress === 'zstd-stream') {
    return plain.map((payload, n) => {
      const message = streamMessage(compress, payload);
      return n === 0 ? Buffer.concat([streamOpening(compress), message]) : message;
    });
  }
  if (query.has('payloads')) return plain.map(deflateOnce);
  return query.get('encoding') === 'etf' ? plain : plain.map(String);
}

/** A gateway and an API that say all of it at once. */
async function startPeer(): Promise<number> {
  const server = createServer((request, response) => {
    request.resume();
    const place = ON_REST[Number(new URL(request.url ?? '', 'http://x').searchParams.get('n'))];
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(place === undefined ? {} : at(place.path, place.marker)));
  }).listen(0, '127.0.0.1');
  const gateway = new WebSocketServer({ server });
  gateway.on('connection', (socket, request) => {
    for (const message of messagesFor(request.url ?? '')) socket.send(message);
  });
  await once(server, 'listening');
  onTestFinished(() => {
    gateway.close();
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** All that a recording leaves behind, by place. */
async function record(
  redact: Redaction,
  transport: string,
): Promise<Readonly<Record<string, readonly Buffer[]>>> {
  const port = await startPeer();
  const db = scratchFile();
  const lines: string[] = [];
  const recorder = await startRecorder({
    listen: '127.0.0.1:0',
    upstream: `ws://127.0.0.1:${port}`,
    api: `http://127.0.0.1:${port}/api`,
    db,
    redact,
    log: (_, line) => lines.push(line),
  });
  if (transport === 'rest') await callAll(recorder.apiUrl);
  else {
    const client = new WebSocket(`${recorder.gatewayUrl}/?v=10&encoding=${transport}`);
    await once(client, 'open');
    await until(() => recorder.figures().frames >= payloads.length);
    client.close();
    await once(client, 'close');
  }
  const whileRecording = filesOf(db);
  await recorder.close();
  const files = filesOf(db);
  const printed = PRINTED.includes(transport) ? await print(db, transport) : {};
  const written = exported(db, redact);
  const isPacked = [...compact(db, { nowUs: () => Date.now() * 1000 })].length > 0;
  return {
    'while recording': whileRecording,
    'the database': files,
    'the log': [Buffer.from(lines.join('\n'))],
    ...printed,
    ...written,
    ...(isPacked
      ? Object.fromEntries(Object.entries(exported(db, redact)).map(([as, text]) => [`packed ${as}`, text]))
      : {}),
  };
}

/** Transports whose recordings the program prints, in a process of its own. */
const PRINTED: readonly string[] = ['json', 'rest'];

async function print(db: string, transport: string): Promise<Record<string, readonly Buffer[]>> {
  const lists =
    transport === 'rest'
      ? [['http', '--format', 'ndjson']]
      : [
          ['frames', '--format', 'ndjson'],
          ['show', '1'],
        ];
  const results = await Promise.all(lists.map((args) => gatetape([...args, '--db', db])));
  return Object.fromEntries(
    results.map(({ stdout, stderr }, n) => [
      `output of ${lists[n]?.join(' ')}`,
      [Buffer.from(stdout + stderr)],
    ]),
  );
}

/** All forms of export; what is packed is unpacked for them. */
function exported(db: string, redact: Redaction): Record<string, readonly Buffer[]> {
  using reader = openReader(db);
  const tape = reader.sessions().length > 0 ? (['tape'] as const) : [];
  return Object.fromEntries(
    (['jsonl', 'csv', 'har', ...tape] as const).map((as) => {
      const redaction = exportRedaction(reader, redact);
      return [as, [Buffer.from([...FORMS[as].write({ reader, filter: {}, redaction })].join('\n'))]];
    }),
  );
}

async function callAll(apiUrl: string): Promise<void> {
  for (const [n, { where }] of ON_REST.entries()) {
    const route = String(where).startsWith('/') ? String(where) : '/x';
    await (await fetch(`${apiUrl}/v10${route}?n=${n}`)).text();
  }
  const fields = IN_FIELDS.map(({ path, marker }) => `${path}=${marker}`).join('&');
  const headers = { 'content-type': 'Application/X-WWW-Form-URLencoded' };
  await (await fetch(`${apiUrl}/v10/x?${fields}`, { method: 'POST', body: fields, headers })).text();
}

const TRANSPORTS: readonly string[] = [
  'json',
  'etf',
  'json&compress=zlib-stream',
  'etf&compress=zlib-stream',
  'json&compress=zstd-stream',
  'json&payloads=compressed',
  'rest',
];
/** Places that hold all markers where nothing is redacted. */
const WHOLE: readonly string[] = ['jsonl', 'har', 'packed jsonl', 'packed har'];

/** Places that may hold none even so: the writer may not have begun, and a tape has its secrets taken out. */
const UNCERTAIN: readonly string[] = ['while recording', 'the log', 'tape', 'packed tape'];

it.each(TRANSPORTS)('no secret marker is left in any output (%s)', async (transport) => {
  const places = transport === 'rest' ? [...ON_REST, ...IN_FIELDS] : ON_GATEWAY;
  const secret = places.filter(({ isPersonal }) => !isPersonal);
  expect(found(Object.values(await record('secrets', transport)).flat(), secret)).toEqual([]);
  if (PRINTED.includes(transport)) {
    expect(found(Object.values(await record('personal', transport)).flat(), places)).toEqual([]);
  }
  const kept = await record('none', transport);
  // REST calls have no session, and only bodies of frames are compressed.
  for (const place of ['tape', 'packed jsonl']) expect(place in kept).toBe(transport !== 'rest');
  for (const [place, texts] of Object.entries(kept)) {
    const names = new Set(found(texts, places));
    if (WHOLE.includes(place)) {
      expect([place, places.map(({ name }) => name).filter((name) => !names.has(name))]).toEqual([place, []]);
    } else if (!UNCERTAIN.includes(place)) expect([place, names.size > 0]).toEqual([place, true]);
  }
});
