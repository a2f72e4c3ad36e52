/**
 * Refusals: the closes by which a gateway says what a client did wrong.
 *
 * Source: Discord Docs/Opcodes and Status Codes, "Gateway Close Event Codes"; the reasons are those seen on the wire.
 */

/** Close code and reason. */
export interface Refusal {
  readonly code: number;
  readonly reason: string;
}

/** Every refusal that the mock gives, by what it is about. */
export const REFUSALS = {
  unknownOpcode: { code: 4001, reason: 'Unknown opcode.' },
  undecodable: { code: 4002, reason: 'Error while decoding payload.' },
  notAuthenticated: { code: 4003, reason: 'Not authenticated.' },
  authenticationFailed: { code: 4004, reason: 'Authentication failed.' },
  alreadyAuthenticated: { code: 4005, reason: 'Already authenticated.' },
  invalidSeq: { code: 4007, reason: 'Invalid seq.' },
  rateLimited: { code: 4008, reason: 'Rate limited.' },
  sessionTimedOut: { code: 4009, reason: 'Session timed out.' },
  invalidShard: { code: 4010, reason: 'Invalid shard.' },
  shardingRequired: { code: 4011, reason: 'Sharding required.' },
  invalidVersion: { code: 4012, reason: 'Invalid API version.' },
  invalidIntents: { code: 4013, reason: 'Invalid intent(s).' },
  disallowedIntents: { code: 4014, reason: 'Disallowed intent(s).' },
} as const satisfies Readonly<Record<string, Refusal>>;
