/**
 * Rules about the ends of connections.
 */
import { findCloseCode, isSendable } from '../../gateway/close-codes.js';
import type { Sender } from '../../wire/frame.js';
import type { ConnectionEnd, ConnectionFacts, ShardFacts } from '../facts.js';
import { findEndingCode, findKnownSession, findKnownShard, findLastEnd } from '../history.js';
import { defineRules, type Identify, type Rule } from '../rule.js';
import { Memory, type Scene } from '../scene.js';
import { inSeconds, nameOp, SOURCES } from '../words.js';

const CLOSE_EVENTS = `${SOURCES.codes}, "Gateway Close Event Codes"`;
const DISCONNECTING = `${SOURCES.gateway}, "Disconnecting"`;
const [AUTHENTICATION_FAILED, SHARDING_REQUIRED] = [4004, 4011];
/** Codes that blame a message of the client. */
const BLAMING: ReadonlySet<number> = new Set([4001, 4002, 4003, 4005, 4007, 4008]);
const MINUTE_US = 60_000_000;
const TEN_MINUTES_US = 600_000_000;
/** RFC 6455 §5.5: longest payload of a control frame. */
const MOST_CONTROL_BYTES = 125;

/** What a client must change after a fatal code before it may connect again; codes that are missing here mean the token. */
const CAUSES: Readonly<Record<number, (connection: ConnectionFacts, identify: Identify) => unknown>> = {
  4010: (_connection, { shard }) => shard?.join(),
  4011: (_connection, { shard }) => shard?.[1],
  4012: ({ opened }) => opened?.transport?.version,
  4013: (_connection, { intents }) => intents,
  4014: (_connection, { intents }) => intents,
};

/** Whether a client connects again without changing what the code refused. */
function isUnchanged(
  code: number,
  before: ConnectionFacts,
  now: ConnectionFacts,
  identify: Identify,
): boolean {
  const last = before.identify?.identify;
  if (last === undefined) return false;
  const isSameShard = last.shard?.join() === identify.shard?.join();
  const read = CAUSES[code];
  if (read === undefined) return code === AUTHENTICATION_FAILED || isSameShard;
  // Another shard of the bot is another attempt, unless the shards themselves are the cause.
  if (!isSameShard && code !== SHARDING_REQUIRED) return false;
  return read(before, last) === read(now, identify);
}

interface Ends {
  last: ConnectionEnd | null;
}

/** The last end of a token's connections that forbids to reconnect. */
const fatal = new Memory<Ends>(() => ({ last: null }));
const owner = ({ connection }: ConnectionEnd): object => connection.token ?? connection;

