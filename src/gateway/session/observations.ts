/**
 * Observations: the remarks of a recorder on traffic, by stable name.
 *
 * The list is closed, so that queries and reports can rely on it. An observation never stops or changes anything: the
 * frame is recorded unchanged.
 * Source: Discord Docs/Gateway; docs.discord.food/gateway/using-gateway; observed clients.
 */

/** Every observation with its explanation, one sentence for people. */
export const OBSERVATIONS = Object.freeze({
  seq_gap: 'A dispatch skipped sequence numbers of its session.',
  seq_repeated: 'A dispatch had a sequence number that its session already had.',
  seq_missing: 'A dispatch came without an integer sequence number.',
  resume_ahead: 'RESUME named a sequence number that the session had not reached in this capture.',
  payload_before_identify: 'The client sent a payload that needs a session before IDENTIFY or RESUME.',
  second_identify: 'The client sent IDENTIFY again although its session had not been invalidated.',
  unexpected_resume: 'The client sent RESUME although its session had not been invalidated.',
  unexpected_ready: 'The gateway sent READY although no IDENTIFY was waiting for it.',
  unexpected_resumed: 'The gateway sent RESUMED although no RESUME was waiting for it.',
  dispatch_before_ready: 'A dispatch other than INITIAL_GUILD came between IDENTIFY and READY.',
  dispatch_without_session: 'A dispatch came on a connection that has no session.',
  hello_missing: 'The gateway began with something other than HELLO or RECONNECT.',
  second_hello: 'The gateway sent HELLO twice on one connection.',
  unexpected_ack: 'The gateway acknowledged a heartbeat that was not sent.',
  unexpected_sender: 'An opcode came from the side that never sends it.',
  unknown_opcode: 'An opcode is not in the table of known ones.',
  unexpected_shape: 'A field that queries use has a type that does not fit.',
  undelivered_bytes: 'Recorded bytes did not reach the other side, which was gone by then.',
  rewrite_given_up: 'The relay could not rewrite READY, and passed everything on unchanged.',
});

/** Stable name of an observation. */
export type ObservationName = keyof typeof OBSERVATIONS;

/** Observations that only the relay can make. */
export const RELAY_OBSERVATIONS = [
  'undelivered_bytes',
  'rewrite_given_up',
] as const satisfies readonly ObservationName[];
