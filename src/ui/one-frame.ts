/**
 * One frame with everything recorded of it, and what it is related to.
 */
import { findCloseCode } from '../gateway/close-codes.js';
import { findOpcode } from '../gateway/opcodes.js';
import { asObject, type JsonObject, type JsonValue } from '../gateway/payload.js';
import { nameByService, readClose, readIdentifyBits, readService } from '../library/queries.js';
import type { FrameDetail } from '../store/frame-rows.js';
import type { FrameFilter } from '../store/filter.js';
import type { PageQueries } from '../store/page-queries.js';
import type { FrameAnswer } from './answers.js';
import { PAGE_BOUNDS } from './bounds.js';
import { readNearCalls } from './call-lines.js';
import type { PageContext } from './context.js';
import { toFrameLine } from './frame-lines.js';
import { searchFrames } from './frame-search.js';
import { findLinkedIds, toMessageCard } from './message-card.js';
import { NotThere } from './not-there.js';
import { findPaired } from './paired-frames.js';
import type { PageRequest } from './request.js';
import { readPageSelection, selectFrames } from './selection.js';

/** Longest payload that is parsed for its card and ids, in characters. */
const PARSED_CHARS = 2 ** 21;

/** Answers `/frames/ID`. Rejects with NotThere. */
export async function answerFrame(
  context: PageContext,
  request: PageRequest,
  signal: AbortSignal,
  id: number,
): Promise<FrameAnswer> {
  const selection = readPageSelection(request.query);
  const queries = context.file.queries();
  const found = findRequired(queries, id);
  const service = readService(queries.reader, found);
  const frame = nameByService(found, service);
  const filter = selectFrames(selection);
  const d = parseContent(frame.payloadText);
  const endMs = performance.now() + PAGE_BOUNDS.neighbourMs;
  const text = frame.payloadText;
  const isPayloadCut = text !== null && text.length > PAGE_BOUNDS.shownChars;
  return {
    ...context.file.head(selection),
    frame: toFrameLine(frame, context.findings.ofFrame),
    payloadText: isPayloadCut ? text.slice(0, PAGE_BOUNDS.shownChars) : text,
    isPayloadCut,
    bytes: toShownBytes(frame.bytes),
    close: frame.kind === 'close' ? describeClose(frame, service) : null,
    opAbout: frame.op === null ? null : (findOpcode(frame.op)?.description ?? null),
    ...readIdentifyBits(frame),
    previousId: await findBeside(queries, filter, id, true, signal),
    nextId: await findBeside(queries, filter, id, false, signal),
    before: await findBefore(queries, frame, signal),
    paired: await findPaired(queries, frame, asObject(d), { endMs, signal }),
    calls: readNearCalls(queries.reader, frame.atUs),
    ids: findLinkedIds(frame.event, asObject(d)),
    service,
    transport: describeTransport(queries, frame.connectionId),
    message: toMessageCard(frame.event, asObject(d)),
  };
}

/** Frame with an id. Throws NotThere. */
function findRequired(queries: PageQueries, id: number): FrameDetail {
  const frame = queries.reader.frame(id);
  if (frame !== null) return frame;
  throw new NotThere(`there is no frame ${id}`, 'it may have been pruned: see the list of frames');
}

/** `d` of a payload, or null if the payload is too long to be parsed. */
function parseContent(text: string | null): JsonValue {
  if (text === null || text.length > PARSED_CHARS) return null;
  return (JSON.parse(text) as JsonObject)['d'] ?? null;
}

function toShownBytes(bytes: Uint8Array | null): FrameAnswer['bytes'] {
  if (bytes === null) return null;
  const shown = Buffer.from(bytes.subarray(0, PAGE_BOUNDS.shownBytes));
  return { sizeBytes: bytes.length, base64: shown.toString('base64') };
}

function describeClose(frame: FrameDetail, service: ReturnType<typeof readService>): FrameAnswer['close'] {
  const close = readClose(frame, service);
  const known = close.code === null || service !== null ? null : findCloseCode(close.code);
  const resumable = known?.isResumable;
  const then =
    resumable == null ? '' : resumable ? ' The session can be resumed.' : ' The session cannot be resumed.';
  return { ...close, inWords: known === null ? null : known.description + then };
}

/** Id of the frame before or after one in the list; null at an end of the list, and if the search took too long. */
async function findBeside(
  queries: PageQueries,
  filter: FrameFilter,
  id: number,
  isBackwards: boolean,
  signal: AbortSignal,
): Promise<number | null> {
  const place = isBackwards ? { beforeId: id } : { afterId: id };
  const { rows } = await searchFrames(queries, {
    filter: { ...filter, ...place },
    isBackwards,
    limit: 1,
    endMs: performance.now() + PAGE_BOUNDS.neighbourMs,
    signal,
  });
  return rows[0]?.id ?? null;
}

async function findBefore(
  queries: PageQueries,
  { id, connectionId, atUs }: FrameDetail,
  signal: AbortSignal,
): Promise<FrameAnswer['before']> {
  const before = await findBeside(queries, { connection: connectionId }, id, true, signal);
  const row = before === null ? null : queries.reader.frame(before);
  return row === null ? null : { id: row.id, atUs: row.atUs, sinceUs: atUs - row.atUs };
}

/** Transport of a connection, such as `v10 json zlib-stream`. */
function describeTransport(queries: PageQueries, connectionId: number): string {
  const row = queries.reader.row('connection', connectionId);
  if (row === null) return '';
  const { version, encoding, compress } = row;
  return formatTransport(Number(version ?? 0), String(encoding), String(compress));
}

/** Formats a transport; version 0 means that the URL does not give one. */
export function formatTransport(version: number, encoding: string, compress: string): string {
  return [version === 0 ? '' : `v${version}`, encoding, compress === 'none' ? '' : compress]
    .filter((part) => part !== '')
    .join(' ');
}
