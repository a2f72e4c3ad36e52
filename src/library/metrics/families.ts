/**
 * Families: what `record --metrics` exposes, under which names. docs/service.md lists them; a test compares the two.
 *
 * Counts come from the writer thread (worker/meter.ts), once per batch; the rest is read when a scraper asks.
 */
import { BUCKETS, COUNT_LABELS, SUM, type CountName, type Sample } from '../../worker/counts.js';
import type { OpenCount } from '../../worker/meter.js';
import type { ShipFigures } from '../ship-follower.js';
import { formatNumber, type Labels, type MetricFamily, type MetricValue } from './exposition.js';

/** Names and purposes of the counts. */
const COUNTERS: Readonly<
  Record<Exclude<CountName, keyof typeof BUCKETS>, readonly [name: string, help: string]>
> = {
  frames: ['gatetape_frames', 'Frames in the database.'],
  wireBytes: ['gatetape_wire_bytes', 'Bytes of their WebSocket payloads as they crossed the wire.'],
  payloads: ['gatetape_payloads', 'Payloads by opcode and event; other is what no public documentation has.'],
  payloadBytes: ['gatetape_payload_bytes', 'Bytes of payloads after decompression, before redaction.'],
  undecodable: ['gatetape_undecodable_frames', 'Frames whose payload could not be decoded.'],
  opened: ['gatetape_connections_opened', 'Connections that were opened.'],
  refused: ['gatetape_upgrades_refused', 'Upgrades that were answered with another status than 101.'],
  closed: ['gatetape_connections_closed', 'Connections that were closed, by close code and who closed.'],
  identified: ['gatetape_sessions_identified', 'IDENTIFYs, each of which begins a session.'],
  resumed: ['gatetape_sessions_resumed', 'RESUMEs.'],
  resumeRefused: ['gatetape_resumes_refused', 'RESUMEs that the gateway refused.'],
  missedHeartbeats: [
    'gatetape_heartbeats_missed',
    'Heartbeats whose connection ended before they were acknowledged.',
  ],
  gaps: ['gatetape_gaps', 'Stretches of traffic that were relayed but are not recorded.'],
  gapBytes: ['gatetape_gap_bytes', 'Bytes of these gaps.'],
  restCalls: ['gatetape_rest_calls', 'REST calls by the class of their status; none if there was no answer.'],
  rotations: ['gatetape_rotations', 'Rotations of the database.'],
};

const HISTOGRAMS: Readonly<Record<keyof typeof BUCKETS, readonly [name: string, help: string]>> = {
  roundTrips: ['gatetape_heartbeat_round_trip_seconds', 'Time from a heartbeat to its acknowledgement.'],
  commits: ['gatetape_commit_seconds', 'Duration of the transaction of a batch.'],
};

/** Values that are read when a scraper asks. */
export interface Gauges {
  readonly isRecording: boolean;
  readonly open: readonly OpenCount[];
  readonly queueBytes: number;
  readonly queueLimitBytes: number;
  readonly lagUs: number;
  readonly unrecordedBytes: number;
  readonly restarts: number;
  readonly databaseBytes: number;
  readonly logBytes: number;
  /** Null if nothing is shipped. */
  readonly shipping: ShipFigures | null;
  readonly nowUs: number;
  /** Delays of the relay's event loop, in seconds, by their statistic. */
  readonly loopDelays: Readonly<Record<string, number>>;
  readonly residentBytes: number;
  /** When the process was started, in µs since the Unix epoch. */
  readonly startedAtUs: number;
  readonly version: string;
  readonly nodeVersion: string;
}

const US_PER_SECOND = 1_000_000;

/** All families, those without values too. */
export function listFamilies(counted: readonly Sample[], gauges: Gauges): readonly MetricFamily[] {
  return [
    ...Object.entries(COUNTERS).map(([key, [name, help]]) => counter(key as CountName, name, help, counted)),
    ...Object.entries(HISTOGRAMS).map(([key, [name, help]]) =>
      histogram(key as keyof typeof BUCKETS, name, help, counted),
    ),
    ...listGauges(gauges),
  ];
}

function counter(key: CountName, name: string, help: string, counted: readonly Sample[]): MetricFamily {
  const names: readonly string[] = COUNT_LABELS[key];
  const values = counted
    .filter((sample) => sample.name === key)
    .map(({ labels, value }) => ({ labels: toLabels(names, labels), value }));
  // A count without labels is 0 from the start, so that its first increase is seen.
  return {
    name,
    type: 'counter',
    help,
    values: names.length === 0 && values.length === 0 ? [single(0)] : values,
  };
}

function toLabels(names: readonly string[], values: readonly string[]): Labels {
  return Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']));
}

