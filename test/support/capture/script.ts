/**
 * Captures as scripts, one line for each event:
 *
 *   open 1 etf zlib-stream          a connection; JSON without compression unless it says otherwise
 *   1 < HELLO                       a payload of the gateway: an opcode or an event by name, then `d` in JSON
 *   1 > IDENTIFY {"intents":513}    a payload of the client; `d` is merged with what every client sends
 *   1 < MESSAGE_CREATE #7 {}        a dispatch by its number; without one, the next of its session
 *   1 > PRESENCE_UPDATE "online"    any `d`, allowed or not; an unknown opcode is `op99`
 *   1 < close 4009                  a close frame; `ping` and `pong` alike, without a number
 *   + 1500                          so many ms pass; between two lines one passes by itself
 *   call GET /v10/users/@me 200 {}  a REST call, the status of its answer, and its body in JSON
 *   gap 1 < 500                     bytes that were relayed and not recorded
 *   end 1 gateway                   the end of a connection, and whose socket ended first: the client's if it is left out
 *
 * The events are those that a proxy reports; records, database, recording and tape are made of them by the real recorder,
 * store and exporter. Rows with given numbers: records.ts. Recordings step by step: steps.ts.
 */
import type { CaptureRecord } from '../../../src/capture/records.js';
import type { TapEvent } from '../../../src/capture/tap.js';
import { OP, OPCODES } from '../../../src/gateway/opcodes.js';
import type { JsonValue } from '../../../src/gateway/payload.js';
import { sessionRecording } from '../../../src/library/recording.js';
import { PayloadEncoder } from '../../../src/mock/encoder.js';
import { MessageCache, type MockTransport } from '../../../src/mock/message-cache.js';
import type { Recording } from '../../../src/replay/recording.js';
import { formatTape } from '../../../src/replay/tape/tape.js';
import type { Sender } from '../../../src/wire/frame.js';
import { encodeClose } from '../../../src/wire/websocket.js';
import { newRecorder, record } from '../capture-playbook.js';
import { START_US } from './records.js';
import { scratchFile } from '../scratch.js';
import { readerOf, storeRecords } from '../stores.js';
import { handshake, socketBytes } from './tap-events.js';

