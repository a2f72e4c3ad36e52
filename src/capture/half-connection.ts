/**
 * One sender's half of a connection: its frame parser and its payload decoder.
 */
import { PayloadDecoder } from '../gateway/decode/decoder.js';
import type { Redactor } from '../gateway/redact/redact.js';
import type { SessionTracker } from '../gateway/session/session.js';
import type { Sender } from '../wire/frame.js';
import type { HeldBytes } from '../wire/held-bytes.js';
import { deflateAgreement } from '../wire/permessage-deflate.js';
import { FrameParser } from '../wire/websocket.js';
import type { Handshake } from './tap.js';

/** State that the recorders of a capture share. */
export interface CaptureContext {
  readonly sessions: SessionTracker;
  readonly redactor: Redactor;
  /** Longest payload that is recorded, in bytes on the wire and decoded. */
  readonly maxPayloadBytes: number;
  /** Count of the bytes that all connections and REST calls hold. */
  readonly held: HeldBytes;
  /** Takes a log line about a bug of gatetape. */
  readonly report: (line: string) => void;
}

/** One sender's half of a connection. */
export interface HalfConnection {
  readonly sender: Sender;
  /** Null after the end, and after a gap or a bug of gatetape, which lose the boundaries of frames. */
  parser: FrameParser | null;
  readonly decoder: PayloadDecoder;
}

/** Opens the half of `sender` on a connection with this handshake. */
export function openHalf(
  sender: Sender,
  { transport, extensions }: Handshake,
  { maxPayloadBytes, redactor, held }: CaptureContext,
): HalfConnection {
  const isDeflateNegotiated = deflateAgreement(extensions) !== null;
  const { secretKeys } = redactor;
  return {
    sender,
    parser: new FrameParser({ maxPayloadBytes, isDeflateNegotiated, held }),
    decoder: new PayloadDecoder({ sender, transport, extensions, maxPayloadBytes, held, secretKeys }),
  };
}
