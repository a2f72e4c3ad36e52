/**
 * Sources of a diagram: give it the contents of a database or a tape, in the order of time, with bounded memory.
 *
 * A database is read capture by capture, because an imported capture can be older than the one before it. Connections,
 * gaps, ends and REST calls are merged into the frames by their times.
 */
import { isPayloadLabelled } from '../flow/labels.js';
import type { FlowCall, FlowConnection, FlowSink } from '../flow/recorded.js';
import { parseRoute } from '../gateway/rest-path.js';
import type { CloseStep, PayloadStep, Recording } from '../replay/recording.js';
import type { ExchangeFilter } from '../store/exchanges/filter.js';
import type { FrameFilter } from '../store/filter.js';
import type { FrameExtent } from '../store/frame-plan.js';
import type { ConnectionRow, SessionRow } from '../store/listings.js';
import type { CaptureReader } from '../store/reader.js';

/** The part of a database that is drawn. */
export interface FlowSelection {
  /** Selects frames, and connections, gaps and REST calls of the same sessions, connections and time. */
  readonly filter: FrameFilter;
  readonly hasRest: boolean;
}

/** Gives a selection to a sink; yields after each frame, so that the caller can pause. */
export function* feedSelection(
  reader: CaptureReader,
  sink: FlowSink,
  { filter, hasRest }: FlowSelection,
): Generator<undefined, void> {
  const place = reader.frameExtent(filter);
  const connections = reader.connections().filter((connection) => isWithin(connection, place));
  const captures =
    place.connections === null
      ? reader.captureIds()
      : [...new Set(connections.map(({ captureId }) => captureId))].sort((one, other) => one - other);
  const sessions = new Map(reader.sessions().map((session) => [session.id, session]));
  for (const captureId of captures) {
    const own = connections.filter((connection) => connection.captureId === captureId);
    const calls = hasRest ? listCalls(reader, captureId, place, own) : [];
    const beside = new Beside(sink, listMoments(reader, sink, own, sessions, place), calls);
    // If the database has one capture, no condition is needed.
    const ofCapture = captures.length === 1 ? filter : { ...filter, capture: captureId };
    for (const frame of reader.frames(ofCapture, undefined, isPayloadLabelled)) {
      beside.give(frame.atUs);
      sink.frame(frame);
      yield undefined;
    }
    beside.give(Infinity);
  }
}

/** Something that is not a frame; at the same time, what opens comes before frames, and what ends behind them. */
interface Moment {
  readonly atUs: number;
  readonly isEnd: boolean;
  readonly give: () => void;
}

/** Connections, gaps, ends and REST calls of a recording. */
class Beside {
  readonly #sink: FlowSink;
  readonly #moments: readonly Moment[];
  readonly #calls: Iterator<FlowCall>;
  #given = 0;
  #call: FlowCall | null;

  constructor(sink: FlowSink, moments: readonly Moment[], calls: Iterable<FlowCall>) {
    this.#sink = sink;
    this.#moments = moments.toSorted(
      (one, other) => one.atUs - other.atUs || Number(one.isEnd) - Number(other.isEnd),
    );
    this.#calls = calls[Symbol.iterator]();
    this.#call = this.#takeCall();
  }

  /** Gives everything before `atUs`, and what begins at `atUs`. */
  give(atUs: number): void {
    for (;;) {
      const moment = this.#moments[this.#given];
      const isDue = moment !== undefined && (moment.atUs < atUs || (moment.atUs === atUs && !moment.isEnd));
      const call = this.#call;
      if (call !== null && call.startedAtUs <= atUs && !(isDue && moment.atUs <= call.startedAtUs)) {
        this.#sink.call(call);
        this.#call = this.#takeCall();
      } else if (isDue) {
        moment.give();
        this.#given += 1;
      } else return;
    }
  }

  #takeCall(): FlowCall | null {
    const next = this.#calls.next();
    return next.done === true ? null : next.value;
  }
}

function isWithin({ id, openedAtUs, closedAtUs, lastAtUs }: ConnectionRow, place: FrameExtent): boolean {
  if (!(place.connections?.has(id) ?? true)) return false;
  const untilUs = Math.max(openedAtUs, closedAtUs ?? lastAtUs ?? openedAtUs);
  return openedAtUs < (place.untilUs ?? Infinity) && untilUs >= (place.sinceUs ?? -Infinity);
}

