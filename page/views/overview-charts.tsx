/**
 * Charts of the overview.
 */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type {
  CallsOverTime,
  FindingsAnswer,
  OverviewAnswer,
  PageSeverity,
  SizesAnswer,
} from '../../src/ui/answers.js';
import { formatBytes, formatCount, formatDuration, plural } from '../../src/units.js';
import { formatDataAddress } from '../data/fetch.js';
import { useAnswer } from '../data/use-answer.js';
import { Chart } from '../parts/chart.js';
import type { ChartSeries } from '../parts/chart-shapes.js';
import { AnswerNote } from '../parts/states.js';
import { selectionQuery, stretch } from '../state/address.js';
import { FAMILIES, FAMILY_NAMES } from '../state/families.js';
import { freshness, live } from '../state/live.js';

interface WithData {
  readonly data: OverviewAnswer;
}

/** Recordings with up to so many frames are judged by lint without a click. */
const QUICK_FRAMES = 200_000;

function readSpan({ source, selection }: OverviewAnswer): readonly [number, number] | undefined {
  const from = selection.fromUs ?? source.span?.fromUs;
  const until = selection.untilUs ?? source.span?.untilUs;
  if (from === undefined || until === undefined || source.span === null) return undefined;
  return [Math.max(from, source.span.fromUs), Math.min(until, source.span.untilUs)];
}

/** Traffic over time by family, in frames or bytes. */
export function TrafficChart({ data }: WithData): JSX.Element | null {
  const isBytes = useSignal(false);
  const { bins } = data;
  if (bins === null) return null;
  const series = FAMILIES.flatMap((family): readonly ChartSeries[] => {
    const found = bins.series.find((one) => one.family === family);
    if (found === undefined) return [];
    const values = isBytes.value ? found.wireBytes : found.frames;
    return [{ label: FAMILY_NAMES[family], colour: `family-${family}`, values, shape: 'stack' }];
  });
  return (
    <Chart
      title="Traffic"
      xs={Array.from({ length: bins.count }, (_, index) => bins.startUs + index * bins.binUs)}
      bin={bins.binUs}
      series={series}
      formatY={isBytes.value ? formatBytes : formatCount}
      isBinary={isBytes.value}
      note={
        <>
          {isBytes.value ? 'bytes' : 'frames'} per {formatDuration(bins.binUs)}{' '}
          <button onClick={() => (isBytes.value = !isBytes.value)}>
            show {isBytes.value ? 'frames' : 'bytes'}
          </button>
        </>
      }
    />
  );
}

/** Sizes of payloads. */
export function SizesChart(): JSX.Element | null {
  const answer = useAnswer<SizesAnswer>(formatDataAddress('/sizes', selectionQuery.value));
  const { data, progress } = answer;
  if (data === null)
    return (
      <section class="chart" aria-label="Payload sizes">
        <div class="chart-head">
          <h2>Payload sizes</h2>
        </div>
        <AnswerNote answer={answer} />
      </section>
    );
  const { sizes } = data;
  // One bar for each power of two, even if no payload has that size.
  const powers = sizes.map(({ fromBytes }) => Math.floor(Math.log2(Math.max(1, fromBytes))));
  const least = Math.min(...powers);
  const most = Math.max(...powers);
  const xs = sizes.length === 0 ? [] : Array.from({ length: most - least + 1 }, (_, index) => least + index);
  const values = xs.map((x) => sizes[powers.indexOf(x)]?.frames ?? 0);
  return (
    <Chart
      title="Payload sizes"
      xs={xs}
      bin={1}
      series={[{ label: 'frames', colour: 'family-presence', values, shape: 'stack' }]}
      formatX={(power) => (Number.isInteger(power) ? formatBytes(2 ** power) : '')}
      formatY={formatCount}
      note={progress === null ? 'up to the double' : `${formatCount(progress.done)} frames looked at …`}
    />
  );
}

/** Round trips of heartbeats over time. */
export function HeartbeatChart({ data }: WithData): JSX.Element | null {
  const { bins, binUs, sent, missed, rttP50Us, rttP99Us } = data.heartbeats;
  if (sent === 0) return null;
  const span = readSpan(data);
  const figures =
    rttP50Us === null || rttP99Us === null
      ? ''
      : `p50 ${formatDuration(rttP50Us)}, p99 ${formatDuration(rttP99Us)} · `;
  return (
    <Chart
      title="Heartbeat round trips"
      xs={bins.map(({ atUs }) => atUs)}
      bin={binUs}
      {...(span === undefined ? {} : { range: span })}
      series={[
        {
          label: 'slowest',
          colour: 'family-message',
          values: bins.map(({ rttMaxUs }) => rttMaxUs),
          shape: 'line',
        },
        {
          label: 'half of them',
          colour: 'family-session',
          values: bins.map(({ rttP50Us: p50 }) => p50),
          shape: 'line',
        },
        {
          label: 'missed',
          colour: 'family-trouble',
          values: bins.map(({ missed: count }) => (count > 0 ? 0 : null)),
          shape: 'points',
        },
      ]}
      formatY={formatDuration}
      note={`${figures}${plural(sent, 'heartbeat')}, ${formatCount(missed)} missed`}
    />
  );
}

