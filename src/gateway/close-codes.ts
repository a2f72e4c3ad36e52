/**
 * Close codes as data: the gateway's own (4000 and up) and the codes of RFC 6455 that can end a gateway connection.
 *
 * The documentation defines what a client may do afterwards; null if it does not say, or if well-known clients differ.
 * A close by the client with 1000 or 1001 destroys the session, any other keeps it.
 * Source: Discord Docs/Opcodes and Status Codes; docs.discord.food/gateway/opcodes-and-close-codes (4015,
 * 4016); RFC 6455 section 7.4.1, all read 2026-08.
 */

/** One row of the table. */
export interface CloseCode {
  readonly code: number;
  readonly name: string;
  /** One sentence for people. */
  readonly description: string;
  /** Whether the client may connect again with the same token and options; null if undocumented. */
  readonly isReconnectable: boolean | null;
  /** Whether the session survives and RESUME may work; null if undocumented, or if clients differ. */
  readonly isResumable: boolean | null;
}

type Row = readonly [
  code: number,
  name: string,
  isReconnectable: boolean | null,
  isResumable: boolean | null,
  description: string,
];

// prettier-ignore
const ROWS: readonly Row[] = [
  [1000, 'NORMAL_CLOSURE', true, null, 'The connection has done its work; sent by a client, it destroys the session.'],
  [1001, 'GOING_AWAY', true, null, 'The sender is going away; sent by a client, it destroys the session.'],
  [1002, 'PROTOCOL_ERROR', true, true, 'A frame broke the rules of WebSocket.'],
  [1003, 'UNSUPPORTED_DATA', true, true, 'A message was of a kind that the receiver does not take.'],
  [1005, 'NO_STATUS_RECEIVED', true, true, 'The close frame was empty; never on the wire as a code.'],
  [1006, 'ABNORMAL_CLOSURE', true, true, 'The connection ended without a close frame; never on the wire as a code.'],
  [1007, 'INVALID_PAYLOAD_DATA', true, true, 'A text message was not UTF-8.'],
  [1008, 'POLICY_VIOLATION', true, null, "A message broke the receiver's rules."],
  [1009, 'MESSAGE_TOO_BIG', true, true, 'A message was longer than the receiver takes.'],
  [1010, 'MANDATORY_EXTENSION', null, null, 'The server did not accept an extension that the client needs.'],
  [1011, 'INTERNAL_ERROR', true, true, 'The server met a condition that it cannot handle.'],
  [1012, 'SERVICE_RESTART', true, true, 'The server restarts.'],
  [1013, 'TRY_AGAIN_LATER', true, true, 'The server is overloaded.'],
  [1014, 'BAD_GATEWAY', true, true, 'A server in between got no usable answer.'],
  [1015, 'TLS_HANDSHAKE', true, true, 'The TLS handshake failed; never on the wire as a code.'],
  [4000, 'UNKNOWN_ERROR', true, true, 'The gateway does not know what went wrong.'],
  [4001, 'UNKNOWN_OPCODE', true, true, 'The client sent an unknown opcode, or a bad payload for the opcode.'],
  [4002, 'DECODE_ERROR', true, true, 'The client sent a payload that could not be decoded, or one over the size limit.'],
  [4003, 'NOT_AUTHENTICATED', true, false, 'The client sent a payload before IDENTIFY, or the session was invalidated.'],
  [4004, 'AUTHENTICATION_FAILED', false, false, 'The token is wrong.'],
  [4005, 'ALREADY_AUTHENTICATED', true, null, 'The client sent a second IDENTIFY.'],
  [4006, 'SESSION_NO_LONGER_VALID', null, false, 'The session is no longer valid; only old API versions send this.'],
  [4007, 'INVALID_SEQ', true, false, 'The sequence number of RESUME is not one of the session.'],
  [4008, 'RATE_LIMITED', true, null, 'The client sent more than 120 payloads within 60 seconds.'],
  [4009, 'SESSION_TIMED_OUT', true, false, 'The session timed out.'],
  [4010, 'INVALID_SHARD', false, false, 'The shard in IDENTIFY is not valid.'],
  [4011, 'SHARDING_REQUIRED', false, false, 'The bot is in too many guilds for one connection.'],
  [4012, 'INVALID_API_VERSION', false, false, 'The URL asked for a version that the gateway does not speak.'],
  [4013, 'INVALID_INTENTS', false, false, 'The intents in IDENTIFY are not a valid bit set.'],
  [4014, 'DISALLOWED_INTENTS', false, false, 'The intents hold a privileged one that is not enabled for the bot.'],
  [4015, 'TOO_MANY_SESSIONS', null, null, 'The user account has too many sessions.'],
  [4016, 'CONNECTION_REQUEST_CANCELED', null, null, 'The console connection request was cancelled.'],
];

/** Every known close code, in order. */
export const CLOSE_CODES: readonly CloseCode[] = Object.freeze(
  ROWS.map(([code, name, isReconnectable, isResumable, description]) =>
    Object.freeze({ code, name, description, isReconnectable, isResumable }),
  ),
);

const BY_CODE: ReadonlyMap<number, CloseCode> = new Map(CLOSE_CODES.map((row) => [row.code, row]));

/** Row of `code`, or null if it is unknown, such as a client library's own codes. */
export function findCloseCode(code: number): CloseCode | null {
  return BY_CODE.get(code) ?? null;
}

/**
 * Whether a close frame may carry `code`. RFC 6455 section 7.4: 1004 is reserved, 1005, 1006 and 1015 never on the
 * wire.
 */
export function isSendable(code: number): boolean {
  return (code >= 1000 && code <= 1014 && (code < 1004 || code > 1006)) || (code >= 3000 && code <= 4999);
}
