/**
 * Rules about a client's messages: amount, time and content. Requests for members: members.ts.
 */
import { findOpcode, OP } from '../../gateway/opcodes.js';
import type { ConnectionFacts } from '../facts.js';
import { defineRules, type Rule } from '../rule.js';
import { Memory, type Scene } from '../scene.js';
import { inSeconds, nameOp, SOURCES } from '../words.js';

const LIMITS = `${SOURCES.gateway}, "Rate Limiting"`;
const OPCODES_SOURCE = `${SOURCES.codes}, "Gateway Opcodes"`;
const MINUTE_US = 60_000_000;
/** Messages that a client may send in a minute. */
const MOST_SENDS = 120;
/** Most bytes of a message: the documented limit, and the limit that official apps keep. */
const [MOST_BYTES, MOST_USER_BYTES] = [4096, 15_360];
/** Presence updates that a client may send within a time. */
const [MOST_PRESENCES, PRESENCE_US] = [5, 20_000_000];
const VOICE_STATE = 4;
/** Opcodes that a client may send without a session. */
const FREE_OPS: ReadonlySet<number> = new Set([OP.HEARTBEAT, OP.IDENTIFY, OP.RESUME, OP.QOS_HEARTBEAT, 41]);
/** Opcodes that the gateway may drop before READY. */
const SESSION_OPS = [3, 4, 8, 31, 43];
/** Opcodes of user accounts, first and last; bots have 31 and 43. */
const [FIRST_USER_OP, LAST_USER_OP, SOUNDBOARD] = [12, 42, 31];

interface Rate {
  readonly times: number[];
  wasClose: boolean;
  wasOver: boolean;
}

const sends = new Memory<Rate>(() => ({ times: [], wasClose: false, wasOver: false }));
const presences = new Memory<number[]>(() => []);
const joins = new Memory<Map<string, number[]>>(() => new Map());
const unknown = new Memory<Map<number, number>>(() => new Map());
/** Most voice states, and most opcodes, that are remembered of one connection. */
const MOST_REMEMBERED = 200;

/** Adds a time, and forgets those that are older than the window. */
function slide(times: number[], nowUs: number, windowUs: number, most: number): void {
  times.push(nowUs);
  while ((times[0] ?? nowUs) <= nowUs - windowUs || times.length > most) times.shift();
}

const isBot = ({ token }: ConnectionFacts): boolean => token?.isBot === true;

