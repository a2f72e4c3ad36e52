/**
 * Form: how a recording stands in a file, and what a program must know to write and read it.
 *
 * A form writes lines from a database, and reads a file back as what a tap would have reported, so that an import
 * goes through the same recorder as live traffic; or as the rows themselves, where the file has all of them. Which forms
 * there are: forms.ts.
 */
import type { TapEvent } from '../../capture/tap.js';
import type { Privacy } from '../../replay/tape/anonymous.js';
import type { FrameFilter } from '../../store/filter.js';
import type { CaptureReader } from '../../store/reader.js';
import type { CopiedRow } from '../../store/row-copier.js';
import type { Transport } from '../../wire/transport.js';
import type { InputFile } from '../input-file.js';
import type { RowRedaction } from '../row-redaction.js';

/** Names of the forms, as `--as` takes them; a text is of the first one that it is like. */
export const FORM_NAMES = ['tape', 'har', 'jsonl', 'csv'] as const;

/** Name of a form. */
export type FormName = (typeof FORM_NAMES)[number];

/** What to write. */
export interface ExportSource {
  readonly reader: CaptureReader;
  /** Which frames; the ids in it are in the database. */
  readonly filter: FrameFilter;
  /** What takes secrets out of rows, where the database may hold some; a tape has them taken out anyway. */
  readonly redaction?: RowRedaction | null;
  /** Whether texts that a spreadsheet would run get an apostrophe; for CSV alone. */
  readonly isSafe?: boolean;
  /** How much a tape tells; default: nothing of people, unless the session came from a tape, which is left as it is. */
  readonly privacy?: Partial<Privacy>;
}

/** A file to read, as a whole or in pieces. */
export type ImportSource = Pick<
  InputFile,
  'name' | 'head' | 'text' | 'pieces' | 'readPiecesFrom' | 'beside' | 'rewind'
>;

/** What a reader has to be told. */
export interface ImportSettings {
  /** End of what has no time of its own. */
  readonly nowUs: number;
  /** API base, such as `https://discord.com/api`: what below it was called was a REST call. */
  readonly api: URL;
}

/** What was read, as a tap would have reported it. */
export interface ImportedCapture {
  /** In order, with times in µs since the Unix epoch. */
  readonly events: Iterable<TapEvent>;
  /**
   * What connections spoke when they were recorded, where the events are plain JSON instead: a form that keeps
   * payloads and not what was on the wire.
   */
  readonly transports: ReadonlyMap<number, Transport>;
  /** Entries of the file that are neither gateway nor API, such as a page's pictures. */
  readonly leftOut?: number;
  /** What else was left out or is missing, a sentence each; known when the events are through. */
  readonly remarks?: () => readonly string[];
}

/** What was read, as rows of the database that it was exported from. */
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
  /** Whether a file may be of this form, by its beginning. */
  readonly isLike: (head: string) => boolean;
}
