/**
 * Recorder of one connection: raw chunks of both senders become records.
 *
 * Each sender has its own frame parser and payload decoder; frames are numbered on arrival, both senders
 * together. After a gap in the tapped bytes, the boundaries of a sender's frames are lost: its bytes are counted as
 * `context_lost` until the next frame is found, or to the end if the rest cannot be decoded without what is missing. The
 * other sender's frames are still recorded. Does no I/O and reads no clock.
 * Source: RFC 6455 section 5 for frames; src/capture/records.ts for the meaning of the records.
 */
import type { DecodedPayload, NoPayload } from '../gateway/decode/decoded.js';
import { type Heartbeat, HeartbeatTracker } from '../gateway/session/heartbeat.js';
import type { ObservationName } from '../gateway/session/observations.js';
import type { Holder } from '../gateway/redact/secret-values.js';
import { OP } from '../gateway/opcodes.js';
import type { SessionEvent } from '../gateway/session/session.js';
import { findPayloadMisfit } from '../gateway/payload-shapes.js';
import { BOUNDS, cutCell } from '../wire/bounds.js';
import type { CloseInfo, Frame, FrameKind, Sender } from '../wire/frame.js';
import { parseClose } from '../wire/websocket.js';
import type { FrameFinder } from './frame-finder.js';
import {
  type CaptureContext,
  type HalfConnection,
  openHalf,
  resume,
  searchFrame,
} from './half-connection.js';
import type { CaptureRecord, RelayMode } from './records.js';
import type { End, Handshake } from './tap.js';

/** Records one connection from its handshake to its end. */
export class ConnectionRecorder {
  readonly #key: number;
  readonly #context: CaptureContext;
  readonly half: Readonly<Record<Sender, HalfConnection>>;
  readonly #heartbeats = new HeartbeatTracker();
  readonly #misfits = new Set<string>();
  /** Keeps the credentials of this connection remembered while it is open. */
  readonly #credentials: Holder;
  #frameNo = 0;
  #gatewayFrameNo = 0;
  #session: number | null = null;
  #close: (CloseInfo & { readonly sender: Sender }) | null = null;
  /** Gateway frame, counted from 1, from which the bytes are verbatim again. */
  #convergesAt: number | null = null;
  #convergedFrameNo: number | null = null;

  constructor(key: number, handshake: Handshake, context: CaptureContext) {
    this.#key = key;
    this.#context = context;
    const open = (sender: Sender): HalfConnection => openHalf(sender, handshake, context);
    this.half = { client: open('client'), gateway: open('gateway') };
    context.sessions.open(key, handshake.userAgent);
    this.#credentials = context.redactor.hold();
    context.redactor.learn(handshake.secrets, this.#credentials);
  }

  /** Takes the next bytes of a sender and appends the resulting records; never throws, whatever the bytes are. */
  chunk(sender: Sender, atUs: number, bytes: Uint8Array, records: CaptureRecord[]): void {
    const half = this.half[sender];
    try {
      if (half.finder !== null) this.#search(half, half.finder, atUs, bytes, records);
      else if (half.parser === null) this.#unread(half, 'context_lost', bytes.length, atUs, records);
      else for (const frame of half.parser.push(bytes)) this.#decode(half, frame, atUs, records);
    } catch (error) {
      this.#giveUp(half, error, bytes.length, atUs, records);
    }
  }

  /** Looks for a frame after a gap, and decodes from there. */
  #search(
    half: HalfConnection,
    finder: FrameFinder,
    atUs: number,
    bytes: Uint8Array,
    records: CaptureRecord[],
  ): void {
    const { skippedBytes, found } = finder.push(bytes);
    // Not only when the search ends: it may last as long as the connection, and a kill would lose the bytes.
    if (skippedBytes > 0) this.#unread(half, 'context_lost', skippedBytes, atUs, records);
    if (found === null) return;
    if (found === 'lost') half.finder = null;
    else {
      resume(half);
      this.chunk(half.sender, atUs, found, records);
    }
  }

