/**
 * Overview: health and contents of a recording. Figures first, then charts, then tables.
 */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { OverviewAnswer, PageEvent } from '../../src/ui/answers.js';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatRate,
  formatRatio,
  NOTHING,
  plural,
} from '../../src/units.js';
import { formatDataAddress } from '../data/fetch.js';
import { useAnswer, type Answer } from '../data/use-answer.js';
import { showText } from '../parts/plain-text.js';
import { AnswerNote, EmptyNote, WaitingLine } from '../parts/states.js';
import { ShareBar, SortedTable, type TableColumn } from '../parts/table.js';
import { formatAddress, selectionQuery } from '../state/address.js';
import { addTerm, quoteValue } from '../state/filter-terms.js';
import { filter } from '../state/address.js';
import { freshness, live } from '../state/live.js';
import { FindingsChart, HeartbeatChart, RestChart, SizesChart, TrafficChart } from './overview-charts.js';
import type { ViewProps } from './shell.js';

/** The view. */
export function OverviewPage({ report, whole }: ViewProps): JSX.Element {
  const query = selectionQuery.value;
  const narrowed = useAnswer<OverviewAnswer>(
    query === '' ? null : formatDataAddress('/overview', query),
    freshness.value,
  );
  const answer = query === '' ? whole : narrowed;
  useEffect(() => report(answer.failure), [answer.failure]);
  const { data } = answer;
  if (data === null || answer.failure !== null) return <AnswerNote answer={answer} />;
  if (data.total.frames === 0)
    return answer.progress === null ? (
      <EmptyNote source={data.source} what="frames" />
    ) : (
      <CountingNote answer={answer} />
    );
  return (
    <div class="overview" data-scrolls>
      <WaitingLine answer={answer} />
      <Figures data={data} />
      <div class="charts">
        <TrafficChart data={data} />
        <SizesChart />
        <HeartbeatChart data={data} />
        <RestChart data={data} />
        <FindingsChart lastId={data.source.lastId} />
        <Intents data={data} />
      </div>
      <Events events={data.events} />
    </div>
  );
}

/** Message for an empty recording. */
function CountingNote({ answer }: { readonly answer: Answer<OverviewAnswer> }): JSX.Element {
  return (
    <div class="note dim">
      <WaitingLine answer={answer} />
      looking at {formatCount(answer.progress?.total ?? 0)} frames …
    </div>
  );
}

function Figures({ data }: { readonly data: OverviewAnswer }): JSX.Element {
  const { total, sessions, resumes, undecodable, gaps, unrecordedBytes, heartbeats } = data;
  const rate = data.source.isRecording ? (live.value?.perSecond ?? total.perSecond) : total.perSecond;
  return (
    <>
      <dl class="figures">
        <Figure name="frames" value={formatCount(total.frames)} />
        <Figure
          name={data.source.isRecording ? 'now' : 'rate'}
          value={rate === null ? NOTHING : formatRate(rate)}
        />
        <Figure name="on the wire" value={formatBytes(total.wireBytes)} />
        <Figure name="decoded" value={formatBytes(total.payloadBytes)} />
        <Figure
          name="ratio"
          value={formatRatio(total.ratio)}
          note={undecodable > 0 ? 'of what was decoded' : undefined}
        />
        <Figure
          name="sessions"
          value={formatCount(sessions)}
          note={resumes > 0 ? plural(resumes, 'resume') : undefined}
        />
      </dl>
      <p class="health">
        <Health
          isGood={undecodable === 0}
          bad={plural(undecodable, 'undecodable frame')}
          good="every frame decoded"
        />
        <Health
          isGood={gaps === 0}
          bad={`${plural(gaps, 'gap')}, ${formatBytes(unrecordedBytes)} unrecorded`}
          good="no gaps"
        />
        <Health
          isGood={heartbeats.missed === 0}
          bad={plural(heartbeats.missed, 'missed heartbeat')}
          good={
            heartbeats.rttP50Us === null
              ? 'no heartbeat missed'
              : `heartbeats ${formatDuration(heartbeats.rttP50Us)}`
          }
        />
      </p>
    </>
  );
}

function Figure({
  name,
  value,
  note,
}: {
  readonly name: string;
  readonly value: string;
  readonly note?: string | undefined;
}): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value} {note !== undefined && <span class="figure-note">{note}</span>}
      </dd>
    </div>
  );
}

