/**
 * Decoded frames on the way from the thread that decodes to the one that records.
 *
 * They cross in the form of frame records, for which there is a way between threads already: without a session, and with
 * their secrets. After the frames of each event comes a mark, which has frame number 0 and says what the decoder knows.
 */
import { type Decoded, DecodedPayload } from '../gateway/decode/decoded.js';
import { cutCell } from '../wire/bounds.js';
import type { FrameKind, Sender } from '../wire/frame.js';
import { scanEnvelope } from '../wire/json/envelope.js';
import type { FrameRecord } from './records.js';

/** What a frame holds, and where it belongs. */
export interface DecodedFrame {
  readonly connection: number;
  readonly sender: Sender;
  readonly kind: FrameKind;
  readonly frameNo: number;
  readonly atUs: number;
  readonly decoded: Decoded;
}

/** What a decoder knows after an event. */
export interface DecodedMark {
  /** Bytes of the event's sender that no frame has yet, because theirs is not whole. */
  readonly unfinishedBytes: number;
  /** Frame of the connection from which the bytes to the client are verbatim again, or null. */
  readonly convergedFrameNo: number | null;
}

// In the column of the session, which is not known yet: the end of `d`, and these two.
const HAS_SECRET_KEY = 1;
const HAS_LONG_EVENT = 2;
const FLAGS = 4;
/** In the same column of a frame without a payload. */
const IS_PLAIN = 1;

/** Packs what a frame holds. Bytes that may hide secrets are left out if these are masked: they would not be kept. */
export function packDecoded({ decoded, ...frame }: DecodedFrame, isMasking: boolean): FrameRecord {
  if (decoded.status !== 'ok') {
    const { status, wireBytes, raw, isPlain } = decoded;
    const kept = isPlain || !isMasking ? raw : null;
    const session = isPlain ? IS_PLAIN : 0;
    const payload = { op: null, event: null, seq: null, payloadBytes: null, body: null };
    return { type: 'frame', ...frame, ...payload, status, session, wireBytes, raw: kept };
  }
  const { op, t, s, dStart, dEnd, wireBytes, bytes, etf, hasSecretKey } = decoded;
  // The names of events are remembered, so a long one is read from the payload again.
  const isLong = t !== null && cutCell(t) !== t;
  const flags = (hasSecretKey ? HAS_SECRET_KEY : 0) + (isLong ? HAS_LONG_EVENT : 0);
  return {
    type: 'frame',
    connection: frame.connection,
    session: dEnd * FLAGS + flags,
    frameNo: frame.frameNo,
    atUs: frame.atUs,
    sender: frame.sender,
    kind: frame.kind,
    status: 'ok',
    op,
    event: isLong ? null : t,
    seq: s,
    wireBytes,
    payloadBytes: dStart,
    body: bytes,
    raw: etf,
  };
}

/** Reverses `packDecoded`. */
export function unpackDecoded(record: FrameRecord): DecodedFrame {
  const { connection, sender, kind, frameNo, atUs } = record;
  return { connection, sender, kind, frameNo, atUs, decoded: unpackContent(record) };
}

function unpackContent(record: FrameRecord): Decoded {
  const { status, wireBytes, body, raw } = record;
  const session = record.session ?? 0;
  if (status !== 'ok') return { status, wireBytes, raw, isPlain: session === IS_PLAIN };
  const bytes = body ?? new Uint8Array();
  const flags = session % FLAGS;
  return new DecodedPayload({
    op: record.op ?? 0,
    s: record.seq,
    t: (flags & HAS_LONG_EVENT) === 0 ? record.event : readEvent(bytes),
    bytes,
    etf: raw,
    dStart: record.payloadBytes ?? 0,
    dEnd: (session - flags) / FLAGS,
    wireBytes,
    payloadBytes: (raw ?? bytes).length,
    hasSecretKey: (flags & HAS_SECRET_KEY) !== 0,
  });
}

function readEvent(bytes: Uint8Array): string | null {
  const envelope = scanEnvelope(bytes, null);
  return typeof envelope === 'string' ? null : envelope.t;
}

/** Packs the mark after an event of a connection. */
export function packMark(
  connection: number,
  { unfinishedBytes, convergedFrameNo }: DecodedMark,
): FrameRecord {
  return {
    type: 'frame',
    connection,
    session: null,
    frameNo: 0,
    atUs: 0,
    sender: 'client',
    kind: 'binary',
    status: 'partial',
    op: null,
    event: null,
    seq: convergedFrameNo,
    wireBytes: unfinishedBytes,
    payloadBytes: null,
    body: null,
    raw: null,
  };
}

/** The mark that was packed; null if the record is a frame. */
export function unpackMark({ frameNo, wireBytes, seq }: FrameRecord): DecodedMark | null {
  return frameNo === 0 ? { unfinishedBytes: wireBytes, convergedFrameNo: seq } : null;
}
