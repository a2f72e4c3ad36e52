/**
 * Recorder of a capture: turns the events of the tap into records, in order.
 *
 * The same object serves the live recorder, imports and tests: it does no I/O, reads no clock and never throws,
 * whatever the bytes are. Events of a connection that is not open are ignored.
 */
import { type Placeholder, type Redaction, Redactor } from '../gateway/redact/redact.js';
import { redactPath } from '../gateway/redact/rest-body.js';
import type { ValueMemory } from '../gateway/redact/secret-values.js';
import { SessionTracker } from '../gateway/session/session.js';
import { BOUNDS, cutCell } from '../wire/bounds.js';
import { SENDERS } from '../wire/frame.js';
import { HeldBytes } from '../wire/held-bytes.js';
import { describeBug } from './bugs.js';
import { ConnectionRecorder } from './connection-recorder.js';
import { ExchangeRecorder } from './exchange-recorder.js';
import type { DecodedFrame, DecodedMark } from './decoded-frames.js';
import type { CaptureContext, UnfinishedBytes } from './half-connection.js';
import type { CaptureRecord } from './records.js';
import { streamKey } from './streams.js';
import type { TapEvent } from './tap.js';

type ConnectionEvent = Extract<TapEvent, { readonly connection: number }>;
type ChunkEvent = Extract<TapEvent, { readonly type: 'chunk' }>;
type OpenEvent = Extract<TapEvent, { readonly type: 'open' }>;
type ExchangeEvent = Extract<TapEvent, { readonly exchange: number }>;

/** Settings of a capture. */
export interface CaptureRecorderOptions {
  readonly redaction: Redaction;
  readonly placeholder: Placeholder;
  /** Longest payload that is kept, in bytes on the wire and decoded. */
  readonly maxPayloadBytes: number;
  /** Longest body of a REST call that is recorded, in bytes on the wire and decoded. */
  readonly maxBodyBytes: number;
  /** Secrets shared with earlier and later recorders of the capture; default: no shared secrets. */
  readonly memory?: ValueMemory;
  /** Count of the bytes that are held for unfinished data, where others hold some too; default: its own. */
  readonly held?: HeldBytes;
  /** Whether the times of events are those of a clock of ours, and not of a file; default: false. */
  readonly isLive?: boolean;
  /** Whether it decodes by itself; default: true. If not, `take` gets the frames of an event before `accept` gets that. */
  readonly isDecoding?: boolean;
  /** Takes a log line about a bug of gatetape; default: discarded. */
  readonly report?: (line: string) => void;
}

/** Turns the events of a tap into records. */
export class CaptureRecorder {
  readonly #context: CaptureContext;
  readonly #maxBodyBytes: number;
  readonly #isDecoding: boolean;
  readonly #connections = new Map<number, ConnectionRecorder>();
  /** By the numbers of their streams. */
  readonly #unfinished = new Map<number, UnfinishedBytes>();
  readonly #exchanges = new Map<number, ExchangeRecorder>();

