/**
 * Rules about REST calls beside a gateway connection.
 */
import type { LintedCall } from '../events.js';
import { parseText } from '../read.js';
import { asObject } from '../../gateway/payload.js';
import { defineRules, type Rule } from '../rule.js';
import { Memory, type Scene } from '../scene.js';
import { inSeconds, SOURCES } from '../words.js';

const HEADERS = `${SOURCES.limits}, "Header Format"`;
const INVALID = `${SOURCES.limits}, "Invalid Request Limit"`;
/** Statuses that count as invalid calls; 429 does not count if the limit is shared with others. */
const INVALID_STATUSES: ReadonlySet<number | null> = new Set([401, 403, 429]);
const MINUTE_US = 60_000_000;
const TEN_MINUTES_US = 600_000_000;
/** Invalid calls in ten minutes after which the address is blocked. */
const MOST_INVALID = 10_000;
/** So many calls after a 401 are a finding. */
const UNAUTHORIZED_TRIES = 3;
/** Most routes that are remembered of one token. */
const MOST_ROUTES = 2000;

interface Ban {
  /** Time at which the client learned of it; calls that had begun before are not breaches. */
  readonly fromUs: number;
  readonly untilUs: number;
  readonly isGlobal: boolean;
}

interface Calls {
  /** Times before which a path must not be called, by method and path. */
  readonly banned: Map<string, Ban>;
  global: Ban | null;
  /** Times of equal calls within a minute. */
  readonly equal: Map<string, number[]>;
  readonly invalid: number[];
  invalidLevel: 0 | 1 | 2;
  unauthorized: number;
  /** Time of the first such answer; calls that had begun before are not counted. */
  refusedAtUs: number;
}

const calls = new Memory<Calls>(() => ({
  banned: new Map(),
  global: null,
  equal: new Map(),
  invalid: [],
  invalidLevel: 0,
  unauthorized: 0,
  refusedAtUs: 0,
}));

/** Owner under which the calls of a client are remembered; calls without a token share one. */
const anonymous = new Memory<object>(() => ({}));
const findOwner = (scene: Scene, token: object | null): object => token ?? anonymous.of(scene.capture);

/** Webhooks and interactions have a token in the path, and limits of their own. */
const isOwnPath = (route: string): boolean =>
  route.startsWith('/webhooks/') || route.startsWith('/interactions/');

/** A call's method and path, without the version and the query. */
function nameCall({ method, path }: LintedCall): string {
  return `${method} ${path.replace(/^\/v\d+(?=\/)/, '').replace(/\?.*$/, '')}`;
}

/** Time from which on a call that got 429 may be made again, in µs, or null. */
function readBan({ status, endedAtUs, responseHeaders, responseBody }: LintedCall): Ban | null {
  if (status !== 429) return null;
  const body = responseBody === null ? null : asObject(parseText(responseBody));
  const seconds = Number(body?.['retry_after'] ?? responseHeaders['retry-after'] ?? Number.NaN);
  if (!Number.isFinite(seconds) || seconds <= 0) return null;
  const isGlobal = body?.['global'] === true || responseHeaders['x-ratelimit-global'] === 'true';
  return { fromUs: endedAtUs, untilUs: endedAtUs + seconds * 1_000_000, isGlobal };
}

function forgetBefore(times: number[], atUs: number): void {
  while ((times[0] ?? Infinity) <= atUs) times.shift();
}

function forgetOldest(map: Map<string, unknown>): void {
  if (map.size < MOST_ROUTES) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}

