/**
 * What an export has to take out: secrets, where a capture of the database was recorded with less redaction than is asked
 * for. Where all of them were recorded with as much, nothing is looked at twice.
 *
 * Its placeholders are those that the database would have, so that parts of a recording that leave apart fit together.
 */
import { formatPlaceholder } from '../gateway/redact/placeholder.js';
import { Redactor, type Redaction } from '../gateway/redact/redact.js';
import type { CaptureReader } from '../store/reader.js';
import { isWeaker, RowRedaction } from './row-redaction.js';

/** Redaction for rows that leave a database, or null where they are redacted enough. */
export function exportRedaction(reader: CaptureReader, redaction: Redaction): RowRedaction | null {
  if (!hasWeaker(reader, redaction)) return null;
  const digest = reader.keyedDigest();
  const placeholder = (secret: string): string => formatPlaceholder(digest(secret));
  return new RowRedaction(new Redactor({ redaction, placeholder }), redaction);
}

/** Whether a capture was recorded with secrets and all. */
export function hasSecrets(reader: CaptureReader): boolean {
  return hasWeaker(reader, 'secrets');
}

function hasWeaker(reader: CaptureReader, redaction: Redaction): boolean {
  for (const capture of reader.rows('capture')) {
    if (isWeaker(String(capture['redaction']), redaction)) return true;
  }
  return false;
}
