/**
 * Rules about when a client sends IDENTIFY, and how often. What is in it: identify-fields.ts.
 */
import type { Shard } from '../../gateway/payload.js';
import type { BotLimits } from '../facts.js';
import { findKnownShard, findLastEnd, isResumableEnd } from '../history.js';
import { listObjects } from '../read.js';
import { defineRules, type Rule } from '../rule.js';
import { Memory, type Scene } from '../scene.js';
import { inSeconds, SOURCES } from '../words.js';

const IDENTIFYING = `${SOURCES.gateway}, "Identifying"`;
const SHARDING = `${SOURCES.gateway}, "Sharding"`;
const STARTS = `${SOURCES.gateway}, "Session Start Limit Object"`;
const SECOND_US = 1_000_000;
/** Time for which one IDENTIFY occupies its bucket. */
const BUCKET_US = 5_000_000;
/** Least number of session starts a day that Discord grants. */
const DEFAULT_TOTAL = 1000;
/** Part of the session starts of a day after which a warning is due. */
const CLOSE_TO = 0.8;
/** Most guilds of one shard. */
const MOST_GUILDS = 2500;

const buckets = new Memory<Map<number, number>>(() => new Map());

function formatShard(shard: Shard | null): string {
  return shard === null ? 'no shard' : `shard [${shard.join(', ')}]`;
}

