/**
 * CSV as a form of export: one frame a line, for spreadsheets.
 *
 * The columns are those of `gatetape frames`, the payload as JSON text in the last one. It cannot be imported: a line
 * says what a frame held, but not which session it belonged to, nor what its connection spoke.
 */
import { csvLine } from '../../cli/print/format.js';
import { FRAME_KEYS } from '../../store/frame-rows.js';
import type { ExportSource, Form } from './form.js';

const HEAD = [...FRAME_KEYS, 'payload'];

/** A line of CSV (RFC 4180) for each frame. */
export const CSV_FORM: Form = {
  write,
  read: null,
  isLike: (head) => head.startsWith(csvLine(HEAD.slice(0, 3))),
};

function* write({ reader, filter }: ExportSource): Generator<string, void> {
  yield csvLine(HEAD);
  for (const frame of reader.frames(filter)) {
    yield csvLine([...FRAME_KEYS.map((key) => frame[key]), frame.payloadText]);
  }
}