  constructor(options: CaptureRecorderOptions) {
    const { redaction, placeholder, maxPayloadBytes, maxBodyBytes, report = () => undefined } = options;
    const { isLive = false, isDecoding = true, held = new HeldBytes() } = options;
    const redactor = new Redactor({ redaction, placeholder, memory: options.memory });
    this.#context = {
      sessions: new SessionTracker(),
      redactor,
      maxPayloadBytes,
      held,
      isLive,
      report,
    };
    this.#maxBodyBytes = maxBodyBytes;
    this.#isDecoding = isDecoding;
  }

  /**
   * Takes the next event; returns its records in order. Owns the bytes: it may change and keep them. `mark`: what the
   * decoder of another thread said after it.
   */
  accept(event: TapEvent, mark: DecodedMark | null = null): CaptureRecord[] {
    return 'connection' in event ? this.#connectionEvent(event, mark) : this.#exchangeEvent(event);
  }

  /** Takes a frame that another thread has decoded, and appends its records. Never throws. */
  take({ connection, sender, kind, frameNo, atUs, decoded }: DecodedFrame, records: CaptureRecord[]): void {
    const recorder = this.#connections.get(connection);
    const before = records.length;
    try {
      recorder?.take(sender, kind, frameNo, atUs, decoded, records);
    } catch (error) {
      // Last resort: a bug of gatetape loses the frame, and nothing else.
      records.length = before;
      this.#context.report(
        `a frame of the ${sender} is not recorded (a bug: ${describeBug(error)}); traffic goes on`,
      );
      const failed = {
        status: 'decoder_failed',
        wireBytes: decoded.wireBytes,
        raw: null,
        isPlain: true,
      } as const;
      recorder?.take(sender, kind, frameNo, atUs, failed, records);
    }
  }

  /** Ends of the connections that are open, with the proxy as the cause. */
  endings(atUs: number): Extract<TapEvent, { readonly type: 'end' }>[] {
    return Array.from(this.#connections, ([connection, { relayMode }]) => {
      return { type: 'end', connection, end: { atUs, endedBy: 'proxy', relayMode } };
    });
  }

  /** Bytes of all events so far that no record contains yet. */
  unfinished(): readonly UnfinishedBytes[] {
    return [...this.#unfinished.values()];
  }

  /** Ends the capture: connections and REST calls that are still open end now, with the proxy as the cause. */
  finish(atUs: number): CaptureRecord[] {
    const records = this.endings(atUs).flatMap((end) => this.accept(end));
    for (const recorder of this.#exchanges.values()) records.push(recorder.stop(atUs));
    this.#exchanges.clear();
    return records;
  }

  #connectionEvent(event: ConnectionEvent, mark: DecodedMark | null): CaptureRecord[] {
    if (event.type === 'open') return this.#open(event);
    const recorder = this.#connections.get(event.connection);
    if (recorder === undefined) return [];
    const records: CaptureRecord[] = [];
    switch (event.type) {
      case 'chunk':
        recorder.chunk(event.sender, event.atUs, event.bytes, records);
        this.#noteUnfinished(event, mark?.unfinishedBytes ?? recorder.countUnfinished(event.sender));
        break;
      case 'converged':
        recorder.converged(event.gatewayFrameNo);
        break;
      case 'gap':
        recorder.gap(event.sender, event.fromUs, records);
        records.push(event);
        this.#unfinished.delete(streamKey(event.connection, event.sender));
        break;
      case 'end':
        this.#connections.delete(event.connection);
        recorder.end(event.end, records, mark?.convergedFrameNo ?? null);
        for (const sender of SENDERS) this.#unfinished.delete(streamKey(event.connection, sender));
        break;
    }
    return records;
  }

  #noteUnfinished({ connection, sender, atUs }: ChunkEvent, bytes: number): void {
    const key = streamKey(connection, sender);
    if (bytes > 0) this.#unfinished.set(key, { connection, sender, bytes, atUs });
    else if (this.#unfinished.size > 0) this.#unfinished.delete(key);
  }

  #exchangeEvent(event: ExchangeEvent): CaptureRecord[] {
    const { exchange } = event;
    if (event.type === 'exchange') {
      const recorder = new ExchangeRecorder(event.start, this.#context, this.#maxBodyBytes);
      this.#exchanges.set(exchange, recorder);
      return [];
    }
    const recorder = this.#exchanges.get(exchange);
    if (recorder === undefined) return [];
    switch (event.type) {
      case 'body':
        recorder.body(event.message, event.bytes);
        return [];
      case 'answer':
        recorder.answer(event.answer);
        return [];
      case 'exchange_end':
        this.#exchanges.delete(exchange);
        return [recorder.end(event.end)];
    }
  }

  #open({ connection, handshake, isContinued = false }: OpenEvent): CaptureRecord[] {
    if (this.#connections.has(connection)) return [];
    this.#connections.set(
      connection,
      new ConnectionRecorder(connection, handshake, this.#context, this.#isDecoding),
    );
    const { redactor } = this.#context;
    return [
      {
        type: 'connection_opened',
        connection,
        atUs: handshake.atUs,
        path: cutCell(redactPath(handshake.path, redactor), BOUNDS.urlChars),
        upstreamUrl: cutCell(redactPath(handshake.upstreamUrl, redactor), BOUNDS.urlChars),
        transport: handshake.transport,
        extensions: handshake.extensions === null ? null : cutCell(handshake.extensions),
        userAgent: handshake.userAgent === null ? null : cutCell(redactor.text(handshake.userAgent)),
        isClientTls: handshake.isClientTls,
        isUpstreamTls: handshake.isUpstreamTls,
        upgradeStatus: handshake.upgradeStatus,
        ...(isContinued ? { isContinued } : {}),
      },
    ];
  }
}
