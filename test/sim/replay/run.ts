/**
 * One run of replay: the mock's script with faults, its encoder and its reader, against the player, or against a model
 * client, over connections whose messages come at times that the seed draws.
 */
import fc from 'fast-check';
import type { MockTransport } from '../../../src/mock/message-cache.js';
import { sessions } from '../../support/capture/sessions.js';
import { Random } from '../random.js';
import { UNREDUCED } from '../reduction.js';
import type { Mode } from '../run.js';
import { ClientWorld } from './client-world.js';
import { drawReplayExtras, NO_REPLAY_EXTRAS, reduceReplayExtras } from './extras.js';
import { PlayerWorld } from './player-world.js';
import { nameTransport } from './world.js';

/** What a run showed. */
export interface ReplayOutcome {
  readonly faults: readonly string[];
  /** Rare things that happened. */
  readonly points: ReadonlySet<string>;
  readonly steps: number;
  readonly log: readonly string[];
}

const TRANSPORTS: readonly MockTransport[] = (['json', 'etf'] as const).flatMap((encoding) =>
  (['none', 'zlib-stream', 'zstd-stream'] as const).map((compress) => ({ encoding, compress })),
);

/** Things that runs have to reach, besides each fault of the catalogue. */
export const REPLAY_POINTS = [
  'a session was resumed',
  'a session was begun again',
  'a heartbeat was not acknowledged',
  'a message could not be decoded',
  'a client was closed for good',
  'the mock waited for a congested client',
  'the player got what was recorded',
  'a strict mock was served',
  'several shards were served',
  'payloads were compressed',
  ...TRANSPORTS.map(nameTransport),
];

/** Keeps the draw of extras apart from that of runs. */
const EXTRA_SEED = 2 ** 31;

/** Runs a seed. */
export function simulateReplay(
  seed: number,
  { isPlain = false, reduction = UNREDUCED }: Mode = {},
): ReplayOutcome {
  const random = new Random(seed);
  const sessionSeed = random.below(2 ** 31);
  const transport = random.pick(TRANSPORTS);
  const isPlayed = random.chance(0.3);
  const extras = isPlain
    ? NO_REPLAY_EXTRAS
    : reduceReplayExtras(drawReplayExtras(new Random(seed + EXTRA_SEED)), reduction);
  const recordings = fc
    .sample(sessions, { seed: sessionSeed, numRuns: isPlayed ? 1 : extras.shardCount })
    .map((recording) => ({ ...recording, steps: recording.steps.slice(0, reduction.messages) }));
  const world = isPlayed
    ? new PlayerWorld(random, recordings[0]!, transport, reduction)
    : new ClientWorld(random, recordings, transport, extras, reduction);
  world.points.add(nameTransport(transport));
  try {
    world.run();
  } catch (error) {
    world.problems.push(`thrown: ${error instanceof Error ? String(error.stack) : String(error)}`);
  }
  return { faults: world.problems, points: world.points, steps: world.turns, log: world.log };
}
