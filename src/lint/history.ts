/**
 * History: earlier sessions and ends, for rules about a client's next connection.
 */
import { findCloseCode } from '../gateway/close-codes.js';
import { type ConnectionEnd, findCloser, type SessionLife, type ShardFacts } from './facts.js';
import type { CaptureFacts } from './follow.js';
import type { Identify, Resume } from './rule.js';

/** Codes with which a client ends its session. */
const ENDING: ReadonlySet<number | null> = new Set([1000, 1001]);

/** The shard that an IDENTIFY is for, if the recording knows it. */
export function findKnownShard(capture: CaptureFacts, { token, shard }: Identify): ShardFacts | null {
  return capture.tokens.get(token)?.shards.get(shard?.join('/') ?? '-') ?? null;
}

/** Last end of that shard; null while one of its connections is open. */
export function findLastEnd(capture: CaptureFacts, identify: Identify): ConnectionEnd | null {
  const shard = findKnownShard(capture, identify);
  return shard?.living.size === 0 ? shard.lastEnd : null;
}

/** The session that a RESUME names, if the recording knows it. */
export function findKnownSession(capture: CaptureFacts, { sessionId }: Resume): SessionLife | null {
  return sessionId === null ? null : (capture.sessions.get(sessionId) ?? null);
}

/** The same session, if all of it was recorded. */
export function findWholeSession(capture: CaptureFacts, resume: Resume): SessionLife | null {
  const session = findKnownSession(capture, resume);
  if (session?.trouble !== null) return null;
  return (session.lastEnd?.atUs ?? Infinity) > capture.unknownAtUs ? session : null;
}

/** The code with which a client ended its session, or null. */
export function findEndingCode({ connection }: ConnectionEnd): number | null {
  const code = connection.closes.client?.code ?? null;
  return findCloser(connection) === 'client' && ENDING.has(code) ? code : null;
}

/** Whether the end of a connection leaves its session resumable, as far as that is known. */
export function isResumableEnd(end: ConnectionEnd): boolean {
  const { connection, closedBy, closeCode } = end;
  const { session, invalid, phase, trouble } = connection;
  if (trouble !== null || session?.trouble !== null || session.refused !== null) return false;
  if (closedBy === 'proxy' || (phase === 'invalid' && invalid?.isResumable !== true)) return false;
  if (findCloser(connection) === 'client') return findEndingCode(end) === null;
  return closeCode === null || isResumableCode(closeCode);
}

function isResumableCode(code: number): boolean {
  const row = findCloseCode(code);
  return row === null || row.isResumable === true;
}
