/**
 * One sender's half of a connection: its frame parser and its payload decoder.
 */
import { PayloadDecoder } from '../gateway/decoder.js';
import type { Redactor } from '../gateway/redact/redact.js';
import type { SessionTracker } from '../gateway/session.js';
import type { Sender } from '../wire/frame.js';
import { deflateAgreement } from '../wire/permessage-deflate.js';
import { FrameParser } from '../wire/websocket.js';
import type { Handshake } from './tap.js';

/** What the recorders of a capture share. */
export interface CaptureContext {
  readonly sessions: SessionTracker;
  readonly redactor: Redactor;
  /** Longest payload that is kept, in bytes on the wire and decoded. */
  readonly maxPayloadBytes: number;
}

/** One sender's half of a connection. */
export interface HalfConnection {
  readonly sender: Sender;
  /** Null after a gap, when the boundaries of frames are lost, and after the end. */
  parser: FrameParser | null;
  readonly decoder: PayloadDecoder;
}

/** Opens the half of `sender` on a connection with this handshake. */
export function openHalf(
  sender: Sender,
  { transport, extensions }: Handshake,
  { maxPayloadBytes, redactor }: CaptureContext,
): HalfConnection {
  const isDeflateNegotiated = deflateAgreement(extensions) !== null;
  const { secretKeys } = redactor;
  return {
    sender,
    parser: new FrameParser({ maxPayloadBytes, isDeflateNegotiated }),
    decoder: new PayloadDecoder({ sender, transport, extensions, maxPayloadBytes, secretKeys }),
  };
}
