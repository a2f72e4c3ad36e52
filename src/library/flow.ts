/**
 * Flow: a stretch of a recording as a sequence diagram (src/flow/), or as a trace for a viewer of timelines.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { UsageError } from '../errors.js';
import { toPredicate, type Predicate } from '../filter/predicate.js';
import type { Flow } from '../flow/diagram.js';
import { FlowFolder } from '../flow/folder.js';
import { formatFlowMermaid } from '../flow/mermaid.js';
import { TraceWriter } from '../flow/perfetto.js';
import type { FlowSink } from '../flow/recorded.js';
import { formatFlowSvg } from '../flow/svg.js';
import { formatFlowText } from '../flow/text.js';
import { OP } from '../gateway/opcodes.js';
import type { Recording } from '../replay/recording.js';
import { framePredicate, readFilter, type FilterInput, type FrameFilter } from '../store/filter.js';
import { openReader, type CaptureReader, type IdOrLatest } from '../store/reader.js';
import { blameFile } from './blame.js';
import { feedSelection, feedTape } from './flow-source.js';
import { loadRecording } from './recording.js';
import { filterSteps } from './step-filter.js';

export type { Flow, FlowStep, FlowTone } from '../flow/diagram.js';
export { formatFlowText } from '../flow/text.js';

/** Form of a diagram. */
export type DiagramForm = 'text' | 'mermaid' | 'svg';

/** Limits of a diagram. */
export interface DrawOptions {
  /** Most steps; above it, different messages in a row become one step, then the middle is left out. Default 500. */
  readonly steps?: number | undefined;
  /** Whether heartbeats are drawn; default: if the filter asks for them. */
  readonly heartbeats?: boolean | undefined;
  /** Whether REST calls are drawn; default true. */
  readonly rest?: boolean | undefined;
  /** Called with the number of frames read, at intervals. */
  readonly onProgress?: ((frames: number) => void) | undefined;
}

/** What to draw. */
export interface FlowOptions extends DrawOptions, Omit<FrameFilter, 'session' | 'connection'> {
  /** Path of a tape file; without it a database is read. `filter` selects steps of a tape. */
  readonly tape?: string | undefined;
  /** Path of the database; default `gatetape.sqlite`. */
  readonly db?: string | undefined;
  readonly session?: IdOrLatest | undefined;
  readonly connection?: IdOrLatest | undefined;
}

const DEFAULT_DB = 'gatetape.sqlite';
const DEFAULT_STEPS = 500;
/** Frames between two turns of the event loop. */
const TURN = 2_000;

/**
 * Reads a diagram. Rejects with a UsageError for an unknown session or tape, and with a StoreError for a database that
 * cannot be read.
 */
export async function readFlow(options: FlowOptions = {}): Promise<Flow> {
  const {
    tape,
    db = DEFAULT_DB,
    session,
    connection,
    steps,
    heartbeats,
    rest,
    onProgress,
    ...filter
  } = options;
  const draw = { steps, heartbeats, rest, onProgress };
  if (tape !== undefined) return drawRecording(loadRecording({ tape }).recording, filter.filter, draw);
  try {
    using reader = openReader(db);
    const ids = {
      session: session === undefined ? undefined : reader.resolveSession(session),
      connection: connection === undefined ? undefined : reader.resolveConnection(connection),
    };
    return await drawCapture(reader, { ...filter, ...ids }, draw);
  } catch (error) {
    throw blameFile(error, db);
  }
}

/** Lines of a diagram in a form, without line ends. */
export function formatFlow(flow: Flow, form: DiagramForm): Iterable<string> {
  switch (form) {
    case 'text':
      return formatFlowText(flow);
    case 'mermaid':
      return formatFlowMermaid(flow);
    case 'svg':
      return formatFlowSvg(flow);
  }
}

/** Diagram of what a filter selects in a database. */
export async function drawCapture(
  reader: CaptureReader,
  filter: FrameFilter,
  options: DrawOptions = {},
): Promise<Flow> {
  const folder = createFolder(options, framePredicate(filter, NO_CONTEXT), true);
  await takeTurns(feedSelection(reader, folder, { filter, hasRest: options.rest ?? true }), options);
  return folder.finish();
}

/** Diagram of a recording, or of the steps that a filter lets through. Throws a UsageError for what steps lack. */
export async function drawRecording(
  recording: Recording,
  filter: FilterInput | undefined,
  options: DrawOptions = {},
): Promise<Flow> {
  const folder = createFolder(options, toPredicate(readFilter(filter), NO_CONTEXT), false);
  await takeTurns(feedTape(filterSteps(recording, filter), folder, options.rest ?? true), options);
  return folder.finish();
}

/** Default limit of payloads and calls in a trace: what the viewer draws smoothly. */
const DEFAULT_EVENTS = 500_000;

/** A trace, and the number of events that it lacks. */
export interface Trace {
  readonly lines: Iterable<string>;
  /** Payloads and calls that were left out, once all lines are taken. */
  readonly countLeftOut: () => number;
}

/** Trace of what a filter selects in a database, for ui.perfetto.dev. Lines come while the recording is read. */
export function traceCapture(reader: CaptureReader, filter: FrameFilter, options: DrawOptions = {}): Trace {
  return trace(options, (sink) => feedSelection(reader, sink, { filter, hasRest: options.rest ?? true }));
}

/** Trace of a recording, or of the steps that a filter lets through. */
export function traceRecording(
  recording: Recording,
  filter: FilterInput | undefined,
  options: DrawOptions = {},
): Trace {
  const chosen = filterSteps(recording, filter);
  return trace(options, (sink) => feedTape(chosen, sink, options.rest ?? true));
}

function trace(
  { steps: most = DEFAULT_EVENTS }: DrawOptions,
  feed: (sink: FlowSink) => Iterator<undefined, void>,
): Trace {
  const writer = new TraceWriter(most);
  function* list(): Generator<string, void> {
    const steps = feed(writer);
    while (steps.next().done !== true) yield* writer.drain();
    yield* writer.finish();
  }
  return { lines: list(), countLeftOut: () => writer.leftOut };
}

/** Context that is enough to find the columns of a filter; the value of `latest` does not matter for that. */
const NO_CONTEXT = { nowUs: 0, findLatest: () => null };

function createFolder(
  { steps = DEFAULT_STEPS, heartbeats }: DrawOptions,
  asked: Predicate,
  hasDates: boolean,
): FlowFolder {
  if (!Number.isSafeInteger(steps) || steps < 1) {
    throw new UsageError(`${steps} is no number of steps`, 'give a whole number from 1');
  }
  return new FlowFolder({ steps, areBeatsDrawn: heartbeats ?? asksForBeats(asked), hasDates });
}

/** Whether a condition selects opcodes of heartbeats. */
function asksForBeats(predicate: Predicate): boolean {
  switch (predicate.type) {
    case 'all':
    case 'any':
      return predicate.parts.some(asksForBeats);
    case 'column': {
      const { column, test } = predicate;
      if (column !== 'op' || test.type !== 'range') return false;
      return BEATS.some((op) => test.low <= op && op <= test.high);
    }
    default:
      return false;
  }
}

const BEATS = [OP.HEARTBEAT, OP.HEARTBEAT_ACK, OP.QOS_HEARTBEAT];

async function takeTurns(feed: Iterator<undefined, void>, { onProgress }: DrawOptions): Promise<void> {
  let frames = 0;
  while (feed.next().done !== true) {
    frames += 1;
    if (frames % TURN !== 0) continue;
    onProgress?.(frames);
    await turn();
  }
}