  #endSearch(half: HalfConnection, atUs: number, records: CaptureRecord[]): void {
    const heldBytes = half.finder?.end() ?? 0;
    half.finder = null;
    if (heldBytes > 0) this.#unread(half, 'context_lost', heldBytes, atUs, records);
  }

  /** Records the frame from which the bytes to the client are verbatim again. */
  converged(gatewayFrameNo: number): void {
    this.#convergesAt = gatewayFrameNo;
  }

  /** Records a gap: bytes that the tap did not see. */
  gap(sender: Sender, untilUs: number, records: CaptureRecord[]): void {
    const half = this.half[sender];
    this.#endHalf(half, untilUs, records);
    searchFrame(half);
  }

  /** Ends the connection. */
  end(end: End, records: CaptureRecord[]): void {
    const { atUs, endedBy, relayMode, repeats = 0 } = end;
    this.#endHalf(this.half.client, atUs, records);
    this.#endHalf(this.half.gateway, atUs, records);
    records.push(...this.#remarks(end));
    for (const missed of this.#heartbeats.end()) records.push(this.#heartbeat(missed));
    for (const said of this.#context.sessions.close(this.#key, this.#gatewayCloseCode)) {
      records.push(this.#sessionRecord(said, atUs));
    }
    const reason = this.#close?.reason ?? null;
    records.push({
      type: 'connection_closed',
      connection: this.#key,
      atUs,
      closeCode: this.#close?.code ?? null,
      closeReason: this.#name(reason),
      closedBy: this.#close?.sender ?? endedBy,
      relayMode,
      convergedFrameNo: relayMode === 'converged' ? this.#convergedFrameNo : null,
      repeats,
    });
    this.#credentials.release();
  }

  /** How the relay treated the bytes to the client, as reported by the tap. */
  get relayMode(): RelayMode {
    return this.#convergesAt === null ? 'verbatim' : 'converged';
  }

  get #gatewayCloseCode(): number | null {
    return this.#close?.sender === 'gateway' ? this.#close.code : null;
  }

  #decode(half: HalfConnection, frame: Frame, atUs: number, records: CaptureRecord[]): void {
    this.#frameNo += 1;
    if (half.sender === 'gateway') {
      this.#gatewayFrameNo += 1;
      if (this.#gatewayFrameNo === this.#convergesAt) this.#convergedFrameNo = this.#frameNo;
    }
    if (frame.kind === 'close' && frame.error === null) {
      this.#close ??= { ...parseClose(frame.data), sender: half.sender };
    }
    for (const decoded of half.decoder.push(frame, this.#context.isLive ? atUs : null)) {
      if (decoded.status === 'ok') this.#payload(half.sender, frame.kind, decoded, atUs, records);
      else this.#frame(half, frame.kind, decoded, atUs, records);
    }
  }

  #payload(
    sender: Sender,
    kind: FrameKind,
    payload: DecodedPayload,
    atUs: number,
    records: CaptureRecord[],
  ): void {
    const events = this.#context.sessions.observe(this.#key, payload, sender);
    if (events.length > 0) this.#session = this.#context.sessions.findSession(this.#key);
    const body = this.#context.redactor.body(payload, this.#credentials);
    const event = payload.t;
    records.push({
      type: 'frame',
      connection: this.#key,
      session: this.#session,
      frameNo: this.#frameNo,
      atUs,
      sender,
      kind,
      status: 'ok',
      op: payload.op,
      // A value that is masked in the text may also occur in the event's name.
      event: event === null ? null : body === payload.bytes ? cutCell(event) : this.#name(event),
      seq: payload.s,
      wireBytes: payload.wireBytes,
      payloadBytes: payload.payloadBytes,
      body,
      raw: payload.etf === null ? null : this.#context.redactor.etf(payload, body),
    });
    for (const said of events) records.push(this.#sessionRecord(said, atUs));
    this.#beat(sender, payload.op, atUs, records);
    const misfit = findPayloadMisfit(payload);
    if (misfit !== null) this.#noteMisfit(payload.op, misfit, atUs, records);
  }

  /** Reports a wrong shape once for each opcode and kind of mismatch. */
  #noteMisfit(op: number, misfit: string, atUs: number, records: CaptureRecord[]): void {
    const detail = `opcode ${op}: ${misfit}`;
    if (this.#misfits.has(detail) || this.#misfits.size >= BOUNDS.remarks) return;
    this.#misfits.add(detail);
    records.push(this.#observation('unexpected_shape', detail, atUs));
  }

  /** Records a frame that holds no payload of its own. */
  #frame(
    { sender }: HalfConnection,
    kind: FrameKind,
    frame: NoPayload,
    atUs: number,
    records: CaptureRecord[],
  ): void {
    records.push({
      type: 'frame',
      connection: this.#key,
      session: this.#session,
      frameNo: this.#frameNo,
      atUs,
      sender,
      kind,
      status: frame.status,
      op: null,
      event: null,
      seq: null,
      wireBytes: frame.wireBytes,
      payloadBytes: null,
      body: null,
      raw: this.#kept(frame),
    });
  }

  #beat(sender: Sender, op: number, atUs: number, records: CaptureRecord[]): void {
    if (sender === 'client' ? op !== OP.HEARTBEAT && op !== OP.QOS_HEARTBEAT : op !== OP.HEARTBEAT_ACK)
      return;
    const isSent = sender === 'client';
    const beat = isSent ? this.#heartbeats.sent(atUs, this.#session) : this.#heartbeats.acked(atUs);
    if (beat !== null) records.push(this.#heartbeat(beat));
    else if (!isSent) records.push(this.#observation('unexpected_ack', 'no heartbeat was open', atUs));
  }

  /** Closes one sender's half; an unfinished frame is recorded as truncated. */
  #endHalf(half: HalfConnection, atUs: number, records: CaptureRecord[]): void {
    try {
      const rest = half.parser?.end() ?? null;
      if (rest !== null) this.#decode(half, rest, atUs, records);
    } catch (error) {
      this.#giveUp(half, error, 0, atUs, records);
    }
    half.parser = null;
    this.#endSearch(half, atUs, records);
    const open = half.decoder.end();
    if (open === null || open.status === 'ok') return;
    this.#frameNo += 1;
    this.#frame(half, 'binary', open, atUs, records);
  }

  /**
   * Stops recording one sender of this connection. Last resort: any exception here is a bug of gatetape, and it must
   * affect nothing else.
   */
  #giveUp(
    half: HalfConnection,
    error: unknown,
    byteCount: number,
    atUs: number,
    records: CaptureRecord[],
  ): void {
    half.parser?.end();
    half.parser = null;
    const lostBytes = half.finder?.end() ?? byteCount;
    half.finder = null;
    half.decoder.end();
    const what = error instanceof Error ? `${error.name} in ${describeOrigin(error)}` : 'a fault';
    this.#context.report(
      `the ${half.sender}'s frames of a connection are not decoded any more (a bug: ${what}); traffic goes on`,
    );
    this.#unread(half, 'decoder_failed', lostBytes, atUs, records);
  }

  /** Records bytes that cannot be split into frames. */
  #unread(
    half: HalfConnection,
    status: 'context_lost' | 'decoder_failed',
    wireBytes: number,
    atUs: number,
    records: CaptureRecord[],
  ): void {
    this.#frameNo += 1;
    this.#frame(half, 'binary', { status, wireBytes, raw: null, isPlain: true }, atUs, records);
  }

  /** Bytes of a frame without a payload, or null if they must not be kept. */
  #kept({ raw, isPlain }: NoPayload): Uint8Array | null {
    const { redactor } = this.#context;
    if (raw === null || raw.length === 0 || (!isPlain && !redactor.isOff)) return null;
    return redactor.raw(raw);
  }

  #heartbeat({ session, sentAtUs, ackedAtUs }: Heartbeat): CaptureRecord {
    return { type: 'heartbeat', connection: this.#key, session, sentAtUs, ackedAtUs };
  }

  #remarks({ atUs, remarks = [] }: End): CaptureRecord[] {
    return remarks.map(({ name, detail }) => this.#observation(name, detail, atUs));
  }

  /** A name or another short text, for its own column. */
  #name(text: string | null): string | null {
    return text === null ? null : cutCell(this.#context.redactor.text(text));
  }

  #observation(name: ObservationName, detail: string, atUs: number): CaptureRecord {
    return {
      type: 'observation',
      connection: this.#key,
      session: this.#session,
      frameNo: this.#frameNo,
      atUs,
      name,
      detail,
    };
  }

  #sessionRecord(said: SessionEvent, atUs: number): CaptureRecord {
    const { redactor } = this.#context;
    switch (said.type) {
      case 'attached':
        return { ...said, type: 'session_attached', connection: this.#key, atUs };
      case 'refused':
        return { ...said, type: 'session_refused', connection: this.#key, atUs };
      case 'returned':
        return { ...said, type: 'session_returned', atUs };
      case 'facts':
        return {
          type: 'session_facts',
          session: said.session,
          atUs,
          alias: said.sessionId === null ? null : redactor.alias(said.sessionId, this.#credentials),
          userId: this.#name(said.userId),
          shard: said.shard,
          library: this.#name(said.library),
          intents: said.intents,
          tokenAlias: said.token === null ? null : redactor.alias(said.token, this.#credentials),
        };
      case 'observation':
        return this.#observation(said.name, said.detail, atUs);
    }
  }
}

/** Where an error was thrown, from the first line of its stack, without the message, which may quote a payload. */
function describeOrigin({ stack = '' }: Error): string {
  return /at ([\w$.#<> ]{1,80})/.exec(stack)?.[1]?.trim() ?? 'an unknown place';
}
