/**
 * Every row of the table of secrets, with a marker of its own in every place that the row names, through a live recorder:
 * no marker is in the database, its write-ahead log, a line of the log or an export, however it is encoded there. The same
 * search finds every marker where the user keeps them.
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
import { exportRedaction } from '../../src/library/export-redaction.js';
import { FORMS } from '../../src/library/forms/forms.js';
import { startRecorder } from '../../src/library/record.js';
import { openReader } from '../../src/store/reader.js';
import { encodeEtf } from '../../src/wire/etf/encode.js';
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

const found = (texts: readonly Buffer[], places: readonly Place[]): string[] =>
  places
    .filter(({ marker }) => spellings(marker).some((bytes) => texts.some((text) => text.includes(bytes))))
    .map(({ name }) => name);

const filesOf = (db: string): Buffer[] =>
  readdirSync(dirname(db)).map((name) => readFileSync(join(dirname(db), name)));

/** A gateway and an API that say all of it at once. */
async function startPeer(): Promise<number> {
  const server = createServer((request, response) => {
    request.resume();
    const place = ON_REST[Number(new URL(request.url ?? '', 'http://x').searchParams.get('n'))];
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(place === undefined ? {} : at(place.path, place.marker)));
  }).listen(0, '127.0.0.1');
  const gateway = new WebSocketServer({ server });
  gateway.on('connection', (socket, { url }) => {
    for (const payload of payloads) {
      socket.send(url?.includes('etf') === true ? encodeEtf(payload) : JSON.stringify(payload));
    }
  });
  await once(server, 'listening');
  onTestFinished(() => {
    gateway.close();
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** All that a recording leaves behind. */
async function record(redact: Redaction, transport: string): Promise<readonly Buffer[]> {
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
  if (transport === 'rest') {
    for (const [n, { where }] of ON_REST.entries()) {
      const route = String(where).startsWith('/') ? String(where) : '/x';
      await (await fetch(`${recorder.apiUrl}/v10${route}?n=${n}`)).text();
    }
    const fields = IN_FIELDS.map(({ path, marker }) => `${path}=${marker}`).join('&');
    const headers = { 'content-type': 'Application/X-WWW-Form-URLencoded' };
    await (
      await fetch(`${recorder.apiUrl}/v10/x?${fields}`, { method: 'POST', body: fields, headers })
    ).text();
  } else {
    const client = new WebSocket(`${recorder.gatewayUrl}/?v=10&encoding=${transport}`);
    await once(client, 'open');
    await until(() => recorder.figures().frames >= payloads.length);
    client.close();
    await once(client, 'close');
  }
  const whileRecording = filesOf(db);
  await recorder.close();
  using reader = openReader(db);
  const exports = (['jsonl', 'csv', 'har'] as const).map((as) => {
    const redaction = exportRedaction(reader, redact);
    return Buffer.from([...FORMS[as].write({ reader, filter: {}, redaction })].join('\n'));
  });
  return [...whileRecording, ...filesOf(db), ...exports, Buffer.from(lines.join('\n'))];
}

it.each(['json', 'etf', 'rest'] as const)('no marker is left anywhere (%s)', async (transport) => {
  const places = transport === 'rest' ? [...ON_REST, ...IN_FIELDS] : ON_GATEWAY;
  expect(
    found(
      await record('secrets', transport),
      places.filter(({ isPersonal }) => !isPersonal),
    ),
  ).toEqual([]);
  expect(found(await record('personal', transport), places)).toEqual([]);
  const kept = new Set(found(await record('none', transport), places));
  expect(places.map(({ name }) => name).filter((name) => !kept.has(name))).toEqual([]);
});
