/**
 * Import: what stands in a file becomes a capture of its own in a database, through the recorder of live traffic.
 *
 * So every command works on it as on any other, and secrets that the file still held do not reach the database. A
 * session that is imported is a new one, even where the database has the one that it was exported from.
 */
import { Batch } from '../capture/batch.js';
import { CaptureRecorder } from '../capture/recorder.js';
import type { CaptureRecord } from '../capture/records.js';
import { UsageError } from '../errors.js';
import type { Redaction } from '../gateway/redact/redact.js';
import { systemHost } from '../host.js';
import { openStore, type CaptureStore } from '../store/store.js';
import type { CaptureCounters } from '../store/writer.js';
import type { FormName, ImportedCapture } from './forms/form.js';
import { FORMS, formOf } from './forms/forms.js';
import { InputFile } from './input-file.js';

/** What to import, and how. */
export interface ImportOptions {
  readonly file: string;
  /** Form of the file; default: what its content says. */
  readonly as?: FormName;
  /** Path of the database, which is made when it does not exist. */
  readonly db: string;
  readonly redact: Redaction;
  readonly maxPayloadBytes: number;
}

/** What was imported. */
export interface ImportSummary extends CaptureCounters {
  readonly as: FormName;
  /** Id of the capture that was made. */
  readonly capture: number;
}

/**
 * Imports a file. Throws a UsageError when it cannot be read or is wrong, and a StoreError when the database cannot
 * be written.
 */
export function importFile(options: ImportOptions): ImportSummary {
  const { file, db, redact } = options;
  const input = new InputFile(file);
  const as = options.as ?? formOf(input.head, file);
  const { read } = FORMS[as];
  if (read === null)
    throw new UsageError(`${as} cannot be imported`, 'it does not hold all that was recorded');
  const host = systemHost();
  const imported = read(input, host.nowUs());
  const store = openStore(db, host);
  try {
    const capture = store.beginCapture({
      mode: as,
      upstream: '',
      api: '',
      redaction: redact,
    });
    recordInto(store, capture, imported, options);
    store.endCapture();
    return { as, capture, ...store.counters() };
  } finally {
    store.close();
  }
}

function recordInto(
  store: CaptureStore,
  capture: number,
  { events, transports }: ImportedCapture,
  { redact: redaction, maxPayloadBytes }: ImportOptions,
): void {
  const placeholder = (secret: string): string => store.placeholder(secret);
  const recorder = new CaptureRecorder({
    redaction,
    placeholder,
    maxPayloadBytes,
    maxBodyBytes: maxPayloadBytes,
  });
  const batch = new Batch();
  const add = (records: readonly CaptureRecord[], atUs: number): void => {
    batch.add(records.map(asImported), atUs);
    if (batch.isDue(atUs)) store.append(batch.take());
  };
  const own = (alias: string | null): string | null =>
    alias === null ? null : placeholder(`${alias} in capture ${capture}`);
  function asImported(record: CaptureRecord): CaptureRecord {
    if (record.type === 'connection_opened') {
      return { ...record, transport: transports.get(record.connection) ?? record.transport };
    }
    if (record.type === 'session_facts') {
      return { ...record, alias: own(record.alias), tokenAlias: own(record.tokenAlias) };
    }
    return record.type === 'exchange' ? { ...record, tokenAlias: own(record.tokenAlias) } : record;
  }
  let lastUs = 0;
  for (const event of events) {
    lastUs = timeOf(event) ?? lastUs;
    add(recorder.accept(event), lastUs);
  }
  add(recorder.finish(lastUs), lastUs);
  if (batch.size > 0) store.append(batch.take());
}

function timeOf(event: Parameters<CaptureRecorder['accept']>[0]): number | null {
  if (event.type === 'chunk') return event.atUs;
  if (event.type === 'open') return event.handshake.atUs;
  if (event.type === 'exchange') return event.start.atUs;
  return event.type === 'end' ? event.end.atUs : null;
}
