/**
 * Marks: events of connections, for the time ruler and the lanes of sessions.
 */
import { OP } from '../gateway/opcodes.js';
import type { ConnectionRow } from '../store/listings.js';
import type { PageQueries } from '../store/page-queries.js';
import type { ConnectionBar, PageMark, PageSpan } from './answers.js';
import { PAGE_BOUNDS } from './bounds.js';
import { describeCloseCode } from './frame-lines.js';
import { findCloseCode } from '../gateway/close-codes.js';

/** HTTP status of a successful upgrade. */
const SWITCHING = 101;
/** Close codes of an orderly end. */
const CLEAN: ReadonlySet<number> = new Set([1000, 1001]);

/** The newest marks in a span, in the order of time, and whether older ones were left out. */
export function readMarks(
  queries: PageQueries,
  span: PageSpan,
): { readonly marks: readonly PageMark[]; readonly areMarksCut: boolean } {
  const limit = PAGE_BOUNDS.marks;
  const { fromUs: sinceUs, untilUs } = span;
  const { reader } = queries;
  const all = [
    ...reader.connections({ untilUs, limit }).flatMap((row) => toMarks(row, span)),
    ...queries
      .sessionLinks(sinceUs, untilUs, limit)
      .map(({ isResume, atUs, connectionId, sessionId }): PageMark => ({
        ...{ type: isResume ? 'resume' : 'identify', atUs, untilUs: null, connectionId, sessionId },
        ...{ frameId: null, isTrouble: false, text: isResume ? 'resumed' : 'identified' },
      })),
    ...reader
      .gaps({ sinceUs, untilUs, limit })
      .map(({ fromUs, untilUs: endUs, connectionId, bytes, sender }): PageMark => ({
        ...{ type: 'gap', atUs: fromUs, untilUs: endUs, connectionId, sessionId: null, frameId: null },
        isTrouble: true,
        text: `${bytes} bytes of the ${sender} were not recorded`,
      })),
    ...readOrders(queries, span, limit),
  ].sort((one, other) => one.atUs - other.atUs);
  return { marks: all.slice(-limit), areMarksCut: all.length > limit };
}

function readOrders(
  queries: PageQueries,
  { fromUs: sinceUs, untilUs }: PageSpan,
  limit: number,
): readonly PageMark[] {
  const pages = queries.framePages(
    { ops: [OP.RECONNECT, OP.INVALID_SESSION], sinceUs, untilUs },
    { isBackwards: true, rowsAtMost: limit, headChars: PAGE_BOUNDS.headChars },
  );
  const marks: PageMark[] = [];
  const endMs = performance.now() + PAGE_BOUNDS.neighbourMs;
  for (const { rows } of pages) {
    for (const { op, atUs, connectionId, sessionId, id } of rows) {
      const isReconnect = op === OP.RECONNECT;
      const type = isReconnect ? 'reconnect' : 'invalid';
      const text = isReconnect ? 'RECONNECT' : 'INVALID_SESSION';
      marks.push({ type, atUs, untilUs: null, connectionId, sessionId, frameId: id, isTrouble: true, text });
    }
    if (marks.length >= limit || performance.now() > endMs) break;
  }
  return marks;
}

function toMarks(row: ConnectionRow, { fromUs, untilUs }: PageSpan): readonly PageMark[] {
  const { id: connectionId, sessionId, openedAtUs, closedAtUs } = row;
  const place = { untilUs: null, connectionId, sessionId, frameId: null };
  const end = describeConnectionEnd(row);
  const isRefused = end.end === 'refused';
  const began: PageMark = isRefused
    ? { ...place, type: 'failed', atUs: openedAtUs, isTrouble: true, text: end.inWords }
    : { ...place, type: 'open', atUs: openedAtUs, isTrouble: false, text: `connection ${connectionId}` };
  const closed: readonly PageMark[] =
    closedAtUs === null || isRefused
      ? []
      : [
          {
            ...{ ...place, type: 'close', atUs: closedAtUs, text: end.inWords },
            isTrouble: end.end !== 'clean',
          },
        ];
  return [began, ...closed].filter(({ atUs }) => atUs >= fromUs && atUs < untilUs);
}

/** End of a connection, as a word of a closed list and as a text. */
export function describeConnectionEnd(row: ConnectionRow): Pick<ConnectionBar, 'end' | 'inWords'> {
  const { upgradeStatus, closedAtUs, closeCode, closeReason, closedBy, repeats } = row;
  if (upgradeStatus !== SWITCHING) {
    const times = repeats === 0 ? '' : `, ${repeats + 1} times`;
    return { end: 'refused', inWords: `the upgrade was refused with ${upgradeStatus}${times}` };
  }
  if (closedAtUs === null) return { end: 'open', inWords: 'open' };
  if (closeCode === null) {
    return {
      end: 'lost',
      inWords: `ended without a close frame${closedBy === null ? '' : ` by ${closedBy}`}`,
    };
  }
  const reason = closeReason === null || closeReason === '' ? '' : `: ${closeReason}`;
  const inWords = `closed by ${closedBy ?? 'an unknown side'} with ${describeCloseCode(closeCode)}${reason}`;
  if (CLEAN.has(closeCode)) return { end: 'clean', inWords };
  return { end: findCloseCode(closeCode)?.isResumable === false ? 'fatal' : 'resumable', inWords };
}
