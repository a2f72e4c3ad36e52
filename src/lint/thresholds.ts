/**
 * Thresholds: numbers of rules that no documentation gives. Each can be set by the key `lint` of the settings file.
 */

/** One threshold: its default and its meaning. */
export interface ThresholdRow {
  readonly initially: number;
  readonly about: string;
}

/** Every threshold, in the order of the documentation. */
// prettier-ignore
export const LINT_THRESHOLDS = {
  networkSlackMs: { initially: 250, about: 'how far times at the recorder may be from those at the client or the gateway' },
  firstBeatMs: { initially: 100, about: 'a first heartbeat sooner after HELLO than this has no jitter' },
  beatRequestMs: { initially: 5_000, about: 'a client answers a request for a heartbeat within this' },
  ackMs: { initially: 10_000, about: 'a gateway acknowledges a heartbeat within this' },
  seqGraceMs: { initially: 2_000, about: 'dispatches younger than this may not have been handled yet' },
  roundTripMs: { initially: 500, about: 'heartbeats whose round trips grow beyond this are slow' },
  identifyMs: { initially: 30_000, about: 'a client sends IDENTIFY or RESUME within this after HELLO' },
  readyMs: { initially: 30_000, about: 'a gateway answers IDENTIFY and RESUME within this' },
  helloMs: { initially: 5_000, about: 'a gateway sends HELLO within this' },
  resumableMs: { initially: 60_000, about: 'a session that ended less than this ago can be resumed' },
  lostMs: { initially: 180_000, about: 'a session that ended longer ago than this is most likely gone' },
  reconnectMs: { initially: 10_000, about: 'a client leaves within this after RECONNECT' },
  resumeTries: { initially: 3, about: 'so many RESUME in a row without an answer are a loop' },
  loopTries: { initially: 3, about: 'so many short connections of one shard in a minute are a loop' },
  loopTriesSlow: { initially: 10, about: 'so many short connections of one shard in ten minutes are a loop' },
  shortMs: { initially: 30_000, about: 'a connection that lasts less than this is short' },
  fatalRetryMs: { initially: 300_000, about: 'a connection sooner than this after a close code that forbids it is a retry' },
  closeAnswerMs: { initially: 10_000, about: 'a close frame is answered within this' },
  sendsWarning: { initially: 110, about: 'so many messages of a client in a minute are close to the limit of 120' },
  voiceJoins: { initially: 4, about: 'so many equal voice state updates in a minute are a loop' },
  guildsMany: { initially: 1_500, about: 'guilds of one shard beyond which more shards are due' },
  unavailableMs: { initially: 60_000, about: 'a guild of READY is available within this' },
  chunksMs: { initially: 30_000, about: 'the chunks of one request for members follow one another within this' },
  intentUnusedMs: { initially: 1_800_000, about: 'an intent without an event for this long is unused' },
  costBytes: { initially: 1_048_576, about: 'events of fewer bytes are too few to compare the intents' },
  membersAgainMs: { initially: 300_000, about: 'an equal request for members within this is needless' },
  plainBytesPerMinute: { initially: 1_048_576, about: 'an uncompressed connection with more bytes a minute should be compressed' },
  slowReadyMs: { initially: 10_000, about: 'a connection is READY within this' },
  sharedTokenMs: { initially: 300_000, about: 'two sessions of one shard that live beside each other for longer are two processes' },
  routeCalls: { initially: 60, about: 'so many equal REST calls in a minute are a loop' },
  invalidCalls: { initially: 1_000, about: 'so many REST calls answered with 401, 403 or 429 in ten minutes are close to the limit of 10,000' },
} as const satisfies Readonly<Record<string, ThresholdRow>>;

/** Name of a threshold. */
export type ThresholdName = keyof typeof LINT_THRESHOLDS;

/** A value for each threshold. */
export type Thresholds = Readonly<Record<ThresholdName, number>>;

/** Names of all thresholds, in the order of the documentation. */
export const THRESHOLD_NAMES = Object.keys(LINT_THRESHOLDS) as readonly ThresholdName[];

/** Thresholds with some values changed. */
export function completeThresholds(given: Partial<Thresholds> = {}): Thresholds {
  const entries = THRESHOLD_NAMES.map((name) => [name, given[name] ?? LINT_THRESHOLDS[name].initially]);
  return Object.freeze(Object.fromEntries(entries) as Thresholds);
}

/** Thresholds with times in µs; counts are unchanged. */
export function inMicroseconds(thresholds: Thresholds): Thresholds {
  const entries = THRESHOLD_NAMES.map((name) => [name, thresholds[name] * (name.endsWith('Ms') ? 1000 : 1)]);
  return Object.freeze(Object.fromEntries(entries) as Thresholds);
}