/** The rules. */
export const CLOSE_RULES: readonly Rule[] = defineRules([
  {
    id: 'cl-kills-session',
    who: 'client',
    severity: 'error',
    needs: 'connection',
    title: 'The client closed with 1000 or 1001 and then resumed',
    why: 'These codes end the session, so that INVALID_SESSION follows.',
    fix: 'Close with another code, such as 4000, where the session is to be resumed.',
    source: `${DISCONNECTING}; api-docs issue 1472`,
    on: {
      resume: (scene, resume) => {
        const last = findKnownSession(scene.capture, resume)?.lastEnd ?? null;
        const code = last === null ? null : findEndingCode(last);
        if (last === null || code === null) return;
        scene.report({
          message: `the client had closed with ${code} ${inSeconds(scene.nowUs - last.atUs)} before the RESUME`,
          frameIds: [last.connection.closes.client?.frameId ?? scene.frame.id, scene.frame.id],
        });
      },
    },
  },
  {
    id: 'cl-1000-on-zombie',
    who: 'client',
    severity: 'error',
    needs: 'connection',
    title: 'The client left a dead connection, or RECONNECT, with 1000 or 1001',
    why: 'These codes end the session; the events in between are lost and a session start is spent.',
    fix: 'Close with another code, such as 4000, and resume.',
    source: `${DISCONNECTING}; ${SOURCES.gateway}, "Heartbeat ACK"`,
    on: {
      identify: (scene, identify) => {
        const end = findLastEnd(scene.capture, identify);
        if (end?.connection.trouble !== null) return;
        const code = findEndingCode(end);
        const reason = findReasonToLeave(scene, end.connection);
        if (code === null || reason === null || scene.nowUs - end.atUs >= scene.limits.resumableMs) return;
        scene.report({
          message: `the client closed with ${code} after ${reason}, and identified again`,
          frameIds: [end.connection.closes.client?.frameId ?? scene.frame.id, scene.frame.id],
        });
      },
    },
  },
  {
    id: 'cl-fatal-retry',
    who: 'client',
    severity: 'error',
    needs: 'connection',
    title: 'The client connected again after a close code that forbids it',
    why: 'It never succeeds, and such clients get banned.',
    fix: 'Stop on 4004 and on 4010 to 4014, and say why.',
    source: CLOSE_EVENTS,
    on: {
      ended: (_scene, end) => {
        const code = end.connection.closes.gateway?.code ?? null;
        if (code !== null && findCloseCode(code)?.isReconnectable === false) fatal.of(owner(end)).last = end;
      },
      identify: (scene, identify) => {
        const ends = fatal.of(scene.capture.findToken(identify.token));
        const { last } = ends;
        const gateway = last?.connection.closes.gateway ?? null;
        const code = gateway?.code ?? null;
        if (last === null || gateway === null || code === null) return;
        if (!isUnchanged(code, last.connection, scene.connection, identify)) return;
        ends.last = null;
        if (scene.nowUs - last.atUs >= scene.limits.fatalRetryMs) return;
        scene.report({
          message: `IDENTIFY ${inSeconds(scene.nowUs - last.atUs)} after the gateway had closed with ${code}, with nothing changed`,
          frameIds: [gateway.frameId, scene.frame.id],
        });
      },
    },
  },
  {
    id: 'cl-code-illegal',
    who: 'client',
    severity: 'error',
    needs: 'frame',
    title: 'A close frame is malformed',
    why: 'The other side may drop the connection as a protocol error.',
    fix: 'Send no code, or 1000 to 1003, 1007 to 1014, or 3000 to 4999, and a reason of at most 123 bytes.',
    source: `${SOURCES.websocket} §5.5.1 and §7.4`,
    on: {
      closeFrame: (scene) => {
        const { closeCode, wireBytes, sender } = scene.frame;
        if (scene.connection.trouble !== null) return;
        if (closeCode === null && wireBytes === 1)
          scene.report({ message: 'the close frame has one byte', who: sender });
        else if (closeCode !== null && !isSendable(closeCode)) {
          scene.report({ message: `the close frame has the code ${closeCode}`, who: sender });
        } else if (wireBytes > MOST_CONTROL_BYTES) {
          scene.report({ message: `the close frame has ${wireBytes} bytes`, who: sender });
        }
      },
    },
  },
  {
    id: 'cl-unanswered',
    who: 'client',
    severity: 'info',
    needs: 'connection',
    title: 'A close frame got no answer',
    why: 'The end is not clean, and may show as 1006.',
    fix: 'Answer a close frame with a close frame, and let the server end the TCP connection.',
    source: `${SOURCES.websocket} §7.1; 10 s are chosen here`,
    on: {
      closeFrame: (scene) => {
        const { connection, nowUs, limits } = scene;
        const { sender, id } = scene.frame;
        const answering: Sender = sender === 'client' ? 'gateway' : 'client';
        if (connection.closes[answering] !== null) return;
        scene.later(nowUs + limits.closeAnswerMs, () => {
          if (connection.closes[answering] !== null) return;
          scene.report({
            message: `the ${answering} did not answer the close frame of the ${sender} within ${inSeconds(limits.closeAnswerMs)}`,
            who: answering,
            frameIds: [id],
          });
        });
      },
    },
  },
  {
    id: 'cl-data-after',
    who: 'client',
    severity: 'error',
    needs: 'connection',
    title: 'Data followed the sender’s own close frame',
    why: 'The other side ignores it, or takes it for a protocol error.',
    fix: 'Send nothing after a close frame.',
    source: `${SOURCES.websocket} §5.5.1`,
    on: {
      sent: (scene) => reportAfterClose(scene, 'client'),
      received: (scene) => reportAfterClose(scene, 'gateway'),
    },
  },
  {
    id: 'cl-no-frame',
    who: 'client',
    severity: 'info',
    needs: 'connection',
    title: 'A connection ended without a close frame',
    why: 'The session survives; many libraries do so on purpose.',
    fix: 'Nothing, if it was meant; otherwise look at the network.',
    source: DISCONNECTING,
    on: {
      ended: (scene, { connection, closedBy }) => {
        const { closes, opened } = connection;
        if (closes.client !== null || closes.gateway !== null) return;
        if (closedBy === null || closedBy === 'proxy' || opened?.upgradeStatus !== 101) return;
        scene.report({
          message: `the ${closedBy} ended the connection without a close frame`,
          who: closedBy,
          frameIds: [],
        });
      },
    },
  },
  {
    id: 'cl-server-blames',
    who: 'client',
    severity: 'error',
    needs: 'frame',
    title: 'The gateway closed because of what the client had sent',
    why: 'One of the last messages before it was wrong.',
    fix: 'Look at these messages; the other findings of the connection may name the one.',
    source: CLOSE_EVENTS,
    on: {
      closeFrame: (scene) => {
        const { sender, closeCode, id } = scene.frame;
        const { connection } = scene;
        if (sender !== 'gateway' || closeCode === null || !BLAMING.has(closeCode)) return;
        if (connection.closes.client !== null || connection.closes.gateway !== null) return;
        const last = connection.lastSent.map(({ op, frameId }) => `${nameOp(op)} in frame ${frameId}`);
        const row = findCloseCode(closeCode);
        scene.report({
          message: `the gateway closed with ${closeCode} (${row?.name ?? 'unknown'}); before it the client had sent ${last.join(', ') || 'nothing'}`,
          frameIds: [...connection.lastSent.map(({ frameId }) => frameId), id],
        });
      },
    },
  },
  {
    id: 'cl-loop',
    who: 'client',
    severity: 'error',
    needs: 'connection',
    title: 'The client reconnects again and again without a pause',
    why: 'It adds to an outage, and spends session starts; such clients get banned.',
    fix: 'Double the delay after each connection that ended soon, up to a minute.',
    source: `${SOURCES.gateway}, "Resuming"; the numbers are chosen here`,
    on: {
      identify: (scene, identify) => checkLoop(scene, findKnownShard(scene.capture, identify)),
      resume: (scene, resume) => checkLoop(scene, findKnownSession(scene.capture, resume)?.shard ?? null),
    },
  },
]);