/** The client's REST calls: of the session, or of the time of the one connection. */
function* listCalls(
  reader: CaptureReader,
  captureId: number,
  place: FrameExtent,
  connections: readonly ConnectionRow[],
): Generator<FlowCall, void> {
  const { sinceUs = -Infinity, untilUs = Infinity } = place;
  const [only] = place.connection === undefined ? [] : connections;
  const filter: ExchangeFilter =
    only === undefined
      ? { session: place.session, sinceUs, untilUs }
      : {
          session: place.session ?? only.sessionId ?? undefined,
          sinceUs: Math.max(sinceUs, only.openedAtUs),
          untilUs: Math.min(untilUs, only.closedAtUs ?? untilUs),
        };
  for (const call of reader.exchanges(filter)) if (call.captureId === captureId) yield call;
}

function listMoments(
  reader: CaptureReader,
  sink: FlowSink,
  connections: readonly ConnectionRow[],
  sessions: ReadonlyMap<number, SessionRow>,
  { sinceUs = -Infinity, untilUs = Infinity }: FrameExtent,
): readonly Moment[] {
  const ids = new Set(connections.map(({ id }) => id));
  const opens = connections.map((row): Moment => {
    const shard = row.sessionId === null ? null : (sessions.get(row.sessionId)?.shard ?? null);
    const opened: FlowConnection = { ...row, shard, isFromBefore: row.openedAtUs < sinceUs };
    return { atUs: row.openedAtUs, isEnd: false, give: () => sink.opened(opened) };
  });
  const ends = connections.flatMap((row): readonly Moment[] => {
    const { id, closedAtUs: atUs, closeCode, closeReason, closedBy, upgradeStatus } = row;
    // A failed upgrade ends with its answer.
    if (atUs === null || atUs >= untilUs || upgradeStatus !== SWITCHING_PROTOCOLS) return [];
    const end = { connectionId: id, atUs, closeCode, closeReason, closedBy };
    return [{ atUs, isEnd: true, give: () => sink.ended(end) }];
  });
  const gaps = reader
    .gaps({ sinceUs, untilUs })
    .filter(({ connectionId }) => ids.has(connectionId))
    .map((gap): Moment => ({ atUs: gap.fromUs, isEnd: false, give: () => sink.gap(gap) }));
  return [...opens, ...gaps, ...ends];
}

const SWITCHING_PROTOCOLS = 101;

/** Gives a recording without a database to a sink; yields after each step. Its frames have no ids of a database. */
export function* feedTape(
  recording: Recording,
  sink: FlowSink,
  hasRest: boolean,
): Generator<undefined, void> {
  const closes = new Map(
    recording.steps.flatMap((step) => (step.type === 'close' ? [[step.connection, step.atUs] as const] : [])),
  );
  const calls = hasRest ? recording.exchanges.map(toCall) : [];
  const beside = new Beside(sink, [], calls);
  const seen = new Set<number>();
  for (const [index, step] of recording.steps.entries()) {
    beside.give(step.atUs);
    if (!seen.has(step.connection)) {
      seen.add(step.connection);
      sink.opened(toConnection(recording, step.connection, step.atUs, closes.get(step.connection) ?? null));
    }
    giveStep(sink, step, index + 1);
    yield undefined;
  }
  beside.give(Infinity);
}

/** Capture of a tape, which has one session. */
const TAPE_CAPTURE = 1;

function toConnection(
  { shard, transport }: Recording,
  id: number,
  openedAtUs: number,
  closedAtUs: number | null,
): FlowConnection {
  return {
    id,
    captureId: TAPE_CAPTURE,
    sessionId: null,
    shard,
    openedAtUs,
    closedAtUs,
    isFromBefore: false,
    // A tape says how its first connection spoke.
    transport: id === 1 ? transport : null,
    upgradeStatus: SWITCHING_PROTOCOLS,
    repeats: 0,
  };
}

function giveStep(sink: FlowSink, step: PayloadStep | CloseStep, id: number): void {
  const { connection: connectionId, sender, atUs } = step;
  if (step.type === 'close') {
    sink.ended({ connectionId, atUs, closeCode: step.code, closeReason: step.reason, closedBy: sender });
    return;
  }
  const { payload, text: payloadText } = step;
  const { op, t: event, s: seq } = payload;
  const place = { id, connectionId, sessionId: null, atUs, sender };
  // A tape has no sizes, because its placeholders and pseudonyms have other lengths than the originals.
  const content = { op, event, seq, wireBytes: 0, payloadBytes: null, closeCode: null, payloadText };
  sink.frame({ ...place, kind: 'text', status: 'ok', ...content });
}

function toCall(call: Recording['exchanges'][number], index: number): FlowCall {
  const { atUs, durationUs, method, path, status } = call;
  return {
    id: index + 1,
    captureId: TAPE_CAPTURE,
    startedAtUs: atUs,
    endedAtUs: atUs + (durationUs ?? 0),
    method,
    route: parseRoute(path),
    status,
    fault: null,
  };
}