function Health({
  isGood,
  good,
  bad,
}: {
  readonly isGood: boolean;
  readonly good: string;
  readonly bad: string;
}): JSX.Element {
  return isGood ? <span class="good">✓ {good}</span> : <span class="bad">⚠ {bad}</span>;
}

function Intents({ data }: { readonly data: OverviewAnswer }): JSX.Element | null {
  const { intents } = data;
  if (intents.length === 0) return null;
  const most = Math.max(1, ...intents.map(({ wireBytes }) => wireBytes));
  return (
    <section class="chart" aria-label="Intents by cost">
      <div class="chart-head">
        <h2>Intents by cost</h2>
      </div>
      <SortedTable
        name="Intents by cost"
        rows={intents}
        firstRows={7}
        keyOf={({ intent }) => intent ?? 'none'}
        columns={[
          {
            title: 'intent',
            cell: ({ intent }) => intent?.split('|').join(', ') ?? <span class="dim">needs none</span>,
          },
          { title: '', cell: ({ wireBytes }) => <ShareBar share={wireBytes / most} /> },
          { title: 'wire', isNumber: true, cell: ({ wireBytes }) => formatBytes(wireBytes) },
          { title: 'frames', isNumber: true, cell: ({ frames }) => formatCount(frames) },
        ]}
      />
    </section>
  );
}

function Events({ events }: { readonly events: readonly PageEvent[] }): JSX.Element {
  const unknown = events.filter(({ isKnown, op }) => !isKnown && op !== null);
  return (
    <section aria-label="Opcodes and events" class="events">
      <div class="chart-head">
        <h2>Opcodes and events</h2>
        {unknown.length > 0 && (
          <span class="warn">★ {plural(unknown.length, 'name')} that no documentation has</span>
        )}
      </div>
      <SortedTable
        name="Opcodes and events"
        rows={[...unknown, ...events.filter((event) => !unknown.includes(event))]}
        columns={EVENT_COLUMNS}
        keyOf={({ op, event, sender }) => `${op ?? ''} ${event ?? ''} ${sender}`}
      />
    </section>
  );
}

const EVENT_COLUMNS: readonly TableColumn<PageEvent>[] = [
  { title: 'op', isNumber: true, by: ({ op }) => op, cell: ({ op }) => op ?? NOTHING },
  { title: 'name', by: nameEvent, cell: (row) => <EventName row={row} /> },
  { title: 'from', by: ({ sender }) => sender, cell: ({ sender }) => sender },
  { title: 'count', isNumber: true, by: ({ frames }) => frames, cell: ({ frames }) => formatCount(frames) },
  { title: 'share', isNumber: true, cell: ({ share }) => `${(share * 100).toFixed(1)} %` },
  { title: '', cell: ({ share }) => <ShareBar share={share} /> },
  {
    title: 'wire',
    isNumber: true,
    by: ({ wireBytes }) => wireBytes,
    cell: ({ wireBytes }) => formatBytes(wireBytes),
  },
  {
    title: 'payload',
    isNumber: true,
    by: ({ payloadBytes }) => payloadBytes,
    cell: ({ payloadBytes }) => formatBytes(payloadBytes),
  },
  { title: 'ratio', isNumber: true, by: ({ ratio }) => ratio, cell: ({ ratio }) => formatRatio(ratio) },
  {
    title: 'rate',
    isNumber: true,
    by: ({ perSecond }) => perSecond,
    cell: ({ perSecond }): ComponentChildren => (perSecond === null ? NOTHING : formatRate(perSecond)),
  },
];

function nameEvent({ event, opName, op }: PageEvent): string {
  return event ?? opName ?? (op === null ? '(no payload)' : `op ${op}`);
}

function EventName({ row }: { readonly row: PageEvent }): JSX.Element {
  const { event, opName, op, family, isKnown } = row;
  const term =
    event !== null ? `event:${quoteValue(event)}` : op !== null ? `op:${opName ?? op}` : 'status:!ok';
  return (
    <span class={`frame-name family-${family}`}>
      <span class="swatch" aria-hidden="true" />
      <a href={formatAddress({ view: 'frames', filter: addTerm(filter.value, term) })}>
        {showText(nameEvent(row))}
      </a>
      {!isKnown && op !== null && <span class="warn"> ★ new</span>}
    </span>
  );
}
