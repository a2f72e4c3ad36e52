/**
 * Updates the facts after the rules have seen a frame.
 */
import type { JsonValue, Shard } from '../gateway/payload.js';
import type { LintedEnd, LintedFrame } from './events.js';
import {
  BoundedMap,
  type ConnectionEnd,
  type ConnectionFacts,
  type Moment,
  QUOTED_MESSAGES,
  SessionLife,
  ShardFacts,
  TokenFacts,
} from './facts.js';
import type { Hello, Identify, ReadyPayload, Resume } from './rule.js';

/** Most sessions, and most tokens, that are remembered of one capture. */
const MOST_SESSIONS = 4096;
const MOST_TOKENS = 1024;
/** Most shards that are remembered of one token. */
const MOST_SHARDS = 4096;
const DAY_US = 86_400_000_000;
/** Most IDENTIFY of one day that are counted. */
const MOST_IDENTIFIES = 20_000;
/** Most short connections that are remembered of one shard. */
const MOST_SHORT_ENDS = 64;
/** Most failed RESUME that are remembered of one session. */
const MOST_RESUMES = 64;

/** Facts of one capture. */
export class CaptureFacts {
  readonly connections = new Map<number, ConnectionFacts>();
  readonly sessions = new BoundedMap<string, SessionLife>(MOST_SESSIONS);
  readonly tokens = new BoundedMap<string, TokenFacts>(MOST_TOKENS);
  /** Last frame of a connection whose begin was not recorded: it can belong to any session. */
  unknownAtUs = -Infinity;

  /** Facts of a token; made if it is new. */
  findToken(key: string): TokenFacts {
    let token = this.tokens.get(key);
    if (token === undefined) this.tokens.set(key, (token = new TokenFacts(key)));
    return token;
  }
}

/** Facts of a shard of a token. */
function findShard(token: TokenFacts, shard: Shard | null, sessionId: string | null): ShardFacts {
  const key = shard !== null ? shard.join('/') : sessionId === null ? '-' : `# ${sessionId}`;
  let facts = token.shards.get(key);
  if (facts === undefined) token.shards.set(key, (facts = new ShardFacts(key)));
  if (token.shards.size > MOST_SHARDS) {
    for (const [oldest, { living }] of token.shards) {
      if (living.size > 0 || oldest === key) continue;
      token.shards.delete(oldest);
      break;
    }
  }
  return facts;
}

/** After HELLO. */
export function followHello(connection: ConnectionFacts, moment: Moment, { intervalMs }: Hello): void {
  connection.hello ??= { ...moment, intervalMs };
}

/** After a heartbeat. */
export function followBeat(connection: ConnectionFacts, moment: Moment): void {
  connection.beatCount += 1;
  connection.lastBeat = moment;
  connection.unacked ??= moment;
  connection.unackedCount += 1;
  connection.beatRequest = null;
}

/** After an acknowledgement. */
export function followAck(connection: ConnectionFacts): void {
  connection.ackCount += 1;
  connection.unacked = null;
  connection.unackedCount = 0;
}

/** After IDENTIFY. */
export function followIdentify(
  capture: CaptureFacts,
  connection: ConnectionFacts,
  moment: Moment,
  identify: Identify,
): void {
  const token = capture.findToken(identify.token);
  if (identify.intents !== null) token.isBot ??= true;
  token.identifies.push(moment.atUs);
  while (
    (token.identifies[0] ?? Infinity) < moment.atUs - DAY_US ||
    token.identifies.length > MOST_IDENTIFIES
  ) {
    token.identifies.shift();
  }
  start(connection, moment, token, findShard(token, identify.shard, null));
  connection.phase = 'identifying';
  connection.identify = { ...moment, identify };
  connection.resume = null;
  connection.session = null;
  connection.lastSeq = null;
  connection.delivered.clear();
}

/** After RESUME. */
export function followResume(
  capture: CaptureFacts,
  connection: ConnectionFacts,
  moment: Moment,
  resume: Resume,
): void {
  const token = capture.findToken(resume.token);
  const known = resume.sessionId === null ? undefined : capture.sessions.get(resume.sessionId);
  const shard = known?.shard ?? findShard(token, null, resume.sessionId);
  start(connection, moment, token, shard);
  connection.phase = 'resuming';
  connection.resume = { ...moment, resume };
  connection.lastSeq = resume.seq;
  connection.highestSeq = maximum(connection.highestSeq, resume.seq);
  connection.delivered.clear();
  if (resume.sessionId === null) return;
  const session = known ?? new SessionLife(resume.sessionId, token, shard);
  if (known === undefined) {
    session.trouble = 'the recording begins within a session';
    capture.sessions.set(session.id, session);
  }
  session.vainResumes.push(moment.frameId);
  if (session.vainResumes.length > MOST_RESUMES) session.vainResumes.shift();
  take(connection, session);
}