/** The rules. */
export const IDENTIFY_RULES: readonly Rule[] = defineRules([
  {
    id: 'id-before-hello',
    who: 'client',
    severity: 'info',
    needs: 'connection',
    title: 'IDENTIFY or RESUME came before HELLO',
    why: 'It is allowed, and some libraries do so; a proxy or a mock has to expect it.',
    fix: 'Nothing.',
    source: SOURCES.food,
    on: {
      identify: (scene) => reportEarly(scene, 'IDENTIFY'),
      resume: (scene) => reportEarly(scene, 'RESUME'),
    },
  },
  {
    id: 'id-none',
    who: 'client',
    severity: 'warning',
    needs: 'connection',
    title: 'The client neither identified nor resumed',
    why: 'The connection is of no use, and the gateway closes it at some time.',
    fix: 'Send IDENTIFY or RESUME when HELLO has arrived.',
    source: `${IDENTIFYING}; 30 s are chosen here`,
    on: {
      hello: (scene) => {
        const { connection, frame, nowUs, limits } = scene;
        if (connection.hello !== null) return;
        const frameIds = [frame.id];
        scene.later(nowUs + limits.identifyMs, () => {
          if (connection.identify !== null || connection.resume !== null) return;
          scene.report({
            message: `neither IDENTIFY nor RESUME within ${inSeconds(limits.identifyMs)} after HELLO`,
            frameIds,
          });
        });
      },
    },
  },
  {
    id: 'id-twice',
    who: 'client',
    severity: 'error',
    needs: 'connection',
    title: 'The client identified twice on one connection',
    why: 'The gateway closes with 4005.',
    fix: 'Send IDENTIFY once a connection, and again only after INVALID_SESSION.',
    source: `${SOURCES.codes}, 4005`,
    on: {
      identify: (scene) => {
        const { identify, phase } = scene.connection;
        if (identify === null || (phase !== 'identifying' && phase !== 'live')) return;
        scene.report({
          message: `IDENTIFY again ${inSeconds(scene.nowUs - identify.atUs)} after the first, without INVALID_SESSION in between`,
          frameIds: [identify.frameId, scene.frame.id],
        });
      },
    },
  },
  {
    id: 'id-needless',
    who: 'client',
    severity: 'warning',
    needs: 'connection',
    title: 'The client identified although it could have resumed',
    why: 'The events in between are lost, and one of the session starts of the day is spent.',
    fix: 'Keep `session_id`, `resume_gateway_url` and the last `s`, and send RESUME first.',
    source: `${SOURCES.gateway}, "Resuming"`,
    on: {
      identify: (scene, identify) => {
        const end = findLastEnd(scene.capture, identify);
        if (end === null || !isResumableEnd(end)) return;
        const awayUs = scene.nowUs - end.atUs;
        // IDENTIFY after RECONNECT or INVALID_SESSION `true` is judged by other rules.
        const isAsked = end.connection.reconnect !== null || end.connection.phase === 'invalid';
        if (awayUs >= scene.limits.resumableMs || isAsked) return;
        scene.report(`IDENTIFY ${inSeconds(awayUs)} after a connection ended whose session could be resumed`);
      },
    },
  },
  {
    id: 'id-after-op9-early',
    who: 'client',
    severity: 'info',
    needs: 'connection',
    title: 'IDENTIFY followed INVALID_SESSION at once',
    why: 'After an outage, many clients that do so are refused again.',
    fix: 'Wait a random time of 1 to 5 seconds first.',
    source: 'api-docs pull request 5323: earlier documentation asked for it',
    on: {
      identify: (scene, identify) => {
        const before =
          scene.connection.invalid ?? findKnownShard(scene.capture, identify)?.lastEnd?.connection.invalid;
        if (before == null || before.isResumable || scene.nowUs - before.atUs >= SECOND_US) return;
        scene.report({
          message: `IDENTIFY ${inSeconds(scene.nowUs - before.atUs)} after INVALID_SESSION`,
          frameIds: [before.frameId, scene.frame.id],
        });
      },
    },
  },
  {
    id: 'id-concurrency',
    who: 'client',
    severity: 'error',
    needs: 'connection',
    title: 'Shards identified faster than max_concurrency allows',
    why: 'The gateway answers INVALID_SESSION, and the client has to try again.',
    fix: 'Let 5 seconds pass between two IDENTIFY of one bucket: shard_id modulo max_concurrency.',
    source: `${SHARDING}, "Sharding Max Concurrency": one IDENTIFY for each bucket in 5 seconds`,
    on: {
      identify: (scene, identify) => {
        const token = scene.capture.findToken(identify.token);
        const most = token.limits?.maxConcurrency ?? null;
        const bucket = (identify.shard?.[0] ?? 0) % Math.max(most ?? 1, 1);
        const times = buckets.of(token);
        const sinceUs = scene.nowUs - (times.get(bucket) ?? -Infinity);
        times.set(bucket, scene.nowUs);
        // IDENTIFY after INVALID_SESSION on the same connection is judged by another rule.
        if (sinceUs >= BUCKET_US - scene.limits.networkSlackMs || scene.connection.phase === 'invalid')
          return;
        const allowed =
          most === null ? 'max_concurrency is not recorded and taken for 1' : `max_concurrency is ${most}`;
        scene.report({
          message: `IDENTIFY for ${formatShard(identify.shard)} ${inSeconds(sinceUs)} after another of its bucket; ${allowed}`,
          severity: most === null ? 'warning' : 'error',
        });
      },
    },
  },
  {
    id: 'id-budget',
    who: 'client',
    severity: 'error',
    needs: 'connection',
    title: 'The session starts of the day are nearly spent, or more',
    why: 'When they are spent, Discord ends all sessions and resets the token.',
    fix: 'Find out why the client identifies instead of resuming, and stop it until then.',
    source: STARTS,
    on: {
      identify: (scene, identify) => {
        const { limits, identifies } = scene.capture.findToken(identify.token);
        const total = limits?.total ?? DEFAULT_TOTAL;
        const count = identifies.length + 1;
        const left = limits === null ? null : countLeft(limits, identifies, scene.nowUs);
        const message = `${count} IDENTIFY within 24 hours, and ${total} are allowed`;
        if (left !== null && left < 0) scene.report(`${message}, of which ${limits?.remaining} were left`);
        else if (count > total) scene.report(message);
        else if (count > CLOSE_TO * total) scene.report({ message, severity: 'warning' });
      },
    },
  },
  {
    id: 'id-shard-bad',
    who: 'client',
    severity: 'error',
    needs: 'frame',
    title: 'The shard in IDENTIFY is not valid',
    why: 'The gateway closes with 4010, which forbids to reconnect.',
    fix: 'Send `[shard_id, shard_count]` with 0 ≤ shard_id < shard_count.',
    source: SHARDING,
    on: {
      identify: (scene, { d, shard }) => {
        if (d['shard'] == null) return;
        if (shard !== null && shard[0] >= 0 && shard[0] < shard[1]) return;
        scene.report(`\`shard\` is ${JSON.stringify(d['shard']).slice(0, 60)}`);
      },
    },
  },
  {
    id: 'id-shards-too-few',
    who: 'client',
    severity: 'error',
    needs: 'frame',
    title: 'There are too few shards',
    why: 'Above 2500 guilds a shard the gateway closes with 4011, which forbids to reconnect.',
    fix: 'Start as many shards as `GET /gateway/bot` recommends.',
    source: SHARDING,
    on: {
      identify: (scene, { token, shard }) => {
        const recommended = scene.capture.tokens.get(token)?.limits?.shards ?? null;
        if (recommended === null || (shard?.[1] ?? 1) >= recommended) return;
        scene.report({
          message: `IDENTIFY for ${formatShard(shard)}, and \`GET /gateway/bot\` recommends ${recommended} shards`,
          severity: 'info',
        });
      },
      ready: (scene, { d }) => {
        const count = listObjects(d['guilds']).length;
        if (count <= scene.limits.guildsMany) return;
        scene.report({
          message: `READY lists ${count} guilds for one shard`,
          severity: count > MOST_GUILDS ? 'error' : 'info',
        });
      },
    },
  },
]);

function reportEarly(scene: Scene, name: string): void {
  if (scene.connection.receivedCount === 0) scene.report(`${name} came before HELLO`);
}

/** Session starts left after one more IDENTIFY, from the last answer of `GET /gateway/bot`; null if that is too old. */
function countLeft(limits: BotLimits, identifies: readonly number[], nowUs: number): number | null {
  if (limits.remaining === null || limits.resetAtUs === null || nowUs >= limits.resetAtUs) return null;
  return limits.remaining - identifies.filter((atUs) => atUs > limits.atUs).length - 1;
}
