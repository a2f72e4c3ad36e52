/**
 * Counts: amounts by name and labels, which cross from the writer thread to the relay's as what was added since the last
 * time.
 *
 * So they go on when threads are restarted or another file is begun.
 */

/** An amount. */
export interface Sample {
  readonly name: CountName;
  /** Values of the labels, in the order of `COUNT_LABELS`. */
  readonly labels: readonly string[];
  readonly value: number;
}

/** Labels of the counts. Each value is one of a closed list, or `other`. */
export const COUNT_LABELS = {
  frames: ['sender'],
  wireBytes: ['sender'],
  payloads: ['op', 'event'],
  payloadBytes: ['op', 'event'],
  undecodable: ['reason'],
  opened: ['encoding', 'compress'],
  refused: ['status'],
  closed: ['code', 'by'],
  identified: [],
  resumed: [],
  resumeRefused: [],
  missedHeartbeats: [],
  roundTrips: ['le'],
  gaps: ['sender'],
  gapBytes: ['sender'],
  restCalls: ['status'],
  commits: ['le'],
  rotations: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Name of a count. */
export type CountName = keyof typeof COUNT_LABELS;

/** Upper bounds of the histograms' buckets, in seconds. */
export const BUCKETS = {
  // A round trip to Discord takes 20 to 200 ms; clients give a connection up after an interval of 41 s without an answer.
  roundTrips: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 45],
  // A batch is due after 50 ms or a megabyte.
  commits: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
} as const;

/** In place of a bucket: the sum of the observed values. */
export const SUM = 'sum';

/** Adds up amounts. */
export class Counts {
  readonly #byKey = new Map<
    string,
    { readonly name: CountName; readonly labels: readonly string[]; value: number }
  >();

  add(name: CountName, labels: readonly string[], value = 1): void {
    const key = `${name}|${labels.join('|')}`;
    const known = this.#byKey.get(key);
    if (known === undefined) this.#byKey.set(key, { name, labels, value });
    else known.value += value;
  }

  /** Adds a value to a histogram. */
  observe(name: keyof typeof BUCKETS, seconds: number): void {
    const bound = BUCKETS[name].find((each) => seconds <= each) ?? Infinity;
    this.add(name, [String(bound)]);
    this.add(name, [SUM], seconds);
  }

  /** Adds the amounts of another one. */
  addAll(samples: readonly Sample[]): void {
    for (const { name, labels, value } of samples) this.add(name, labels, value);
  }

  list(): readonly Sample[] {
    return [...this.#byKey.values()];
  }

  /** What was added since the last call. */
  take(): readonly Sample[] {
    const samples = this.list();
    this.#byKey.clear();
    return samples;
  }
}
