/**
 * Export: makes the lines of a file with a selection of a capture, without secrets.
 *
 * Redaction is needed if a capture of the database was recorded with less redaction than the export asks for. If all
 * captures were recorded with enough, nothing is scanned again. Placeholders are those that the database would have, so
 * that parts of a recording that are exported separately match.
 */
import { formatPlaceholder } from '../gateway/redact/placeholder.js';
import { Redactor, type Redaction } from '../gateway/redact/redact.js';
import type { CaptureReader } from '../store/reader.js';
import type { ExportSource, FormName } from './forms/form.js';
import { FORMS } from './forms/forms.js';
import { loadParquet, writeParquet } from './forms/parquet.js';
import { isWeaker, RowRedaction } from './row-redaction.js';

/** Selection and form of an export. */
export interface ExportOptions extends Omit<ExportSource, 'redaction'> {
  readonly as: FormName;
  /** Data to leave out of the lines; a tape is always redacted. */
  readonly redact: Redaction;
}

/** Lines of an export. */
export interface ExportedLines {
  readonly lines: Iterable<string>;
  /** Whether they can hold secrets, because the database does and none are removed. */
  readonly mayHoldSecrets: boolean;
}

/** Pieces of a Parquet file. */
export interface ExportedPieces extends Pick<ExportedLines, 'mayHoldSecrets'> {
  readonly pieces: Iterable<Uint8Array>;
}

/** Exports a selection as Parquet. Rejects with UsageError if its writer is not installed. */
export async function exportParquet({
  redact,
  ...source
}: Omit<ExportOptions, 'as' | 'isSafe' | 'privacy'>): Promise<ExportedPieces> {
  const { reader } = source;
  const redaction = exportRedaction(reader, redact);
  return {
    pieces: writeParquet(await loadParquet(), { ...source, redaction }),
    mayHoldSecrets: redact === 'none' && hasWeaker(reader, 'secrets'),
  };
}

/** Exports a selection. Reading the lines throws a UsageError for a selection that the form cannot hold. */
export function exportLines({ as, redact, ...source }: ExportOptions): ExportedLines {
  const { reader } = source;
  const redaction = as === 'tape' ? null : exportRedaction(reader, redact);
  return {
    lines: FORMS[as].write({ ...source, redaction }),
    mayHoldSecrets: as !== 'tape' && redact === 'none' && hasWeaker(reader, 'secrets'),
  };
}

/** Redaction for rows that leave a database, or null if they are redacted enough. */
export function exportRedaction(reader: CaptureReader, redaction: Redaction): RowRedaction | null {
  if (!hasWeaker(reader, redaction)) return null;
  const digest = reader.keyedDigest();
  const placeholder = (secret: string): string => formatPlaceholder(digest(secret));
  return new RowRedaction(new Redactor({ redaction, placeholder }), redaction);
}

/** Whether a capture was recorded with less redaction. */
function hasWeaker(reader: CaptureReader, redaction: Redaction): boolean {
  for (const capture of reader.rows('capture')) {
    if (isWeaker(String(capture['redaction']), redaction)) return true;
  }
  return false;
}
