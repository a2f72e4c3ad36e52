/**
 * Recorder of one connection: its decoded frames become records, with their session and without their secrets.
 *
 * It decodes by itself (connection-decoder.ts), unless another thread does that. Does no I/O and reads no clock.
 * Source: src/capture/records.ts for the meaning of the records.
 */
import type { Decoded, DecodedPayload, NoPayload } from '../gateway/decode/decoded.js';
import { type Heartbeat, HeartbeatTracker } from '../gateway/session/heartbeat.js';
import type { ObservationName } from '../gateway/session/observations.js';
import type { Holder } from '../gateway/redact/secret-values.js';
import { OP } from '../gateway/opcodes.js';
import type { SessionEvent } from '../gateway/session/session.js';
import { findPayloadMisfit } from '../gateway/payload-shapes.js';
import { BOUNDS, cutCell } from '../wire/bounds.js';
import type { CloseInfo, FrameKind, Sender } from '../wire/frame.js';
import { parseClose } from '../wire/websocket.js';
import { ConnectionDecoder, type TakeDecoded } from './connection-decoder.js';
import type { CaptureContext } from './half-connection.js';
import type { CaptureRecord, RelayMode } from './records.js';
import type { End, Handshake } from './tap.js';

/** Of a connection whose decoder is not at work. */
const NO_RECORDS: CaptureRecord[] = [];

/** Records one connection from its handshake to its end. */
export class ConnectionRecorder {
  readonly #key: number;
  readonly #context: CaptureContext;
  /** Null if another thread decodes. */
  readonly #decoder: ConnectionDecoder | null;
  /** Where the records of the decoder's present call go. */
  #records = NO_RECORDS;
  readonly #heartbeats = new HeartbeatTracker();
  readonly #misfits = new Set<string>();
  /** Keeps the credentials of this connection remembered while it is open. */
  readonly #credentials: Holder;
  #frameNo = 0;
  #session: number | null = null;
  #close: (CloseInfo & { readonly sender: Sender }) | null = null;
  #isRewritten = false;

  constructor(key: number, handshake: Handshake, context: CaptureContext, isDecoding = true) {
    this.#key = key;
    this.#context = context;
    const take: TakeDecoded = (sender, kind, frameNo, atUs, decoded) =>
      this.take(sender, kind, frameNo, atUs, decoded, this.#records);
    this.#decoder = isDecoding ? new ConnectionDecoder(handshake, context, take) : null;
    context.sessions.open(key, handshake.userAgent);
    this.#credentials = context.redactor.hold();
    context.redactor.learn(handshake.secrets, this.#credentials);
  }

  /** Takes the next bytes of a sender and appends the resulting records; never throws, whatever the bytes are. */
  chunk(sender: Sender, atUs: number, bytes: Uint8Array, records: CaptureRecord[]): void {
    this.#records = records;
    this.#decoder?.chunk(sender, atUs, bytes);
    this.#records = NO_RECORDS;
  }

  /** Records the frame from which the bytes to the client are verbatim again. */
  converged(gatewayFrameNo: number): void {
    this.#isRewritten = true;
    this.#decoder?.converged(gatewayFrameNo);
  }

  /** Records a gap: bytes that the tap did not see. */
  gap(sender: Sender, untilUs: number, records: CaptureRecord[]): void {
    this.#records = records;
    this.#decoder?.gap(sender, untilUs);
    this.#records = NO_RECORDS;
  }

  /** Bytes at the end of a sender's stream that no record contains; 0 if another thread decodes. */
  countUnfinished(sender: Sender): number {
    return this.#decoder?.countUnfinished(sender) ?? 0;
  }

  /**
   * Takes what a frame holds, in order, and appends its records. If the connection is decoded elsewhere, the frames of a
   * chunk, a gap or the end are taken before that is.
   */
  take(
    sender: Sender,
    kind: FrameKind,
    frameNo: number,
    atUs: number,
    decoded: Decoded,
    records: CaptureRecord[],
  ): void {
    this.#frameNo = frameNo;
    if (decoded.status === 'ok') {
      this.#payload(sender, kind, decoded, atUs, records);
      return;
    }
    if (kind === 'close' && decoded.status === 'control' && decoded.raw !== null)
      this.#close ??= { ...parseClose(decoded.raw), sender };
    this.#frame(sender, kind, decoded, atUs, records);
  }

  /** Ends the connection. `converged`: the frame from which the bytes were verbatim again, if another thread decodes. */
  end(end: End, records: CaptureRecord[], converged: number | null = null): void {
    const { atUs } = end;
    this.#records = records;
    this.#decoder?.end(atUs);
    this.#records = NO_RECORDS;
    records.push(...this.#remarks(end));
    for (const missed of this.#heartbeats.end()) records.push(this.#heartbeat(missed));
    for (const said of this.#context.sessions.close(this.#key, this.#gatewayCloseCode)) {
      records.push(this.#sessionRecord(said, atUs));
    }
    records.push(this.#closed(end, this.#decoder?.convergedFrameNo ?? converged));
    this.#credentials.release();
  }

  #closed({ atUs, endedBy, relayMode, repeats = 0 }: End, convergedFrameNo: number | null): CaptureRecord {
    return {
      type: 'connection_closed',
      connection: this.#key,
      atUs,
      closeCode: this.#close?.code ?? null,
      closeReason: this.#name(this.#close?.reason ?? null),
      closedBy: this.#close?.sender ?? endedBy,
      relayMode,
      convergedFrameNo: relayMode === 'converged' ? convergedFrameNo : null,
      repeats,
    };
  }

  /** How the relay treated the bytes to the client, as reported by the tap. */
  get relayMode(): RelayMode {
    return this.#isRewritten ? 'converged' : 'verbatim';
  }

  get #gatewayCloseCode(): number | null {
    return this.#close?.sender === 'gateway' ? this.#close.code : null;
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
  #frame(sender: Sender, kind: FrameKind, frame: NoPayload, atUs: number, records: CaptureRecord[]): void {
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
