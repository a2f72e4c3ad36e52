/**
 * A part of a clean recording is clean: however it begins, ends, or lacks bytes, in every transport, with personal data
 * redacted, and with its beginning pruned, lint sees no error in it.
 */
import * as zlib from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TapEvent } from '../../src/capture/tap.js';
import type { Redaction } from '../../src/gateway/redact/redact.js';
import { lintCapture } from '../../src/library/lint.js';
import { pruneFile } from '../../src/library/upkeep.js';
import { SENDERS } from '../../src/wire/frame.js';
import { RULES } from '../../src/lint/rules.js';
import { newRecorder, record } from '../support/capture-playbook.js';
import { captureScript } from '../support/capture/script.js';
import { START_US } from '../support/capture/records.js';
import { rowsOf, storeRecords } from '../support/stores.js';

const PRESENCE = '{"since":null,"activities":[],"status":"online","afk":false}';
const beat = (connection: number): readonly string[] => [
  `${connection} > HEARTBEAT`,
  '+ 30',
  `${connection} < HEARTBEAT_ACK`,
];

/** From HELLO to READY, with all that a client may send and a gateway may answer; every 20 s a heartbeat. */
function life(connection: number, shard: number): readonly string[] {
  // A guild of this shard of three: it is in the bits from 22 on.
  const guild = String((3 + shard) << 22);
  const on = (line: string): string => `${connection} ${line}`;
  return [
    on('< HELLO'),
    on(
      `> IDENTIFY {"intents":515,"shard":[${shard},3],"properties":{"os":"linux","browser":"script","device":"script"}}`,
    ),
    '+ 300',
    on(
      `< READY {"shard":[${shard},3],"user":{"id":"42","bot":true},"guilds":[{"id":"${guild}","unavailable":true}],"resume_gateway_url":"wss://gateway.example"}`,
    ),
    on(`< GUILD_CREATE {"id":"${guild}","channels":[{"id":"5","name":"general"}],"members":[]}`),
    on(`> PRESENCE_UPDATE ${PRESENCE}`),
    on(`> VOICE_STATE_UPDATE {"guild_id":"${guild}","channel_id":"6","self_mute":false,"self_deaf":false}`),
    on(`> REQUEST_GUILD_MEMBERS {"guild_id":"${guild}","query":"","limit":0,"nonce":"n"}`),
    '+ 100',
    on(
      `< GUILD_MEMBERS_CHUNK {"guild_id":"${guild}","members":[],"chunk_index":0,"chunk_count":2,"nonce":"n"}`,
    ),
    on(
      `< GUILD_MEMBERS_CHUNK {"guild_id":"${guild}","members":[],"chunk_index":1,"chunk_count":2,"nonce":"n"}`,
    ),
    on(`> REQUEST_SOUNDBOARD_SOUNDS {"guild_ids":["${guild}"]}`),
    on(`> REQUEST_CHANNEL_INFO {"guild_id":"${guild}","fields":["status"]}`),
    on(`< CHANNEL_CREATE {"id":"7","guild_id":"${guild}","name":"new"}`),
    on(`< CHANNEL_UPDATE {"id":"7","guild_id":"${guild}","name":"newer"}`),
    on(`< RATE_LIMITED {"opcode":8,"retry_after":1.5,"meta":{"guild_id":"${guild}","nonce":"n"}}`),
    ...[1, 2, 3].flatMap(() => ['+ 20000', ...beat(connection), on(`< GUILD_UPDATE {"id":"${guild}"}`)]),
    on('< HEARTBEAT'),
    on('> HEARTBEAT'),
    '+ 30',
    on('< HEARTBEAT_ACK'),
    on(`< GUILD_DELETE {"id":"${guild}"}`),
  ];
}

/** One shard in three connections: RECONNECT, resumed, invalidated, and identified again on the same socket. */
function shardLines(first: number, shard: number, transport: string): readonly string[] {
  const [second, third] = [first + 1, first + 2];
  return [
    `open ${first} ${transport}`,
    ...life(first, shard),
    `${first} < RECONNECT`,
    '+ 40',
    `${first} > close 4200`,
    `${first} < close 4200`,
    `end ${first}`,
    '+ 500',
    `open ${second} ${transport}`,
    `${second} < HELLO`,
    `${second} > RESUME {"seq":11,"session_id":"session-${2 * shard + 1}"}`,
    '+ 50',
    `${second} < GUILD_UPDATE #12 {"id":"${(3 + shard) << 22}"}`,
    `${second} < RESUMED`,
    ...['+ 20000', ...beat(second), '+ 20000', ...beat(second)],
    `end ${second} gateway`,
    '+ 500',
    `open ${third} ${transport}`,
    `${third} < HELLO`,
    `${third} > RESUME {"seq":13,"session_id":"session-${2 * shard + 1}"}`,
    '+ 50',
    `${third} < INVALID_SESSION`,
    '+ 3000',
    ...life(third, shard).slice(1),
    '+ 20000',
    ...beat(third),
    `${third} > close 1000`,
    `${third} < close 1000`,
    `end ${third}`,
    '+ 6000',
  ];
}

