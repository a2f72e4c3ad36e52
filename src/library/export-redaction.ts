/**
 * Redaction for an export: needed if a capture of the database was recorded with less redaction than the export
 * asks for. If all captures were recorded with enough, nothing is scanned again.
 *
 * Its placeholders are those that the database would have, so that separately exported parts of a recording match.
 */
import { formatPlaceholder } from '../gateway/redact/placeholder.js';
import { Redactor, type Redaction } from '../gateway/redact/redact.js';
import type { CaptureReader } from '../store/reader.js';
import { isWeaker, RowRedaction } from './row-redaction.js';

/** Redaction for rows that leave a database, or null if they are redacted enough. */
export function exportRedaction(reader: CaptureReader, redaction: Redaction): RowRedaction | null {
  if (!hasWeaker(reader, redaction)) return null;
  const digest = reader.keyedDigest();
  const placeholder = (secret: string): string => formatPlaceholder(digest(secret));
  return new RowRedaction(new Redactor({ redaction, placeholder }), redaction);
}

/** Whether a capture was recorded without redaction. */
export function hasSecrets(reader: CaptureReader): boolean {
  return hasWeaker(reader, 'secrets');
}

function hasWeaker(reader: CaptureReader, redaction: Redaction): boolean {
  for (const capture of reader.rows('capture')) {
    if (isWeaker(String(capture['redaction']), redaction)) return true;
  }
  return false;
}
