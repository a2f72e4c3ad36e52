/**
 * Rules about exposed tokens and stolen sessions.
 */
import { OP } from '../../gateway/opcodes.js';
import { readUrl } from '../../wire/url.js';
import type { ConnectionFacts } from '../facts.js';
import { defineRules, type Identify, type Resume, type Rule } from '../rule.js';
import { Memory, type Scene } from '../scene.js';
import { inSeconds, SOURCES } from '../words.js';

/** Shortest token that is looked for; a shorter text occurs by chance. */
const LEAST_TOKEN = 16;
/** Names and addresses of this machine and of its own network. */
const PRIVATE_HOST =
  /^(?:localhost|.+\.(?:localhost|local|internal|test|example|invalid)|[^.:]+|127\.\d+\.\d+\.\d+|10\.\d+\.\d+\.\d+|192\.168\.\d+\.\d+|172\.(?:1[6-9]|2\d|3[01])\.\d+\.\d+|169\.254\.\d+\.\d+|\[(?:::1|f[cd][0-9a-f:]+|fe[89ab][0-9a-f:]+)\])$/i;

/** Tokens that used a session, by its id. */
const owners = new Memory<Map<string, Set<string>>>(() => new Map());
/** Most sessions whose tokens are remembered. */
const MOST_SESSIONS = 4096;

/** Whether a token is long enough to be searched for. */
const isLong = (token: string): boolean => token.length >= LEAST_TOKEN;

function countIn(text: string, part: string): number {
  return text.split(part).length - 1;
}

/** The rules. */
export const SECURITY_RULES: readonly Rule[] = defineRules([
  {
    id: 'sec-token-place',
    who: 'client',
    severity: 'error',
    needs: 'frame',
    title: 'A token is in a place where it does not belong',
    why: 'From there it leaks into logs, and into the sight of others.',
    fix: 'Find out what writes it there, and reset the token.',
    source: 'Discord Docs/Reference, "Authentication"; docs.discord.food/reference',
    on: {
      opened: (scene) => {
        const { path = '' } = scene.connection.opened ?? {};
        if (/[?&]token=/i.test(path))
          scene.report({ message: 'the URL of the gateway has a `token`', frameIds: [] });
      },
      sent: (scene) =>
        checkText(scene, scene.frame.op === OP.IDENTIFY || scene.frame.op === OP.RESUME ? 1 : 0),
      received: (scene) => checkText(scene, 0),
      ended: (scene, { connection, closeReason }) => {
        const token = connection.token?.key ?? '';
        if (closeReason === null || !isLong(token) || !closeReason.includes(token)) return;
        scene.report({
          message: 'the reason of the close frame has the token',
          frameIds: [],
          who: scene.connection.closes.gateway === null ? 'client' : 'gateway',
        });
      },
      call: (scene, { path, tokenAlias }) => {
        const token = tokenAlias ?? '';
        if (isLong(token) && path.includes(token))
          scene.report({ message: 'the path of a REST call has the token', frameIds: [] }, null);
      },
    },
  },
  {
    id: 'sec-plain-public',
    who: 'client',
    severity: 'error',
    needs: 'frame',
    title: 'A token went to a public host without TLS',
    why: 'Everybody on the way can read it.',
    fix: 'Use `wss://` and `https://` upstreams, and reset the token.',
    source: 'Discord Docs/Reference, "Encryption"',
    on: {
      identify: checkPlain,
      resume: checkPlain,
    },
  },
  {
    id: 'sec-session-shared',
    who: 'client',
    severity: 'error',
    needs: 'frame',
    title: 'One session was used with two tokens',
    why: 'Somebody else resumed it, or the store of sessions is mixed up. In a recording the address of a client is not kept.',
    fix: 'Keep the sessions of each bot apart, and reset the tokens if you cannot tell why.',
    source: `${SOURCES.gateway}, "Resuming"`,
    on: {
      ready: (scene, { sessionId }) => {
        const { token } = scene.connection;
        if (sessionId !== null && token !== null) noteOwner(scene, sessionId, token.key);
      },
      resume: (scene, { sessionId, token }) => {
        if (sessionId === null || noteOwner(scene, sessionId, token) < 2) return;
        scene.report('RESUME named the session of another token');
      },
    },
  },
  {
    id: 'sec-token-shared',
    who: 'client',
    severity: 'info',
    needs: 'connection',
    title: 'Two sessions of one shard live beside each other',
    why: 'Two processes run with one token, and each event is handled twice; during an update it may be meant.',
    fix: 'Stop one of them.',
    source: `${SOURCES.gateway}, "Sharding"; 5 minutes are chosen here`,
    on: {
      ready: (scene) => {
        const { connection, nowUs, limits } = scene;
        const { shard } = connection;
        if (shard === null || shard.living.size < 2) return;
        const frameIds = [scene.frame.id];
        const others = [...shard.living].filter((other) => other !== connection && other.phase === 'live');
        scene.later(nowUs + limits.sharedTokenMs, () => {
          const living = others.filter(
            (other) => other.end === null && isAlive(other, scene.nowUs - limits.sharedTokenMs),
          );
          if (living.length === 0) return;
          const ids = living.map(({ id }) => id).join(', ');
          scene.report({
            message: `connection ${ids} has the same shard, for ${inSeconds(limits.sharedTokenMs)} and more`,
            frameIds,
          });
        });
      },
    },
  },
]);

const isAlive = ({ lastReceivedAtUs }: ConnectionFacts, sinceUs: number): boolean =>
  (lastReceivedAtUs ?? 0) > sinceUs;

function checkText(scene: Scene, allowed: number): void {
  const token = scene.connection.token?.key ?? '';
  const text = scene.frame.payloadText;
  if (text === null || !isLong(token) || !text.includes(token)) return;
  if (countIn(text, token) <= allowed) return;
  const { sender, event } = scene.frame;
  scene.report({
    message: `${event ?? 'a payload'} of the ${sender} has the token of the connection`,
    who: sender,
  });
}

function checkPlain(scene: Scene, { token }: Identify | Resume): void {
  const { upstreamUrl = '' } = scene.connection.opened ?? {};
  const url = readUrl(upstreamUrl);
  if (token === '' || url?.protocol !== 'ws:' || PRIVATE_HOST.test(url.hostname)) return;
  scene.report(`the token went to ${url.host} by ws://`);
}

/** Notes the token that uses a session; returns how many tokens used it so far. */
function noteOwner({ capture }: Scene, sessionId: string, token: string): number {
  const sessions = owners.of(capture);
  const known = sessions.get(sessionId);
  if (known === undefined && sessions.size >= MOST_SESSIONS) return 0;
  const tokens = known ?? new Set<string>();
  tokens.add(token);
  sessions.set(sessionId, tokens);
  return tokens.size;
}
