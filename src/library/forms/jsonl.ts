/**
 * JSON lines as a form of export and import: everything that a database has, one frame or row a line, for jq, data
 * frames, and the way back.
 *
 * A line with an `id` is a frame, as `gatetape frames` prints it. Any other has one key: a table, and under it a row with
 * the names of its columns (migrations/README.md), or `belongs`, `payload` or `frame_bytes`: what the next frames need
 * besides. Ids stay what they are, so that a database of its own gives the same lines again.
 */
import { frameToJson } from '../../store/frame-rows.js';
import { COPIED_TABLES } from '../../store/table-rows.js';
import type { ExportSource, Form } from './form.js';
import { readJsonl } from './jsonl-read.js';
import { ExportRows } from './teller.js';

const BEGIN = new RegExp(
  `^\\uFEFF?\\s*\\{\\s*"(?:id|belongs|payload|frame_bytes|${COPIED_TABLES.join('|')})"\\s*:`,
);

/** One JSON object a line. */
export const JSONL_FORM: Form = { write, read: readJsonl, isLike: (head) => BEGIN.test(head) };

function* write(source: ExportSource): Generator<string, void> {
  for (const value of exportRow(source)) yield typeof value === 'string' ? value : JSON.stringify(value);
}

/** Lines, and objects that become one. */
function* exportRow(source: ExportSource): Generator<string | object, void> {
  const exportRows = new ExportRows(source);
  /** Session of the last frame of each connection. */
  const sessions = new Map<number, number | null>();
  for (const frame of exportRows.frames()) {
    const { id, connectionId, sessionId, payloadText, bytes } = frame;
    yield* exportRows.before(frame);
    if ((sessions.get(connectionId) ?? null) !== sessionId) {
      sessions.set(connectionId, sessionId);
      yield { belongs: { connection_id: connectionId, session_id: sessionId } };
    }
    if (bytes !== null) {
      yield { frame_bytes: { frame_id: id, bytes: Buffer.from(bytes).toString('base64') } };
    }
    // White space that the frame's own line does not keep.
    if (payloadText !== null && /[\r\n]/.test(payloadText)) {
      yield { payload: { frame_id: id, body: payloadText } };
    }
    yield frameToJson(frame);
  }
  yield* exportRows.after();
}