/** After READY. */
export function followReady(
  capture: CaptureFacts,
  connection: ConnectionFacts,
  moment: Moment,
  ready: ReadyPayload,
): void {
  connection.phase = 'live';
  connection.ready = moment;
  const { token, shard, opened } = connection;
  if (token === null || shard === null) return;
  if (ready.isBot) token.isBot = true;
  else if ('user' in ready.d && connection.identify?.identify.intents == null) token.isBot ??= false;
  if (ready.sessionId === null) return;
  const session = new SessionLife(ready.sessionId, token, shard);
  session.trouble = connection.trouble;
  session.origin = opened;
  session.ready = ready;
  session.identify = connection.identify?.identify ?? null;
  capture.sessions.set(session.id, session);
  take(connection, session);
}

/** After RESUMED. */
export function followResumed(connection: ConnectionFacts, moment: Moment): void {
  connection.phase = 'live';
  connection.resumed = moment;
  if (connection.session !== null) connection.session.vainResumes = [];
}

/** After INVALID_SESSION. */
export function followInvalid(connection: ConnectionFacts, moment: Moment, isResumable: JsonValue): void {
  connection.phase = 'invalid';
  connection.invalid = { ...moment, isResumable: isResumable === true };
  const { session } = connection;
  if (session === null) return;
  session.vainResumes = [];
  if (isResumable !== true) session.refused = moment;
}

/** After a dispatch. */
export function followDispatch(
  connection: ConnectionFacts,
  { seq, atUs }: LintedFrame,
  graceUs: number,
): void {
  connection.dispatchCount += 1;
  if (seq === null) return;
  connection.lastSeq = maximum(connection.lastSeq, seq);
  connection.highestSeq = maximum(connection.highestSeq, seq);
  connection.delivered.deliver(connection.lastSeq ?? seq, atUs, graceUs);
  const { session, token } = connection;
  if (session !== null) {
    session.seq = maximum(session.seq, seq);
    if (session.vainResumes.length > 0) session.vainResumes = [];
  }
  if (token !== null) token.highestSeq = maximum(token.highestSeq, seq);
}

/** After a message of the client. */
export function followSent(connection: ConnectionFacts, { id, atUs, op }: LintedFrame): void {
  connection.lastSentAtUs = atUs;
  connection.lastSent.push({ frameId: id, atUs, op });
  if (connection.lastSent.length > QUOTED_MESSAGES) connection.lastSent.shift();
}

/** Facts of the end of a connection. */
export function describeEnd(connection: ConnectionFacts, end: LintedEnd): ConnectionEnd {
  return { ...end, connection, lastedUs: end.atUs - connection.openedAtUs };
}

/** After the end of a connection. */
export function followEnd(capture: CaptureFacts, end: ConnectionEnd, shortUs: number): void {
  const { connection } = end;
  connection.end = end;
  capture.connections.delete(connection.id);
  const { session, shard } = connection;
  if (session !== null) {
    session.lastEnd = end;
    if (session.connection === connection) session.connection = null;
    if (session.origin?.id === connection.id) session.relayMode = end.relayMode;
  }
  if (shard === null) return;
  shard.living.delete(connection);
  shard.lastEnd = end;
  if (end.lastedUs < shortUs) shard.shortEnds.push(end);
  if (shard.shortEnds.length > MOST_SHORT_ENDS) shard.shortEnds.shift();
}

function start(connection: ConnectionFacts, moment: Moment, token: TokenFacts, shard: ShardFacts): void {
  connection.shard?.living.delete(connection);
  connection.token = token;
  connection.shard = shard;
  connection.dispatchCount = 0;
  connection.ready = connection.resumed = null;
  shard.living.add(connection);
  shard.lastStart = { ...moment, connectionId: connection.id };
}

function take(connection: ConnectionFacts, session: SessionLife): void {
  connection.session = session;
  session.connection = connection;
  if (connection.trouble !== null) session.trouble ??= connection.trouble;
}

function maximum(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.max(one, other);
}
