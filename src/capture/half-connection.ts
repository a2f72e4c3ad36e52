/**
 * One sender's half of a connection: its frame parser and its payload decoder.
 */
import { PayloadDecoder } from '../gateway/decode/decoder.js';
import type { Redactor } from '../gateway/redact/redact.js';
import type { SessionTracker } from '../gateway/session/session.js';
import type { Sender } from '../wire/frame.js';
import type { HeldBytes } from '../wire/held-bytes.js';
import { FrameFinder, type FrameFinderOptions } from './frame-finder.js';
import { deflateAgreement } from '../wire/permessage-deflate.js';
import { FrameParser } from '../wire/websocket.js';
import type { Handshake } from './tap.js';

/** What the decoders of all connections share. */
export interface DecodingContext {
  /** What names the keys to look for. */
  readonly redactor: Pick<Redactor, 'secretKeys'>;
  /** Longest payload that is recorded, in bytes on the wire and decoded. */
  readonly maxPayloadBytes: number;
  /** Count of the bytes that all connections and REST calls hold. */
  readonly held: HeldBytes;
  /** Whether the times of events are those of a clock of ours, and not of a file. */
  readonly isLive: boolean;
  /** Takes a log line about a bug of gatetape. */
  readonly report: (line: string) => void;
}

/** What the recorders of all connections share. */
export interface CaptureContext extends DecodingContext {
  readonly sessions: SessionTracker;
  readonly redactor: Redactor;
}

/** One sender's half of a connection. */
export interface HalfConnection {
  readonly sender: Sender;
  /** Null after the end, and after a gap, which loses the boundaries of frames, or a bug of gatetape. */
  parser: FrameParser | null;
  decoder: PayloadDecoder;
  /** Searches for the next frame after a gap; null otherwise, or if the rest of the stream cannot be decoded. */
  finder: FrameFinder | null;
  /** Settings of the parser and the decoder after a gap. */
  readonly reopen: FrameFinderOptions;
}

/** Bytes at the end of a stream that no record contains, because their frame is not whole. */
export interface UnfinishedBytes {
  readonly connection: number;
  readonly sender: Sender;
  readonly bytes: number;
  /** Arrival of the last of them. */
  readonly atUs: number;
}

/** Number of such bytes. */
export function countUnfinished({ parser, finder }: HalfConnection): number {
  return parser?.unfinishedBytes ?? finder?.unfinishedBytes ?? 0;
}

/** Opens the half of `sender` on a connection with this handshake. */
export function openHalf(
  sender: Sender,
  { transport, extensions }: Pick<Handshake, 'transport' | 'extensions'>,
  { maxPayloadBytes, redactor, held }: DecodingContext,
): HalfConnection {
  const isDeflateNegotiated = deflateAgreement(extensions) !== null;
  const { secretKeys } = redactor;
  const parser = { maxPayloadBytes, isDeflateNegotiated, held };
  const decoder = { sender, transport, extensions, maxPayloadBytes, held, secretKeys };
  return {
    sender,
    parser: new FrameParser(parser),
    decoder: new PayloadDecoder(decoder),
    finder: null,
    reopen: { parser, decoder: { ...decoder, isContinued: true } },
  };
}

/** Goes on after a gap: at the next frame that can be found, if the stream can be decoded from there on. */
export function searchFrame(half: HalfConnection): void {
  half.finder = FrameFinder.open(half.reopen);
}

/** Decodes again, from the beginning of a frame. */
export function resume(half: HalfConnection): void {
  half.finder = null;
  half.parser = new FrameParser(half.reopen.parser);
  half.decoder = new PayloadDecoder(half.reopen.decoder);
}