/** The rules. */
export const REST_RULES: readonly Rule[] = defineRules([
  {
    id: 'rest-retry-early',
    who: 'client',
    severity: 'error',
    needs: 'frame',
    title: 'A REST call was made again before retry_after was over',
    why: 'It is refused again, and 10,000 refused calls in ten minutes block the address for all bots on it.',
    fix: 'Wait for `retry_after` of the answer, or for all calls if it is global.',
    source: `${SOURCES.limits}, "Exceeding A Rate Limit"`,
    on: {
      call: (scene, call, token) => {
        const own = calls.of(findOwner(scene, token));
        const name = nameCall(call);
        const ban = own.banned.get(name) ?? (isOwnPath(call.route) ? null : own.global);
        const startUs = call.startedAtUs;
        if (ban !== null && startUs >= ban.untilUs - scene.limits.networkSlackMs) {
          if (ban === own.global) own.global = null;
          else own.banned.delete(name);
        } else if (ban !== null && startUs >= ban.fromUs && startUs > ban.untilUs - TEN_MINUTES_US) {
          const scope = ban.isGlobal ? 'all calls were' : 'it was';
          scene.report(
            {
              message: `${name} ${inSeconds(ban.untilUs - startUs)} too early: ${scope} limited`,
              frameIds: [],
            },
            null,
          );
        }
        const next = readBan(call);
        if (next === null) return;
        forgetOldest(own.banned);
        if (next.isGlobal) own.global = next;
        else own.banned.set(name, next);
      },
    },
  },
  {
    id: 'rest-invalid-calls',
    who: 'client',
    severity: 'error',
    needs: 'frame',
    title: 'Many REST calls are answered with 401, 403 or 429',
    why: '10,000 in ten minutes block the address for 24 hours.',
    fix: 'Stop on 401, do not repeat what got 403, and obey `retry_after`.',
    source: INVALID,
    on: {
      call: (scene, { status, responseHeaders, startedAtUs }, token) => {
        const isShared = responseHeaders['x-ratelimit-scope'] === 'shared';
        if (!INVALID_STATUSES.has(status) || isShared) return;
        const own = calls.of(findOwner(scene, token));
        own.invalid.push(startedAtUs);
        forgetBefore(own.invalid, startedAtUs - TEN_MINUTES_US);
        if (own.invalid.length > MOST_INVALID) own.invalid.shift();

        const { length } = own.invalid;
        const level = length >= MOST_INVALID ? 2 : length >= scene.limits.invalidCalls ? 1 : 0;
        if (level > own.invalidLevel) {
          const message = `${length} such answers within ten minutes`;
          scene.report({ message, severity: level === 2 ? 'error' : 'warning', frameIds: [] }, null);
        }
        own.invalidLevel = level;
      },
    },
  },
  {
    id: 'rest-after-401',
    who: 'client',
    severity: 'error',
    needs: 'frame',
    title: 'REST calls went on with a token that was refused',
    why: 'The token is not valid any more; every further call counts for the limit of invalid ones.',
    fix: 'Stop on 401, and say why.',
    source: INVALID,
    on: {
      call: (scene, { status, route, startedAtUs, endedAtUs }, token) => {
        if (token === null || isOwnPath(route) || status === null) return;
        const own = calls.of(token);
        if (status !== 401) {
          own.unauthorized = 0;
          return;
        }
        if (own.unauthorized === 0) own.refusedAtUs = endedAtUs;
        else if (startedAtUs < own.refusedAtUs) return;
        own.unauthorized += 1;
        if (own.unauthorized <= UNAUTHORIZED_TRIES) return;
        scene.report(
          { message: `${own.unauthorized} calls in a row were answered with 401`, frameIds: [] },
          null,
        );
      },
    },
  },
  {
    id: 'rest-loop',
    who: 'client',
    severity: 'warning',
    needs: 'frame',
    title: 'The same REST call is made again and again',
    why: 'It spends the limit of the route; gateway events bring most changes without a call.',
    fix: 'Keep what was fetched, and look for the loop.',
    source: `${HEADERS}; 60 in a minute are chosen here`,
    on: {
      call: (scene, call, token) => {
        if (call.method !== 'GET') return;
        const own = calls.of(findOwner(scene, token));
        const name = `GET ${call.path}`;
        const times = own.equal.get(name) ?? [];
        forgetOldest(own.equal);
        own.equal.set(name, times);
        times.push(call.startedAtUs);
        forgetBefore(times, call.startedAtUs - MINUTE_US);
        if (times.length < scene.limits.routeCalls) return;
        scene.report({ message: `${times.length} times ${name} within a minute`, frameIds: [] }, null);
        times.length = 0;
      },
    },
  },
]);
