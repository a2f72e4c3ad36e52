/**
 * What replays of a client have beside their plan: strictness, several shards, REST calls, payload compression.
 *
 * Drawn by a generator of their own, so that a run without them is the same as before there were any. A WebSocket of the mock
 * that compresses messages is not modelled: permessage-deflate is the ws library's own, below the script.
 */
import type { Fault } from '../../../src/replay/faults/catalogue.js';
import type { RecordedExchange } from '../../../src/replay/recording.js';
import type { Random } from '../random.js';
import type { Reduction, REPLAY_PARTS } from '../reduction.js';
import { drawWhen } from './faults.js';

/** What a run has beside its plan. */
export interface ReplayExtras {
  readonly isStrict: boolean;
  readonly shardCount: number;
  /** Whether IDENTIFY asks for compressed payloads. */
  readonly isCompressing: boolean;
  readonly exchanges: readonly RecordedExchange[];
  /** Faults of API requests. */
  readonly refusals: readonly Fault[];
}

/** None of it. */
export const NO_REPLAY_EXTRAS: ReplayExtras = {
  isStrict: false,
  shardCount: 1,
  isCompressing: false,
  exchanges: [],
  refusals: [],
};

/** Draws them. */
export function drawReplayExtras(random: Random): ReplayExtras {
  const calls = random.chance(0.4) ? random.skewed(1, 12) : 0;
  return {
    isStrict: random.chance(0.3),
    shardCount: random.pick([1, 1, 2, 3]),
    isCompressing: random.chance(0.5),
    exchanges: Array.from({ length: calls }, (_, index) => drawExchange(random, index)),
    refusals: Array.from({ length: calls > 0 ? random.below(3) : 0 }, () => ({
      name: 'api-503',
      arg: null,
      when: drawWhen(random),
    })),
  };
}

/** A call whose body says which one it is. */
function drawExchange(random: Random, index: number): RecordedExchange {
  const request = random.chance(0.2) ? null : { content: `call ${index}`, nonce: `recorded ${index}` };
  const answer = { id: String(index), content: `answer ${index}`, nonce: request?.nonce ?? null };
  return {
    method: request === null ? 'GET' : 'POST',
    path: request === null ? `/channels/5/messages/${index}` : '/channels/5/messages',
    status: 200,
    requestType: 'application/json',
    responseType: 'application/json',
    requestBody: request === null ? null : JSON.stringify(request),
    responseBody: JSON.stringify(answer),
    responseHeaders: { 'x-ratelimit-remaining': '4', 'x-call': String(index) },
    atUs: index,
    durationUs: 10,
  };
}

/** Leaves parts out of them. */
export function reduceReplayExtras(extras: ReplayExtras, { without }: Reduction): ReplayExtras {
  const has = (part: (typeof REPLAY_PARTS)[number]): boolean => !without.includes(part);
  return {
    isStrict: has('strictness') && extras.isStrict,
    shardCount: has('shards') ? extras.shardCount : 1,
    isCompressing: has('compression') && extras.isCompressing,
    exchanges: has('rest') ? extras.exchanges : [],
    refusals: has('rest') ? extras.refusals : [],
  };
}
