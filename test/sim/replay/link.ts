/** One connection between a mock and a client: messages on their way, as the mock's own encoder makes them. */
import { createInflate, inflateSync } from 'node:zlib';
import { OP } from '../../../src/gateway/opcodes.js';
import { asObject, toPayload, type JsonValue, type Payload } from '../../../src/gateway/payload.js';
import { damageMessage, PayloadEncoder, type MessageData } from '../../../src/mock/encoder.js';
import type { MessageCache, MockTransport } from '../../../src/mock/message-cache.js';
import { MessageReader } from '../../../src/mock/message-reader.js';
import type { GatewayAction, GatewayInput, SendAction } from '../../../src/replay/gateway-side/actions.js';
import { decodeEtf } from '../../../src/wire/etf/decode.js';
import { encodeEtf } from '../../../src/wire/etf/encode.js';
import { createInflater } from '../../../src/wire/inflate.js';
import { runSync } from '../zlib-sync.js';

/** What a client meets. */
export type Arrival =
  | { readonly type: 'payload'; readonly payload: Payload; readonly text: string }
  /** A message that is no payload. */
  | { readonly type: 'undecodable' }
  | { readonly type: 'ping' }
  /** Null without a close frame. */
  | { readonly type: 'closed'; readonly code: number | null };

type OnItsWay = { readonly message: MessageData } | Exclude<Arrival, { type: 'payload' | 'undecodable' }>;

const LIMITS = { maxPayloadBytes: 2 ** 26 };
/** Of a compressed payload; neither JSON nor ETF begins so. */
const ZLIB_FIRST_BYTE = 0x78;
const DEFLATE_TAIL = Buffer.from([0, 0, 0xff, 0xff]);

/** A connection; `peer` is its number. */
export class Link {
  readonly peer: number;
  readonly #encoder: PayloadEncoder;
  readonly #reader: MessageReader;
  readonly #transport: MockTransport;
  readonly #inflate: (data: Buffer) => Buffer | null;
  readonly #toClient: OnItsWay[] = [];
  readonly #toMock: GatewayInput[] = [];
  /** The client has seen the end, or made it. */
  isEnded = false;
  /** Nothing more comes from the mock. */
  #isShut = false;

  constructor(peer: number, transport: MockTransport, cache: MessageCache, isStrict: boolean) {
    this.peer = peer;
    this.#transport = transport;
    this.#encoder = new PayloadEncoder(transport, cache);
    this.#reader = new MessageReader(transport, isStrict);
    this.#inflate = openInflate(transport.compress);
    this.#toMock.push({ type: 'connected', peer });
  }

  get hasForClient(): boolean {
    return this.#toClient.length > 0;
  }

  get hasForMock(): boolean {
    return this.#toMock.length > 0;
  }

  /** Performs what the mock does. */
  perform(action: GatewayAction): void {
    if (this.#isShut || this.isEnded || action.type === 'finished') return;
    if (action.type === 'send') this.#send(action);
    else if (action.type === 'ping') this.#toClient.push({ type: 'ping' });
    else {
      this.#isShut = true;
      if (action.type === 'reset') this.#toClient.length = 0;
      this.#toClient.push({ type: 'closed', code: action.type === 'close' ? action.code : null });
    }
  }

  /** The client says something. */
  say(text: string): void {
    if (this.isEnded) return;
    if (this.#transport.encoding === 'json') this.#hear(Buffer.from(text), false);
    else this.#hear(Buffer.from(encodeEtf(JSON.parse(text) as JsonValue)), true);
  }

  /** The client leaves. */
  leave(code: number | null): void {
    this.isEnded = true;
    this.#toClient.length = 0;
    this.#toMock.push({ type: 'disconnected', peer: this.peer, code });
  }

  /** What the mock gets next. */
  takeForMock(): GatewayInput {
    return this.#toMock.shift()!;
  }

  /** What the client gets next; null while a payload goes on in another message. */
  takeForClient(): Arrival | null {
    const next = this.#toClient.shift()!;
    if ('message' in next) return this.#decode(next.message);
    if (next.type === 'ping') this.#toMock.push({ type: 'pong', peer: this.peer });
    // A client answers a close frame with the same code.
    if (next.type === 'closed') this.leave(next.code);
    return next;
  }

  #send({ text, event, damage = null }: SendAction): void {
    const message = this.#encoder.encode(text, event);
    const parts = damage === null ? [message] : damageMessage(message, damage);
    this.#toClient.push(...parts.map((part) => ({ message: part })));
  }

  #hear(data: Buffer, isBinary: boolean): void {
    const payload = this.#reader.read(data, isBinary);
    const { peer } = this;
    // As mock/peer.ts does.
    if (payload?.op === OP.IDENTIFY && asObject(payload.d)?.['compress'] === true)
      this.#encoder.compressPayloads();
    this.#toMock.push(payload === null ? { type: 'undecodable', peer } : { type: 'payload', peer, payload });
  }

  #decode(message: MessageData): Arrival | null {
    try {
      const plain = this.#inflate(Buffer.from(message));
      if (plain === null) return null;
      const text = this.#transport.encoding === 'json' ? plain.toString() : readEtf(plain);
      const payload = toPayload(JSON.parse(text) as JsonValue);
      return payload === null ? { type: 'undecodable' } : { type: 'payload', payload, text };
    } catch {
      return { type: 'undecodable' };
    }
  }
}

function readEtf(bytes: Buffer): string {
  const decoded = decodeEtf(bytes, LIMITS);
  if (!decoded.ok) throw new Error(decoded.reason);
  return Buffer.from(decoded.json).toString();
}

/** As a client does it: node:zlib for a zlib-stream, whose payloads end with a sync flush. */
function openInflate(compress: MockTransport['compress']): (data: Buffer) => Buffer | null {
  if (compress === 'none') return (data) => (data[0] === ZLIB_FIRST_BYTE ? inflateSync(data) : data);
  if (compress === 'zlib-stream') {
    const inflate = runSync(createInflate());
    let held = Buffer.alloc(0);
    return (data) => {
      held = Buffer.concat([held, data]);
      if (!held.subarray(-4).equals(DEFLATE_TAIL)) return null;
      const plain = inflate(held);
      held = Buffer.alloc(0);
      return plain;
    };
  }
  const inflater = createInflater('zstd-stream', LIMITS);
  return (data) => {
    const inflated = inflater.push(data);
    if (inflated.status !== 'ok') throw new Error(inflated.status);
    return Buffer.from(inflated.bytes);
  };
}