const STATUS_COLOURS: readonly (readonly [
  name: keyof CallsOverTime['bins'][number]['calls'],
  colour: string,
])[] = [
  ['2xx', 'family-guild'],
  ['1xx', 'family-other'],
  ['3xx', 'family-presence'],
  ['4xx', 'family-message'],
  ['429', 'family-voice'],
  ['5xx', 'family-trouble'],
  ['none', 'family-other'],
];

/** REST calls by status over time. */
export function RestChart({ data }: WithData): JSX.Element | null {
  if (data.rest.calls === 0) return null;
  const span = readSpan(data);
  return <CallsChart rest={data.rest} range={span} />;
}

/** REST calls by status over time, for any view. */
export function CallsChart({
  rest,
  range,
}: {
  readonly rest: CallsOverTime;
  readonly range: readonly [number, number] | undefined;
}): JSX.Element {
  const series = STATUS_COLOURS.flatMap(([name, colour]): readonly ChartSeries[] => {
    const values = rest.bins.map(({ calls }) => calls[name] ?? 0);
    const label = name === 'none' ? 'no answer' : name;
    return values.every((value) => value === 0) ? [] : [{ label, colour, values, shape: 'stack' }];
  });
  const slow = rest.durationP99Us === null ? '' : `, p99 ${formatDuration(rest.durationP99Us)}`;
  return (
    <Chart
      title="REST calls"
      xs={rest.bins.map(({ atUs }) => atUs)}
      bin={rest.binUs}
      {...(range === undefined ? {} : { range })}
      series={series}
      formatY={formatCount}
      note={`${plural(rest.calls, 'call')}, ${plural(rest.errors, 'error')}${slow}`}
    />
  );
}

const SEVERITIES: Readonly<Record<PageSeverity, string>> = {
  info: 'family-presence',
  warning: 'family-message',
  error: 'family-trouble',
};

const FINDING_BINS = 60;

/** Findings of lint over time; a large recording is judged after a click. */
export function FindingsChart({ lastId }: { readonly lastId: number }): JSX.Element {
  const isWanted = useSignal(lastId <= QUICK_FRAMES || (live.peek()?.findings ?? null) !== null);
  const address = isWanted.value ? formatDataAddress('/findings', selectionQuery.value) : null;
  // A growing recording that has become large is not judged again and again.
  const answer = useAnswer<FindingsAnswer>(address, lastId <= QUICK_FRAMES ? freshness.value : 0);
  const { data } = answer;
  if (data === null)
    return (
      <section class="chart" aria-label="Findings">
        <div class="chart-head">
          <h2>Findings</h2>
        </div>
        {isWanted.value ? (
          <AnswerNote answer={answer} />
        ) : (
          <div class="note">
            <p>Lint reads every frame; this recording has {formatCount(lastId)}.</p>
            <button class="framed" onClick={() => (isWanted.value = true)}>
              judge the recording
            </button>
          </div>
        )}
      </section>
    );
  return <FindingsPlot data={data} isJudging={answer.progress !== null} />;
}

function FindingsPlot({
  data,
  isJudging,
}: {
  readonly data: FindingsAnswer;
  readonly isJudging: boolean;
}): JSX.Element {
  const span = stretch.value ?? data.source.span ?? { fromUs: 0, untilUs: 1 };
  const bin = Math.max(1, (span.untilUs - span.fromUs) / FINDING_BINS);
  const series = (Object.keys(SEVERITIES) as PageSeverity[]).map((severity): ChartSeries => {
    const values = new Array<number>(FINDING_BINS).fill(0);
    for (const finding of data.findings) {
      const index = Math.floor((finding.firstAtUs - span.fromUs) / bin);
      if (finding.severity === severity && index >= 0)
        values[Math.min(FINDING_BINS - 1, index)] = (values[Math.min(FINDING_BINS - 1, index)] ?? 0) + 1;
    }
    return { label: severity, colour: SEVERITIES[severity], values, shape: 'stack' };
  });
  return (
    <Chart
      title="Findings"
      xs={Array.from({ length: FINDING_BINS }, (_, index) => span.fromUs + index * bin)}
      bin={bin}
      series={series}
      formatY={formatCount}
      note={isJudging ? 'judging …' : plural(data.findings.length, 'finding')}
    />
  );
}