function histogram(
  key: keyof typeof BUCKETS,
  name: string,
  help: string,
  counted: readonly Sample[],
): MetricFamily {
  const amounts = new Map(
    counted.filter((sample) => sample.name === key).map(({ labels: [le = ''], value }) => [le, value]),
  );
  let count = 0;
  const buckets = [...BUCKETS[key], Infinity].map((bound): MetricValue => {
    count += amounts.get(String(bound)) ?? 0;
    return { suffix: '_bucket', labels: { le: formatNumber(bound) }, value: count };
  });
  const values: readonly MetricValue[] = [
    ...buckets,
    { suffix: '_sum', labels: {}, value: amounts.get(SUM) ?? 0 },
    { suffix: '_count', labels: {}, value: count },
  ];
  return { name, type: 'histogram', help, values };
}

function listGauges(gauges: Gauges): readonly MetricFamily[] {
  return [...listRecorderGauges(gauges), ...listShipGauges(gauges), ...listProcessGauges(gauges)];
}

function listRecorderGauges({ open, ...gauges }: Gauges): readonly MetricFamily[] {
  const recording = '1 while traffic is recorded, else 0; why it is not is what /healthz answers.';
  return [
    gauge('recording', recording, single(Number(gauges.isRecording))),
    gauge(
      'connections_open',
      'Connections that are open now, by transport and state.',
      ...open.map(({ encoding, compress, isInSession, count }) => ({
        labels: { encoding, compress, state: isInSession ? 'in_session' : 'unidentified' },
        value: count,
      })),
    ),
    gauge('queue_bytes', 'Traffic that waits for the recorder.', single(gauges.queueBytes)),
    gauge('queue_limit_bytes', 'Size of that queue, --queue.', single(gauges.queueLimitBytes)),
    gauge(
      'lag_seconds',
      'Age of the oldest traffic that is not in the database.',
      single(gauges.lagUs / US_PER_SECOND),
    ),
    rising('unrecorded_bytes', 'Bytes that were relayed but are not in the database.', [
      single(gauges.unrecordedBytes),
    ]),
    rising('recorder_restarts', 'Times that dead recording threads were restarted.', [
      single(gauges.restarts),
    ]),
    gauge(
      'database_bytes',
      'Size of the database file and of its log.',
      { labels: { file: 'database' }, value: gauges.databaseBytes },
      { labels: { file: 'log' }, value: gauges.logBytes },
    ),
  ];
}

/** Without values if nothing is shipped. */
function listShipGauges({ shipping, nowUs }: Gauges): readonly MetricFamily[] {
  const read = (value: (figures: ShipFigures) => number): readonly MetricValue[] =>
    shipping === null ? [] : [single(value(shipping))];
  return [
    gauge(
      'ship_behind_frames',
      'Frames that are not on the server of --ship-to yet.',
      ...read(({ behindFrames }) => behindFrames),
    ),
    gauge(
      'ship_behind_seconds',
      'Age of the oldest of them.',
      ...read(({ behindSinceUs }) =>
        behindSinceUs === null ? 0 : Math.max(0, nowUs - behindSinceUs) / US_PER_SECOND,
      ),
    ),
    rising(
      'shipped_frames',
      'Frames that were shipped since the start.',
      read(({ shippedFrames }) => shippedFrames),
    ),
    rising(
      'ship_failures',
      'Requests to that server that failed; each is repeated.',
      read(({ failures }) => failures),
    ),
  ];
}

function listProcessGauges(gauges: Gauges): readonly MetricFamily[] {
  const { loopDelays, residentBytes, startedAtUs, version, nodeVersion } = gauges;
  return [
    gauge(
      'relay_loop_delay_seconds',
      "Delay of the relay's event loop, over the last ten seconds.",
      ...Object.entries(loopDelays).map(([statistic, value]) => ({ labels: { statistic }, value })),
    ),
    gauge('resident_bytes', 'Resident memory of the process.', single(residentBytes)),
    gauge(
      'start_time_seconds',
      'When the process was started, in seconds since the Unix epoch.',
      single(startedAtUs / US_PER_SECOND),
    ),
    gauge('build', 'Always 1; the labels say what runs.', {
      labels: { version, node: nodeVersion },
      value: 1,
    }),
  ];
}

function gauge(name: string, help: string, ...values: readonly MetricValue[]): MetricFamily {
  return { name: `gatetape_${name}`, type: 'gauge', help, values };
}

/** A counter without labels. */
function rising(name: string, help: string, values: readonly MetricValue[]): MetricFamily {
  return { name: `gatetape_${name}`, type: 'counter', help, values };
}

function single(value: number): MetricValue {
  return { labels: {}, value };
}
