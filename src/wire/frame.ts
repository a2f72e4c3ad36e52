/**
 * Values between raw bytes and payloads: frames as relayed, and who sent them.
 *
 * A frame is one complete WebSocket message, or a ping, pong or close.
 * Source: RFC 6455 sections 5.2, 5.5 and 5.6; RFC 7692 section 6 for RSV1.
 */

/** Side of a connection that sent a frame. */
export type Sender = 'client' | 'gateway';

/** What RFC 6455 calls the opcode of a frame; "opcode" here always means the gateway's. */
export const FRAME_KINDS = ['text', 'binary', 'ping', 'pong', 'close'] as const;

/** One of them. */
export type FrameKind = (typeof FRAME_KINDS)[number];

/** One complete WebSocket message (reassembled from its fragments) or control frame. */
export interface Frame {
  readonly kind: FrameKind;
  /** Payload, unmasked, fragments joined; still compressed where the extension or the gateway compress. */
  readonly data: Uint8Array;
  /** WebSocket payload length as it crossed the wire, in bytes, over all fragments, headers not counted. */
  readonly wireBytes: number;
  /** RSV1 of the first fragment: the message is compressed by permessage-deflate (RFC 7692 section 6). */
  readonly isDeflated: boolean;
  /**
   * Why the frame is not what RFC 6455 or our limits allow, or null for a good one.
   * `protocol_error`: reserved bits or opcode, a fragmented or long control frame, a stray continuation.
   * `too_large`: longer than the limit; `too_complex`: all connections together hold too much; `data` is empty then.
   * `truncated`: the socket ended within the frame.
   */
  readonly error: 'protocol_error' | 'too_large' | 'too_complex' | 'truncated' | null;
}

/** Body of a close frame. */
export interface CloseInfo {
  /** Status code as sent, or null when the frame was empty (RFC 6455 section 7.1.5 calls that 1005). */
  readonly code: number | null;
  readonly reason: string;
}
