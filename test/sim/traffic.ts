/**
 * Traffic of one run: what clients and gateways send on each connection, and the rows that a recorder must make of it.
 *
 * The course of a session is one of `support/capture/sessions.ts`; here it gets secrets, larger events, control frames, fragments
 * and a transport. Compressed by node:zlib, so that our inflaters meet a stranger's bytes; zstd is our own.
 */
import { createDeflate, createDeflateRaw } from 'node:zlib';
import fc from 'fast-check';
import type { Handshake } from '../../src/capture/tap.js';
import type { JsonValue } from '../../src/gateway/payload.js';
import { OP } from '../../src/gateway/opcodes.js';
import { streamMessage, streamOpening } from '../../src/wire/deflate.js';
import { encodeEtf } from '../../src/wire/etf/encode.js';
import { applyMask, maskFromBytes, OPCODE, RSV1, writeFrameHeader } from '../../src/wire/frame.js';
import type { FrameKind, Sender } from '../../src/wire/frame.js';
import { encodeClose } from '../../src/wire/websocket.js';
import { guildCreate, messageCreate } from '../support/payloads.js';
import { sessions } from '../support/capture/sessions.js';
import { handshake } from '../support/capture/tap-events.js';
import type { Random } from './random.js';
import { runSync } from './zlib-sync.js';

/** Compresses with one context, with a sync flush after each call. */
type Deflater = ReturnType<typeof runSync>;

/** A row of a frame, as far as the traffic decides it. */
export interface ModelRow {
  readonly kind: FrameKind;
  readonly status: 'ok' | 'partial' | 'control';
  readonly op: number | null;
  readonly event: string | null;
  readonly seq: number | null;
  readonly wireBytes: number;
  /** The payload before redaction; null without one. */
  readonly payload: JsonValue;
}

/** A message with all that was sent between its fragments, as bytes of its stream. */
export interface Block {
  readonly from: number;
  readonly until: number;
  /** In the order of their last bytes. */
  readonly rows: readonly { readonly row: ModelRow; readonly until: number }[];
}

/** What one sender sends on one connection. */
export interface ModelStream {
  bytes: Buffer;
  readonly blocks: Block[];
  /** Payloads in order, as the peer reads them. */
  readonly payloads: JsonValue[];
}

/** One connection. */
export interface ModelConnection {
  readonly session: number;
  readonly handshake: Handshake;
  readonly streams: Readonly<Record<Sender, ModelStream>>;
  /** Where each block ends, in the order in which they were sent. */
  readonly order: { readonly sender: Sender; readonly until: number }[];
  endedBy: Sender;
}

/** All connections of a run, and what must not reach the disk. */
export interface Traffic {
  readonly connections: readonly ModelConnection[];
  readonly secrets: readonly string[];
}

/** The host that READY names, and that a rewriter replaces. */
export const RESUME_URL = 'wss://gateway-us-east1-b.discord.gg';

const SECRET_NAMES = ['token', 'session', 'voice'] as const;
const SECRET = new RegExp(`(?:${SECRET_NAMES.join('|')})-[0-9a-f]{24}`, 'g');

/** Secrets of any run in these bytes. */
export function findSecrets(bytes: Buffer): readonly string[] {
  const isClean = SECRET_NAMES.every((name) => !bytes.includes(`${name}-`));
  return isClean ? [] : [...bytes.toString('latin1').matchAll(SECRET)].map(([secret]) => secret);
}

const TRANSPORTS = [
  { encoding: 'json', compress: 'none', extensions: null },
  { encoding: 'json', compress: 'none', extensions: 'permessage-deflate' },
  { encoding: 'json', compress: 'zlib-stream', extensions: null },
  { encoding: 'json', compress: 'zstd-stream', extensions: null },
  { encoding: 'etf', compress: 'none', extensions: null },
  { encoding: 'etf', compress: 'zlib-stream', extensions: null },
] as const;

/** What traffic may have. */
export interface TrafficHabits {
  /** Messages may come in several frames. */
  readonly hasFragments: boolean;
  /** Sessions come back where READY said, and not where they began. */
  readonly isElsewhere: boolean;
  /** Messages, and ends of connections, that a session has at most. */
  readonly mostMessages: number;
  /** Sessions that there are at most. */
  readonly mostSessions: number;
}

/** Draws the traffic of a run. */
export function drawTraffic(random: Random, habits: TrafficHabits): Traffic {
  const connections: ModelConnection[] = [];
  const secrets: string[] = [];
  const count = Math.min(1 + random.below(3), habits.mostSessions);
  for (let session = 1; session <= count; session += 1) {
    const writer = new SessionTraffic(random, session, habits, connections.length);
    writer.write();
    connections.push(...writer.connections);
    secrets.push(...writer.secrets);
  }
  return { connections, secrets };
}

type Wanted = { -readonly [Key in 'op' | 's' | 't' | 'd']?: JsonValue };

