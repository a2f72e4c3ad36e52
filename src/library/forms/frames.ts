/**
 * JSON lines and CSV as forms of export: one frame a line, for jq, spreadsheets and data frames.
 *
 * The keys are those of `gatetape frames`. Neither can be imported: a line says what a frame held, but not which session
 * it belonged to, nor what its connection spoke.
 */
import { csvLine } from '../../cli/print/format.js';
import { FRAME_KEYS, frameToJson } from '../../store/frame-rows.js';
import type { ExportSource, Form } from './form.js';

/** A JSON object for each frame, the payload in it. */
export const JSONL_FORM: Form = { write: jsonLines, read: null, isLike: () => false };

/** A line of CSV (RFC 4180) for each frame, the payload as JSON text in its last cell. */
export const CSV_FORM: Form = { write: csvLines, read: null, isLike: () => false };

function* jsonLines({ reader, filter }: ExportSource): Generator<string, void> {
  for (const frame of reader.frames(filter)) yield frameToJson(frame);
}

function* csvLines({ reader, filter }: ExportSource): Generator<string, void> {
  yield csvLine([...FRAME_KEYS, 'payload']);
  for (const frame of reader.frames(filter)) {
    yield csvLine([...FRAME_KEYS.map((key) => frame[key]), frame.payloadText]);
  }
}