const LINE = /^(?<connection>\d+) (?<way>[<>]) (?<name>\S+)(?: #(?<seq>\d+))?(?: (?<d>.+))?$/;
const NUMBERS = new Map(OPCODES.map(({ name, op }) => [name, op]));

interface Connection {
  readonly transport: MockTransport;
  readonly encoders: Record<Sender, PayloadEncoder>;
  sessionId: string;
  shard: JsonValue;
  seq: number;
}

/** A capture as it was scripted, in every form that a test may want. */
export interface ScriptedCapture {
  readonly events: readonly TapEvent[];
  readonly records: () => CaptureRecord[];
  /** Path of a database with the capture, which goes away with the test, or as `scratchFile` has it. */
  readonly database: (whenFinished?: (remove: () => void) => void) => string;
  /** Recording of one session, by its id in the database. */
  readonly recording: (session?: number) => Recording;
  readonly tape: (session?: number) => string;
}

/** The capture of a script. */
export function captureScript(script: string): ScriptedCapture {
  const writer = new ScriptWriter();
  for (const line of script.split('\n').map((text) => text.trim())) if (line !== '') writer.write(line);
  const { events } = writer;
  const records = (): CaptureRecord[] => record(events, newRecorder());
  const recording = (session = 1): Recording => sessionRecording(readerOf(records()), session);
  return {
    events,
    records,
    database: (whenFinished) => storeRecords(records(), scratchFile(undefined, whenFinished), whenFinished),
    recording,
    tape: (session) => formatTape(recording(session)),
  };
}

class ScriptWriter {
  readonly events: TapEvent[] = [];
  readonly #connections = new Map<number, Connection>();
  #atUs = START_US;
  #calls = 0;
  #sessions = 0;
  #lastSession = 'session-1';

  write(line: string): void {
    const [word = '', first = '', ...rest] = line.split(' ');
    if (word === '+') {
      this.#atUs += Number(first) * 1000;
      return;
    }
    if (word === 'open') this.#open(Number(first), rest);
    else if (word === 'end') this.#end(Number(first), rest[0] ?? 'client');
    else if (word === 'gap')
      this.#gap(Number(first), rest[0] === '>' ? 'client' : 'gateway', Number(rest[1]));
    else if (word === 'call') this.#call(first, rest);
    else this.#frame(line);
    this.#atUs += 1000;
  }

  #open(connection: number, words: readonly string[]): void {
    const encoding = words.includes('etf') ? 'etf' : 'json';
    const compress = (['zlib-stream', 'zstd-stream'] as const).find((name) => words.includes(name)) ?? 'none';
    const transport = { version: 10, encoding, compress } as const;
    const cache = new MessageCache();
    const encoders = {
      gateway: new PayloadEncoder(transport, cache),
      client: new PayloadEncoder({ ...transport, compress: 'none' }, cache),
    };
    this.#connections.set(connection, {
      transport,
      encoders,
      sessionId: this.#lastSession,
      shard: [0, 1],
      seq: 0,
    });
    const path = `/?v=10&encoding=${encoding}${compress === 'none' ? '' : `&compress=${compress}`}`;
    const changes = { atUs: this.#atUs, path, upstreamUrl: `wss://gateway.example${path}`, transport };
    this.events.push({ type: 'open', connection, handshake: handshake(changes) });
  }

  #end(connection: number, endedBy: string): void {
    const end = { atUs: this.#atUs, endedBy: endedBy as Sender | 'proxy', relayMode: 'verbatim' } as const;
    this.events.push({ type: 'end', connection, end });
  }

  #gap(connection: number, sender: Sender, bytes: number): void {
    const [fromUs, untilUs] = [this.#atUs, this.#atUs + 1000];
    this.events.push({ type: 'gap', connection, sender, fromUs, untilUs, bytes });
  }

  #call(method: string, [path = '', status = '200', ...body]: readonly string[]): void {
    const exchange = (this.#calls += 1);
    const json = { contentType: 'application/json', contentEncoding: null };
    const start = {
      ...json,
      atUs: this.#atUs,
      method,
      path,
      userAgent: null,
      authorization: null,
      secrets: [],
    };
    const bytes = Buffer.from(body.join(' '));
    this.events.push({ type: 'exchange', exchange, start });
    this.events.push({ type: 'answer', exchange, answer: { ...json, status: Number(status), headers: {} } });
    if (bytes.length > 0) this.events.push({ type: 'body', exchange, message: 'response', bytes });
    const sizes = { requestBytes: 0, responseBytes: bytes.length };
    this.events.push({
      type: 'exchange_end',
      exchange,
      end: { ...sizes, atUs: this.#atUs + 500, fault: null },
    });
  }

  #frame(line: string): void {
    const { connection = '', way, name = '', seq, d } = LINE.exec(line)?.groups ?? {};
    const state = this.#connections.get(Number(connection));
    if (state === undefined) throw new Error(`no line of a script, or of no open connection: ${line}`);
    const sender = way === '>' ? 'client' : 'gateway';
    const bytes = ['close', 'ping', 'pong'].includes(name)
      ? socketBytes(sender, [name as 'close', name === 'close' ? encodeClose(Number(d ?? 1000), '') : ''])
      : this.#message(state, sender, name, seq, d === undefined ? undefined : (JSON.parse(d) as JsonValue));
    this.events.push({ type: 'chunk', connection: Number(connection), sender, atUs: this.#atUs, bytes });
  }

  #message(state: Connection, sender: Sender, name: string, seq: string | undefined, d?: JsonValue): Buffer {
    const op = NUMBERS.get(name) ?? (/^op\d+$/.test(name) ? Number(name.slice(2)) : OP.DISPATCH);
    const event = op === OP.DISPATCH ? name : null;
    if (event !== null) state.seq = seq === undefined ? state.seq + 1 : Number(seq);
    const payload = { op, d: this.#data(state, name, d), s: event === null ? null : state.seq, t: event };
    const text = JSON.stringify(sender === 'client' ? { op, d: payload.d } : payload);
    const data = state.encoders[sender].encode(text, event);
    return socketBytes(sender, [typeof data === 'string' ? 'text' : 'binary', data]);
  }

  /** `d` as it is given, over what every payload of this name has. */
  #data(state: Connection, name: string, given: JsonValue | undefined): JsonValue {
    const usual = this.#usual(state, name);
    const isMerged = [usual, given].every((each) => typeof each === 'object' && each !== null);
    const d = isMerged ? { ...(usual as object), ...(given as object) } : given === undefined ? usual : given;
    // A gateway gives the shard back in READY.
    if (name === 'IDENTIFY') state.shard = (d as { readonly shard: JsonValue }).shard;
    if (name === 'RESUME') state.seq = (d as { readonly seq?: number }).seq ?? state.seq;
    return d;
  }

  #usual(state: Connection, name: string): JsonValue {
    switch (name) {
      case 'HELLO':
        return { heartbeat_interval: 41_250 };
      case 'HEARTBEAT':
        return state.seq === 0 ? null : state.seq;
      case 'IDENTIFY':
        state.sessionId = this.#lastSession = `session-${(this.#sessions += 1)}`;
        state.seq = 0;
        return {
          token: 'token-of-the-script',
          intents: 513,
          properties: { browser: 'script' },
          shard: [0, 1],
        };
      case 'RESUME':
        return { token: 'token-of-the-script', session_id: state.sessionId, seq: 1 };
      case 'READY':
        return { v: 10, user: { id: '42' }, guilds: [], session_id: state.sessionId, shard: state.shard };
      case 'INVALID_SESSION':
        return false;
      case 'RECONNECT':
      case 'HEARTBEAT_ACK':
        return null;
      default:
        return {};
    }
  }
}