const TRANSPORTS = [
  'etf zlib-stream',
  'json',
  'zstdCompressSync' in zlib ? 'json zstd-stream' : 'json zlib-stream',
];

const SCRIPT = [
  'call GET /v10/gateway/bot 200 {"url":"wss://gateway.example","shards":3,"session_start_limit":{"total":1000,"remaining":900,"reset_after":90000000,"max_concurrency":1}}',
  ...TRANSPORTS.flatMap((transport, shard) => shardLines(3 * shard + 1, shard, transport)),
].join('\n');

const { events } = captureScript(SCRIPT);
const isChunk = (event: TapEvent): event is TapEvent & { readonly type: 'chunk' } => event.type === 'chunk';

/** A database with what a recorder makes of these events. */
function store(given: readonly TapEvent[], redaction: Redaction = 'secrets'): string {
  return storeRecords(record(given, newRecorder(redaction)));
}

async function expectNoError(db: string): Promise<void> {
  const { findings } = await lintCapture({ db, severity: 'error' });
  expect(findings.map(({ rule, connectionId, message }) => ({ rule, connectionId, message }))).toEqual([]);
}

/** The events from one on, as a recorder that starts there is given them: what is open goes on, after a gap. */
function since(from: number): readonly TapEvent[] {
  const open = new Map<number, TapEvent>();
  for (const event of events.slice(0, from)) {
    if (event.type === 'open') open.set(event.connection, { ...event, isContinued: true });
    if (event.type === 'end') open.delete(event.connection);
  }
  const calls = new Set(
    events.slice(from).flatMap((event) => (event.type === 'exchange' ? [event.exchange] : [])),
  );
  const rest = events.slice(from).filter((event) => !('exchange' in event) || calls.has(event.exchange));
  const untilUs = events.slice(from).find(isChunk)?.atUs ?? 0;
  const gaps = [...open.keys()].flatMap((connection) =>
    SENDERS.map(
      (sender) => ({ type: 'gap', connection, sender, fromUs: untilUs, untilUs, bytes: 0 }) as const,
    ),
  );
  return [...open.values(), ...gaps, ...rest];
}

/** The events with these chunks passed unrecorded. */
const without = (lost: ReadonlySet<number>): readonly TapEvent[] =>
  events.map((event, index) => {
    if (!isChunk(event) || !lost.has(index)) return event;
    const { connection, sender, atUs, bytes } = event;
    return { type: 'gap', connection, sender, fromUs: atUs, untilUs: atUs, bytes: bytes.length };
  });

const place = fc.nat(events.length);

describe('a clean recording', () => {
  it('is clean whole, with personal data redacted too', async () => {
    const { findings, checked } = await lintCapture({ db: store(events) });
    expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
    expect(checked).toMatchObject({ connections: 9, sessions: 6 });
    await expectNoError(store(events, 'personal'));
  });

  it('holds all that the rules look at', () => {
    const db = store(events);
    const frames = rowsOf(db, 'SELECT DISTINCT sender, op, event FROM frame_type');
    const sent = new Set(frames.filter(({ sender }) => sender === 'client').map(({ op }) => String(op)));
    const received = new Set(frames.map(({ event }) => event));
    const handlers = RULES.map(({ on }) => on);
    expect(
      handlers.flatMap(({ commands = {} }) => Object.keys(commands)).filter((op) => !sent.has(op)),
    ).toEqual([]);
    expect(
      handlers.flatMap(({ events: own = {} }) => Object.keys(own)).filter((name) => !received.has(name)),
    ).toEqual([]);
  });

  it('is clean in any part', async () => {
    await fc.assert(
      fc.asyncProperty(
        place,
        place,
        fc.constantFrom('secrets', 'personal'),
        async (one, other, redaction) => {
          const [from, until] = [Math.min(one, other), Math.max(one, other)];
          const part = since(from);
          await expectNoError(store(part.slice(0, part.length - (events.length - until)), redaction));
        },
      ),
      { numRuns: 20 },
    );
  });

  it('is clean where bytes passed unrecorded', async () => {
    const chunks = events.flatMap((event, index) => (isChunk(event) ? [index] : []));
    const lost = fc.uniqueArray(fc.constantFrom(...chunks), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(lost, async (indices) => expectNoError(store(without(new Set(indices))))),
      { numRuns: 20 },
    );
  });

  it('is clean with its beginning pruned', async () => {
    const seconds = fc.integer({ min: 1, max: 700 });
    await fc.assert(
      fc.asyncProperty(seconds, async (after) => {
        const db = store(events);
        Array.from(pruneFile(db, { beforeUs: START_US + after * 1_000_000 }));
        await expectNoError(db);
      }),
      { numRuns: 8 },
    );
  });
});