class SessionTraffic {
  readonly connections: ModelConnection[] = [];
  readonly secrets: string[] = [];
  readonly #random: Random;
  readonly #session: number;
  readonly #habits: TrafficHabits;
  readonly #before: number;
  readonly #token: string;
  #sessionId = '';
  #writer: ConnectionTraffic | null = null;

  constructor(random: Random, session: number, habits: TrafficHabits, before: number) {
    this.#random = random;
    this.#session = session;
    this.#habits = habits;
    this.#before = before;
    this.#token = this.#secret('token');
  }

  write(): void {
    const seed = this.#random.below(2 ** 31);
    const [recording] = fc.sample(sessions, { seed, numRuns: 1 });
    const share = 1 / (1 + this.#random.below(4));
    let number = 0;
    for (const step of recording!.steps.slice(0, this.#habits.mostMessages)) {
      if (step.connection !== number) this.#writer = this.#open();
      number = step.connection;
      const writer = this.#writer!;
      if (step.type === 'close') {
        writer.connection.endedBy = step.sender;
        if (step.code !== null) writer.control(step.sender, 'close', encodeClose(step.code, step.reason));
      } else {
        writer.payload(step.sender, this.#dress(JSON.parse(step.text) as Wanted, share));
        if (this.#random.chance(0.05)) writer.control('client', 'ping', this.#random.bytes(4));
        if (this.#random.chance(0.05)) writer.control('gateway', 'pong', this.#random.bytes(4));
      }
    }
  }

  #open(): ConnectionTraffic {
    const index = this.#before + this.connections.length + 1;
    const host =
      this.#habits.isElsewhere && this.connections.length > 0 ? RESUME_URL : 'wss://gateway.example';
    const facts = { session: this.#session, index, host, token: this.#token };
    const writer = new ConnectionTraffic(this.#random, facts, this.#habits.hasFragments);
    this.connections.push(writer.connection);
    return writer;
  }

  /** What the recording says, with secrets, and with a share of events that are as large as real ones. */
  #dress(payload: Wanted, share: number): Wanted {
    const d = payload.d as Record<string, JsonValue>;
    if (payload.op === OP.IDENTIFY) d['token'] = this.#token;
    if (payload.op === OP.RESUME) Object.assign(d, { token: this.#token, session_id: this.#sessionId });
    if (payload.t === 'READY') {
      this.#sessionId = this.#secret('session');
      Object.assign(d, { session_id: this.#sessionId, resume_gateway_url: RESUME_URL });
    }
    if (payload.t === 'VOICE_STATE_UPDATE') payload.d = { session_id: this.#secret('voice'), user_id: '1' };
    if ((payload.t !== 'A' && payload.t !== 'B') || !this.#random.chance(share)) return payload;
    const index = this.#random.below(20);
    if (payload.t === 'B') return { ...payload, t: 'GUILD_CREATE', d: guildCreate(index) as JsonValue };
    return { ...payload, t: 'MESSAGE_CREATE', d: messageCreate(index) as JsonValue };
  }

  #secret(name: (typeof SECRET_NAMES)[number]): string {
    const secret = `${name}-${this.#random.bytes(12).toString('hex')}`;
    this.secrets.push(secret);
    return secret;
  }
}

interface ConnectionFacts {
  readonly session: number;
  readonly index: number;
  readonly host: string;
  readonly token: string;
}

class ConnectionTraffic {
  readonly connection: ModelConnection;
  readonly #random: Random;
  readonly #hasFragments: boolean;
  readonly #isEtf: boolean;
  readonly #compress: (typeof TRANSPORTS)[number]['compress'];
  readonly #deflaters: Readonly<Record<Sender, Deflater>> | null;
  readonly #stream: Deflater | null;
  #isOpened = false;

  constructor(random: Random, { session, index, host, token }: ConnectionFacts, hasFragments: boolean) {
    this.#random = random;
    this.#hasFragments = hasFragments;
    const { encoding, compress, extensions } = random.pick(TRANSPORTS);
    this.#isEtf = encoding === 'etf';
    this.#compress = compress;
    this.#deflaters =
      extensions === null
        ? null
        : { client: runSync(createDeflateRaw()), gateway: runSync(createDeflateRaw()) };
    this.#stream = compress === 'zlib-stream' ? runSync(createDeflate()) : null;
    const path = `/?v=10&encoding=${encoding}${compress === 'none' ? '' : `&compress=${compress}`}`;
    this.connection = {
      session,
      handshake: handshake({
        path,
        upstreamUrl: host + path,
        transport: { version: 10, encoding, compress },
        extensions,
        userAgent: `sim/${index}`,
        secrets: random.chance(0.3) ? [token] : [],
      }),
      streams: { client: openStream(), gateway: openStream() },
      order: [],
      endedBy: 'client',
    };
  }

  payload(sender: Sender, payload: Wanted): void {
    const text = JSON.stringify(payload);
    const plain = Buffer.from(this.#isEtf ? encodeEtf(JSON.parse(text) as JsonValue) : text);
    const isBinary = this.#isEtf || (sender === 'gateway' && this.#compress !== 'none');
    const row = {
      kind: isBinary ? 'binary' : 'text',
      status: 'ok',
      op: payload.op as number,
      event: (payload.t ?? null) as string | null,
      seq: (payload.s ?? null) as number | null,
      payload: payload as JsonValue,
    } as const;
    const messages = this.#messages(sender, plain);
    const wireBytes = messages.reduce((sum, { length }) => sum + length, 0);
    messages.forEach((data, index) => {
      const isLast = index === messages.length - 1;
      const partial = { ...row, status: 'partial', op: null, event: null, seq: null, payload: null } as const;
      const own = isLast ? { ...row, wireBytes } : { ...partial, wireBytes: data.length };
      this.#send(sender, own, data, this.#deflaters !== null);
    });
    this.connection.streams[sender].payloads.push(payload);
  }

  control(sender: Sender, kind: 'ping' | 'pong' | 'close', data: Uint8Array): void {
    this.#append(sender, [this.#controlFrame(sender, kind, data)]);
  }

  /** Messages of one payload: of a stream sometimes two. */
  #messages(sender: Sender, plain: Buffer): Buffer[] {
    if (this.#deflaters !== null) return [this.#deflaters[sender](plain).subarray(0, -4)];
    if (sender === 'client' || this.#compress === 'none') return [plain];
    if (this.#stream !== null) {
      const message = this.#stream(plain);
      // With a file that may be lost not, as the row of the last message counts the bytes of all of them.
      if (!this.#hasFragments || !this.#random.chance(0.1)) return [message];
      const cut = 1 + this.#random.below(message.length - 5);
      return [message.subarray(0, cut), message.subarray(cut)];
    }
    const opening = this.#isOpened ? Buffer.alloc(0) : streamOpening('zstd-stream');
    this.#isOpened = true;
    return [Buffer.concat([opening, streamMessage('zstd-stream', plain)])];
  }

  #send(sender: Sender, row: ModelRow, data: Buffer, isDeflated: boolean): void {
    const opcode = row.kind === 'text' ? OPCODE.text : OPCODE.binary;
    const first = opcode | (isDeflated ? RSV1 << 4 : 0);
    // A gateway that cuts so short a message into frames is not looked for (gateway/rewrite/frame-walk.ts).
    const isCut = this.#hasFragments && row.op !== OP.INVALID_SESSION && this.#random.chance(0.08);
    const pieces = isCut ? 2 + this.#random.below(3) : 1;
    const frames: { bytes: Buffer; row: ModelRow | null }[] = [];
    let from = 0;
    for (let index = 1; index <= pieces; index += 1) {
      const until = index === pieces ? data.length : from + this.#random.below(data.length - from + 1);
      const final = index === pieces ? 0x80 : 0;
      const bytes = this.#frame(sender, final | (index === 1 ? first : 0), data.subarray(from, until));
      frames.push({ bytes, row: index === pieces ? row : null });
      if (index < pieces && this.#random.chance(0.3))
        frames.push(this.#controlFrame(sender, 'ping', this.#random.bytes(2)));
      from = until;
    }
    this.#append(sender, frames);
  }

  #controlFrame(
    sender: Sender,
    kind: 'ping' | 'pong' | 'close',
    data: Uint8Array,
  ): { bytes: Buffer; row: ModelRow } {
    const row = { kind, status: 'control', op: null, event: null, seq: null, payload: null } as const;
    return {
      bytes: this.#frame(sender, 0x80 | OPCODE[kind], data),
      row: { ...row, wireBytes: data.length },
    };
  }

  #frame(sender: Sender, firstByte: number, data: Uint8Array): Buffer {
    const mask = sender === 'client' ? this.#random.bytes(4) : null;
    const bytes = Buffer.from(data);
    if (mask !== null) applyMask(bytes, maskFromBytes(mask), 0);
    return Buffer.concat([writeFrameHeader(firstByte, data.length, mask), bytes]);
  }

  #append(
    sender: Sender,
    frames: readonly { readonly bytes: Buffer; readonly row: ModelRow | null }[],
  ): void {
    const stream = this.connection.streams[sender];
    const from = stream.bytes.length;
    let until = from;
    const rows: { row: ModelRow; until: number }[] = [];
    for (const { bytes, row } of frames) {
      until += bytes.length;
      if (row !== null) rows.push({ row, until });
    }
    stream.bytes = Buffer.concat([stream.bytes, ...frames.map(({ bytes }) => bytes)]);
    stream.blocks.push({ from, until, rows });
    this.connection.order.push({ sender, until });
  }
}

function openStream(): ModelStream {
  return { bytes: Buffer.alloc(0), blocks: [], payloads: [] };
}
