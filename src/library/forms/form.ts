/**
 * Form: a file format of recordings, and the interface to write and read it.
 *
 * A form writes lines from a database. It reads a file back as the events of a tap, so that an import
 * goes through the same recorder as live traffic; or as the rows themselves, if the file has all of them. List of
 * forms: forms.ts.
 */
import type { TapEvent } from '../../capture/tap.js';
import type { Privacy } from '../../replay/tape/anonymous.js';
import type { FrameFilter } from '../../store/filter.js';
import type { CaptureReader } from '../../store/reader.js';
import type { CopiedRow } from '../../store/row-copier.js';
import type { Transport } from '../../wire/transport.js';
import type { InputFile } from '../input-file.js';
import type { RowRedaction } from '../row-redaction.js';

/** Names of the forms, as `--as` takes them; the first one that matches a text is used. */
export const FORM_NAMES = ['tape', 'har', 'jsonl', 'csv'] as const;

/** Name of a form. */
export type FormName = (typeof FORM_NAMES)[number];

/** Names of the forms of `export`: Parquet is not read. */
export const EXPORT_NAMES = [...FORM_NAMES, 'parquet'] as const;

/** Options of writing. */
export interface ExportSource {
  readonly reader: CaptureReader;
  /** Filter of frames; the ids in it exist in the database. */
  readonly filter: FrameFilter;
  /** Removes secrets from rows, if the database can hold some; a tape is always redacted. */
  readonly redaction?: RowRedaction | null;
  /** Whether texts that a spreadsheet would run get an apostrophe; for CSV only. */
  readonly isSafe?: boolean;
  /** Detail of a tape; default: no personal data, unless the session came from a tape, which stays unchanged. */
  readonly privacy?: Partial<Privacy>;
}

/** A file to read, as a whole or in pieces; it may be in an archive. */
export interface ImportSource extends Pick<
  InputFile,
  'name' | 'head' | 'text' | 'pieces' | 'readPiecesFrom' | 'rewind'
> {
  beside(name: string): ImportSource | null;
}

/** Options of a reader. */
export interface ImportSettings {
  /** End time of events without their own time. */
  readonly nowUs: number;
  /** API base, such as `https://discord.com/api`: a call of a URL below it is a REST call. */
  readonly api: URL;
}

/** File content as the events that a tap would emit. */
export interface ImportedCapture {
  /** In order, with times in µs since the Unix epoch. */
  readonly events: Iterable<TapEvent>;
  /**
   * Recorded transports of connections whose events are plain JSON instead: for a form that keeps
   * payloads and no wire bytes.
   */
  readonly transports: ReadonlyMap<number, Transport>;
  /** Entries of the file that are neither gateway nor API, such as a page's pictures. */
  readonly leftOut?: number;
  /** Other data that was left out or is missing, a sentence each; complete after the last event. */
  readonly remarks?: () => readonly string[];
}

/** File content as rows of the database that it was exported from. */
export interface ImportedRows {
  readonly rows: Iterable<CopiedRow>;
}

/** One form of file. */
export interface Form {
  /** Lines of the file, without line ends. Throws a UsageError for a selection that the form cannot hold. */
  readonly write: (source: ExportSource) => Iterable<string>;
  /**
   * Reads a file of this form. Throws a UsageError that says where the file is wrong.
   */
  readonly read: (file: ImportSource, settings: ImportSettings) => ImportedCapture | ImportedRows;
  /** Whether the beginning of a file matches this form. */
  readonly isLike: (head: string) => boolean;
}
