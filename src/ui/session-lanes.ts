/**
 * Session lanes: sessions with their connections, the begin and end of each, and heartbeats.
 */
import { findService } from '../gateway/services.js';
import type { HeartbeatRow } from '../store/heartbeats.js';
import type { ConnectionRow, SessionRow } from '../store/listings.js';
import type { PageQueries, SessionLink } from '../store/page-queries.js';
import { HOUR_US } from '../store/rollups.js';
import { readUrl } from '../wire/url.js';
import type { ConnectionBar, PageSpan, SessionAnswer, SessionLane, SessionsAnswer } from './answers.js';
import { PAGE_BOUNDS } from './bounds.js';
import type { PageContext } from './context.js';
import { toEventTable } from './event-table.js';
import { describeConnectionEnd, readMarks } from './marks.js';
import { NotThere } from './not-there.js';
import { formatTransport } from './one-frame.js';
import { findSpan } from './overview.js';
import type { PageRequest } from './request.js';
import { readPageSelection } from './selection.js';
import { listCommands } from './take.js';

/** A bin that is longer than any recording, in whole hours, so that roll-ups are enough. */
const EVERYTHING_US = 24 * 365 * 1000 * HOUR_US;

type Lanes = Omit<SessionsAnswer, 'source' | 'selection'>;

/** Answers `/sessions`. Only the time span of the filter applies. */
export function answerSessions(context: PageContext, request: PageRequest): SessionsAnswer {
  const head = context.file.head(readPageSelection(request.query));
  return { ...head, ...readLanes(context.file.queries(), findSpan(head), undefined) };
}

/** Answers `/sessions/ID`. Throws NotThere. */
export function answerSession(
  context: PageContext,
  request: PageRequest,
  _signal: AbortSignal,
  id: number,
): SessionAnswer {
  const head = context.file.head(readPageSelection(request.query));
  const queries = context.file.queries();
  const row = queries.reader.sessions().find((session) => session.id === id);
  if (row === undefined) throw new NotThere(`there is no session ${id}`, 'see the list of sessions');
  return {
    ...head,
    ...readLanes(queries, findSpan(head), id),
    session: toLane(row),
    events: toEventTable(queries.typeBins({ session: id }, EVERYTHING_US)),
    commands: listCommands(context.file.path, '', id),
  };
}

/** Converts a session to a lane. */
export function toLane(row: SessionRow): SessionLane {
  const {
    id,
    sessionAlias: alias,
    userId,
    shard,
    library,
    frames,
    resumes,
    firstAtUs,
    lastAtUs,
    lastSeq,
  } = row;
  return { id, alias, userId, shard, library, frames, resumes, firstAtUs, lastAtUs, lastSeq };
}

function readLanes(queries: PageQueries, span: PageSpan, session: number | undefined): Lanes {
  const { reader } = queries;
  const { fromUs, untilUs } = span;
  const lanes = reader
    .sessions()
    .filter((row) => session === undefined || row.id === session)
    .filter(({ firstAtUs, lastAtUs }) => (firstAtUs ?? 0) < untilUs && (lastAtUs ?? Infinity) >= fromUs)
    .map(toLane);
  const rows = reader
    .connections({ untilUs, session, limit: PAGE_BOUNDS.bars + 1 })
    .filter((row) => (row.closedAtUs ?? row.lastAtUs ?? row.openedAtUs) >= fromUs);
  const shown = rows.slice(-PAGE_BOUNDS.bars);
  const links = firstLinks(queries.sessionLinks(0, Number.MAX_SAFE_INTEGER, PAGE_BOUNDS.beatRows));
  const ids = new Set(shown.map(({ id }) => id));
  const { marks, areMarksCut } = readMarks(queries, span);
  const beats = reader.heartbeats({ sinceUs: fromUs, untilUs, session, limit: PAGE_BOUNDS.beatRows });
  return {
    sessions: lanes.slice(-PAGE_BOUNDS.lanes).sort(byShard),
    areSessionsCut: lanes.length > PAGE_BOUNDS.lanes,
    connections: shown.map((row) => toBar(row, links.get(row.id))),
    areConnectionsCut: rows.length > PAGE_BOUNDS.bars,
    marks: session === undefined ? marks : marks.filter(({ connectionId }) => ids.has(connectionId)),
    areMarksCut,
    heartbeats: toPoints(beats),
  };
}

function byShard(one: SessionLane, other: SessionLane): number {
  const shard = ({ shard: own }: SessionLane): number => own?.[0] ?? Infinity;
  if (shard(one) !== shard(other)) return shard(one) < shard(other) ? -1 : 1;
  return (one.firstAtUs ?? 0) - (other.firstAtUs ?? 0);
}

/** First link of each connection. */
function firstLinks(links: readonly SessionLink[]): ReadonlyMap<number, SessionLink> {
  return new Map(links.toReversed().map((link) => [link.connectionId, link]));
}

function toBar(row: ConnectionRow, link: SessionLink | undefined): ConnectionBar {
  const { id, sessionId, captureId, openedAtUs, closedAtUs, lastAtUs, closeCode, closedBy } = row;
  const { frames, wireBytes, payloadBytes, upgradeStatus, repeats, transport } = row;
  return {
    ...{ id, sessionId, captureId, openedAtUs, closedAtUs, lastAtUs, closeCode, closedBy },
    ...{ frames, wireBytes, payloadBytes, upgradeStatus, repeats },
    ...describeConnectionEnd(row),
    began: link === undefined ? 'none' : link.isResume ? 'resume' : 'identify',
    transport: formatTransport(transport.version ?? 0, transport.encoding, transport.compress),
    service: findService(readUrl(row.upstreamUrl)),
  };
}

/** Points by connection; if they are too many, only every n-th acknowledged one. */
function toPoints(rows: readonly HeartbeatRow[]): SessionsAnswer['heartbeats'] {
  const step = Math.max(1, Math.ceil(rows.length / PAGE_BOUNDS.beatPoints));
  const byConnection = new Map<number, (readonly [number, number | null])[]>();
  const kept = rows.filter(({ rttUs }, index) => index % step === 0 || rttUs === null);
  for (const { connectionId, sentAtUs, rttUs } of kept.slice(-PAGE_BOUNDS.beatPoints)) {
    const points = byConnection.get(connectionId);
    if (points === undefined) byConnection.set(connectionId, [[sentAtUs, rttUs]]);
    else points.push([sentAtUs, rttUs]);
  }
  return [...byConnection].map(([connectionId, points]) => ({ connectionId, points }));
}