/** The rules. */
export const SEND_RULES: readonly Rule[] = defineRules([
  {
    id: 'tx-rate',
    who: 'client',
    severity: 'error',
    needs: 'frame',
    title: 'The client sends too many messages',
    why: 'Above 120 messages a minute the gateway closes with 4008, and revokes access when it happens again and again.',
    fix: 'Queue messages, heartbeats included, and leave room for heartbeats.',
    source: `${LIMITS}; api-docs issue 315`,
    on: {
      sent: (scene) => {
        const rate = sends.of(scene.connection);
        const { nowUs, limits } = scene;
        // Messages can arrive closer together than they were sent.
        slide(rate.times, nowUs, MINUTE_US - limits.networkSlackMs, MOST_SENDS + 1);
        const count = rate.times.length;
        const isOver = count > MOST_SENDS;
        const isClose = count > limits.sendsWarning;
        if (isOver && !rate.wasOver) scene.report(`more than ${MOST_SENDS} messages within a minute`);
        else if (isClose && !rate.wasClose)
          scene.report({
            message: `${count} messages within a minute; ${MOST_SENDS} are allowed`,
            severity: 'warning',
          });
        rate.wasOver = isOver;
        rate.wasClose = isClose;
      },
    },
  },
  {
    id: 'tx-size',
    who: 'client',
    severity: 'error',
    needs: 'frame',
    title: 'A message of the client is too long',
    why: 'The gateway closes with 4002.',
    fix: 'Split the message: fewer user ids in a request, fewer activities in a presence.',
    source: `${SOURCES.gateway}, "Sending Events"; ${SOURCES.food}`,
    on: {
      sent: (scene) => {
        const bytes = scene.frame.payloadBytes ?? scene.frame.wireBytes;
        if (bytes <= MOST_BYTES) return;
        const isError = isBot(scene.connection) || bytes > MOST_USER_BYTES;
        const isUser = scene.connection.token?.isBot === false;
        scene.report({
          message: `${nameOp(scene.frame.op)} of ${bytes} bytes; ${MOST_BYTES} are allowed${isUser ? ` to bots, ${MOST_USER_BYTES} to users` : ''}`,
          severity: isError ? 'error' : 'info',
        });
      },
    },
  },
  {
    id: 'tx-presence-rate',
    who: 'client',
    severity: 'warning',
    needs: 'frame',
    title: 'The presence is updated too often',
    why: 'Further updates are dropped in silence.',
    fix: 'Update the presence at most five times in 20 seconds.',
    source: 'api-docs issue 1226; eris and dysnomia keep to 5 in 20 s',
    on: {
      commands: {
        3: (scene) => {
          const times = presences.of(scene.connection);
          slide(times, scene.nowUs, PRESENCE_US - scene.limits.networkSlackMs, MOST_PRESENCES + 1);
          if (times.length > MOST_PRESENCES)
            scene.report(`more than ${MOST_PRESENCES} presence updates within ${inSeconds(PRESENCE_US)}`);
        },
      },
    },
  },
  {
    id: 'tx-before-identify',
    who: 'client',
    severity: 'error',
    needs: 'connection',
    title: 'A message came before IDENTIFY and RESUME',
    why: 'The gateway closes with 4003.',
    fix: 'Send nothing but heartbeats before IDENTIFY or RESUME.',
    source: `${SOURCES.codes}, 4003`,
    on: {
      sent: (scene) => {
        const { op } = scene.frame;
        const { phase } = scene.connection;
        if (op === null || FREE_OPS.has(op) || phase !== 'none') return;
        if (findOpcode(op)?.sentBy === 'gateway') return; // tx-receive-only
        scene.report(`${nameOp(op)} came before IDENTIFY and RESUME`);
      },
    },
  },
  {
    id: 'tx-before-ready',
    who: 'client',
    severity: 'warning',
    needs: 'connection',
    title: 'A message came before READY or RESUMED',
    why: 'It may be dropped.',
    fix: 'Wait for READY or RESUMED.',
    source: `${SOURCES.gateway}, "Connection Lifecycle"`,
    on: {
      commands: Object.fromEntries(SESSION_OPS.map((op) => [op, reportTooEarly])),
    },
  },
  {
    id: 'tx-receive-only',
    who: 'client',
    severity: 'error',
    needs: 'frame',
    title: 'The client sent an opcode that only gateways send',
    why: 'The gateway closes with 4001.',
    fix: 'Do not send it.',
    source: OPCODES_SOURCE,
    on: {
      sent: (scene) => {
        const { op } = scene.frame;
        if (op !== null && findOpcode(op)?.sentBy === 'gateway')
          scene.report(`the client sent ${nameOp(op)}`);
      },
    },
  },
  {
    id: 'tx-unknown-op',
    who: 'client',
    severity: 'error',
    needs: 'frame',
    title: 'The client sent an opcode that is in no documentation',
    why: 'The gateway closes with 4001, unless the opcode is new.',
    fix: 'Check the opcode.',
    source: `${OPCODES_SOURCE}; ${SOURCES.foodCodes}`,
    on: {
      sent: (scene) => {
        const { op, id } = scene.frame;
        if (op === null || findOpcode(op) !== null) return;
        const ops = unknown.of(scene.connection);
        if (ops.size < MOST_REMEMBERED) ops.set(op, id);
        scene.report({ message: `the client sent op ${op}`, severity: 'warning' });
      },
      ended: (scene, { connection, closeCode }) => {
        const last = connection.lastSent.at(-1);
        const op = last?.op ?? null;
        if (closeCode !== 4001 || last === undefined || op === null || findOpcode(op) !== null) return;
        scene.report({ message: `the gateway closed with 4001 after op ${op}`, frameIds: [last.frameId] });
      },
    },
  },
  {
    id: 'tx-user-op',
    who: 'client',
    severity: 'warning',
    needs: 'frame',
    title: 'A bot sent an opcode of user accounts',
    why: 'Bots are not meant to, and get no answer or are closed.',
    fix: 'Use what is documented for bots.',
    source: SOURCES.foodCodes,
    on: {
      sent: (scene) => {
        const { op } = scene.frame;
        if (op === null || op < FIRST_USER_OP || op > LAST_USER_OP || op === SOUNDBOARD) return;
        if (isBot(scene.connection) && findOpcode(op) !== null) scene.report(`the bot sent ${nameOp(op)}`);
      },
    },
  },
  {
    id: 'tx-compressed',
    who: 'client',
    severity: 'error',
    needs: 'frame',
    title: 'The client sent something binary that is no payload',
    why: 'Clients must not compress: the gateway closes with 4002.',
    fix: 'Send JSON as text, or ETF as it is.',
    source: `${SOURCES.gateway}, "Encoding and Compression"; what the bytes are is not recorded`,
    on: {
      undecodable: (scene) => {
        const { sender, kind, status } = scene.frame;
        if (sender !== 'client' || kind !== 'binary' || !isUnreadable(status)) return;
        if (scene.connection.trouble === null)
          scene.report(`a binary message of the client could not be decoded (${status})`);
      },
    },
  },
  {
    id: 'tx-not-parseable',
    who: 'client',
    severity: 'error',
    needs: 'frame',
    title: 'The client sent something that is no payload',
    why: 'The gateway closes with 4002.',
    fix: 'Send one JSON object, or one ETF map with binaries for keys, in UTF-8.',
    source: `${SOURCES.codes}, 4002`,
    on: {
      undecodable: (scene) => {
        const { sender, kind, status } = scene.frame;
        if (sender !== 'client' || kind !== 'text' || !isUnreadable(status)) return;
        if (scene.connection.trouble === null)
          scene.report(`a message of the client could not be decoded (${status})`);
      },
    },
  },
  {
    id: 'tx-op4-loop',
    who: 'client',
    severity: 'warning',
    needs: 'frame',
    title: 'The client joins a voice channel again and again',
    why: 'The voice connection fails each time: DAVE is missing (4017), the token is stale (4006), or TLS fails.',
    fix: 'Look at why the voice connection ends, and wait longer each time.',
    source: `${SOURCES.codes}, "Voice Close Event Codes"; four equal ones in a minute are chosen here`,
    on: {
      commands: {
        [VOICE_STATE]: (scene) => {
          const { guild_id: guild, channel_id: channel, self_mute: mute, self_deaf: deaf } = scene.fields;
          if (channel == null) return;
          const states = joins.of(scene.connection);
          const key = JSON.stringify([guild, channel, mute, deaf]);
          const times = states.get(key) ?? [];
          if (states.size < MOST_REMEMBERED) states.set(key, times);
          slide(times, scene.nowUs, MINUTE_US, scene.limits.voiceJoins);
          if (times.length < scene.limits.voiceJoins) return;
          times.length = 0;
          scene.report(`${scene.limits.voiceJoins} equal voice state updates within a minute`);
        },
      },
    },
  },
]);

function reportTooEarly(scene: Scene): void {
  const { phase } = scene.connection;
  if (phase !== 'identifying' && phase !== 'resuming') return;
  scene.report(`${nameOp(scene.frame.op)} came before ${phase === 'identifying' ? 'READY' : 'RESUMED'}`);
}

/** Whether a status means that the bytes were complete but are not a payload. */
function isUnreadable(status: string): boolean {
  return ['not_utf8', 'not_json', 'not_etf', 'not_object'].includes(status);
}