function findReasonToLeave(scene: Scene, connection: ConnectionFacts): string | null {
  const { reconnect, unacked, closes, hello } = connection;
  const closedUs = closes.client?.atUs ?? 0;
  if (reconnect !== null && closedUs - reconnect.atUs < scene.limits.reconnectMs) return 'RECONNECT';
  const patienceUs = Math.min((hello?.intervalMs ?? Infinity) * 1000, scene.limits.ackMs);
  if (unacked !== null && closedUs - unacked.atUs >= patienceUs) return 'a heartbeat without acknowledgement';
  return null;
}

function reportAfterClose(scene: Scene, sender: Sender): void {
  const close = scene.connection.closes[sender];
  if (close === null) return;
  scene.report({
    message: `the ${sender} sent a message after its close frame`,
    who: sender,
    frameIds: [close.frameId, scene.frame.id],
  });
}

function checkLoop(scene: Scene, shard: ShardFacts | null): void {
  if (shard === null || shard.living.size > 0) return;
  const { nowUs, limits } = scene;
  const ends = shard.shortEnds.filter(
    ({ connection }) => connection.trouble === null && connection.openedAtUs > nowUs - TEN_MINUTES_US,
  );
  const inMinute = ends.filter(({ connection }) => connection.openedAtUs > nowUs - MINUTE_US);
  const isFast = inMinute.length >= limits.loopTries;
  if (!isFast && ends.length < limits.loopTriesSlow) return;
  const loop = isFast ? inMinute : ends;
  const vain = loop.filter(
    ({ connection }) => connection.ready === null && connection.resumed === null,
  ).length;
  const span = isFast ? 'a minute' : 'ten minutes';
  scene.report({
    message: `${loop.length} connections of the shard within ${span}, each shorter than ${inSeconds(limits.shortMs)}, ${vain} of them without READY and RESUMED`,
    // A gateway can also end faultless connections one after the other.
    severity: vain === loop.length ? 'error' : 'warning',
  });
}
