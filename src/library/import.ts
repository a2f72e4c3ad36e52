/**
 * Import: turns a file into a new capture in a database, through the recorder of live traffic, or row
 * by row if the file has all rows.
 *
 * So every command works on it as on any other capture, and secrets in the file do not reach the database. An
 * imported session is a new one, even if the database has the one that it was exported from. An import that
 * fails leaves nothing behind, and no new database.
 */
import { existsSync, rmSync } from 'node:fs';
import { Batch, BATCH_LIMITS } from '../capture/batch.js';
import { CaptureRecorder } from '../capture/recorder.js';
import type { CaptureRecord } from '../capture/records.js';
import { Redactor, type Redaction } from '../gateway/redact/redact.js';
import { systemHost, type Host } from '../host.js';
import type { CopiedRow } from '../store/row-copier.js';
import { openStore, type CaptureInfo, type CaptureStore } from '../store/store.js';
import type { CaptureCounters } from '../store/writer-state.js';
import type { FormName, ImportedCapture, ImportedRows } from './forms/form.js';
import { openImportFile } from './archived-file.js';
import { FORMS, detectForm } from './forms/forms.js';
import { openKeyFile, type KeyFile } from './key-file.js';
import { RowRedaction } from './row-redaction.js';

/** Options of an import. */
export interface ImportOptions {
  readonly file: string;
  /** Form of the file; default: detected by its content. */
  readonly as?: FormName;
  /** Path of the database, which is created if it does not exist. */
  readonly db: string;
  /** File of the key of placeholders; null, the default: the key is in the database. */
  readonly keyFile?: string | null;
  readonly redact: Redaction;
  readonly maxPayloadBytes: number;
  /** API base, if the file distinguishes its calls from others by their URLs; default: Discord's. */
  readonly api?: string;
}

/** Result of an import. */
export interface ImportSummary extends CaptureCounters {
  readonly as: FormName;
  /** Id of the new capture; of the last one if the file has several. */
  readonly capture: number;
  /** REST calls. */
  readonly exchanges: number;
}

/** Progress of an import. */
export interface ImportStep {
  /** Progress of the part that is in the database. */
  readonly summary: ImportSummary;
  readonly readBytes: number;
  readonly fileBytes: number;
  /** Entries of the file that are neither gateway nor API. */
  readonly leftOut: number;
  /** Other data that was left out or is missing, a sentence each; complete in the last step. */
  readonly remarks: readonly string[];
}

const DISCORD_API = 'https://discord.com/api';

/** Rows of one transaction. */
const ROWS = 2000;
/** Approximate payload bytes of one transaction. */
const ROW_BYTES = 2 ** 23;

/**
 * Imports a file. Throws a UsageError if it cannot be read or is wrong, and a StoreError if the database cannot
 * be written.
 */
export function importFile(options: ImportOptions): ImportSummary {
  let summary: ImportSummary | null = null;
  for (const step of importSteps(options)) ({ summary } = step);
  if (summary === null) throw new TypeError('an import has a last step');
  return summary;
}

/** Imports a file, one transaction a step. A caller that stops keeps the written steps. Throws as `importFile` does. */
export function* importSteps(options: ImportOptions): Generator<ImportStep, void> {
  const { file, db, redact, api = DISCORD_API } = options;
  const input = openImportFile(file);
  input.requireUtf8();
  const as = options.as ?? detectForm(input.head, file);
  const host = systemHost();
  const imported = FORMS[as].read(input, { nowUs: host.nowUs(), api: new URL(api) });
  const { leftOut = 0, remarks = () => [] } = 'rows' in imported ? {} : imported;
  const isNew = !existsSync(db);
  const keyFile = readKept(options, host);
  const store = openWithKey(db, host, keyFile);
  let isWhole = false;
  let undo: (() => void) | null = null;
  try {
    undo = store.mark();
    const info = { mode: as, upstream: '', api: '', redaction: redact };
    const taken =
      'rows' in imported
        ? copyInto(store, info, imported, redact)
        : recordInto(store, store.beginCapture(info), imported, options);
    for (const counters of taken) {
      const { readBytes, fileBytes } = input;
      yield { summary: { as, ...counters }, readBytes, fileBytes, leftOut, remarks: remarks() };
    }
    isWhole = true;
  } catch (error) {
    if (isNew) {
      // Closing in order would write, which may be what has failed.
      store.letGo();
      removeDatabase(db);
    } else {
      undo?.();
      store.close(isWhole);
    }
    throw error;
  } finally {
    // An interrupted capture has no end.
    store.close(isWhole);
  }
}

function readKept({ keyFile = null }: ImportOptions, host: Host): KeyFile | null {
  return keyFile === null ? null : openKeyFile(keyFile, host);
}

function openWithKey(db: string, host: Host, keyFile: KeyFile | null): CaptureStore {
  try {
    return openStore(db, host, keyFile?.key ?? null);
  } catch (error) {
    keyFile?.discard();
    throw error;
  }
}

function removeDatabase(path: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(path + suffix, { force: true });
}

type Taken = Omit<ImportSummary, 'as'>;

function* copyInto(
  store: CaptureStore,
  info: CaptureInfo,
  { rows }: ImportedRows,
  redaction: Redaction,
): Generator<Taken, void> {
  const copier = store.copier(info);
  const redactor = new Redactor({ redaction, placeholder: (secret) => store.placeholder(secret) });
  const clean = new RowRedaction(redactor, redaction);
  let batch: CopiedRow[] = [];
  let bytes = 0;
  let exchanges = 0;
  const taken = (): Taken => ({ capture: copier.capture(), ...copier.counters(), exchanges });
  for (const row of rows) {
    batch.push(clean.of(row));
    if (row.type === 'row' && row.table === 'exchange') exchanges += 1;
    if (row.type === 'frame') bytes += row.frame.payloadBytes ?? 0;
    if (batch.length < ROWS && bytes < ROW_BYTES) continue;
    copier.append(batch);
    yield taken();
    batch = [];
    bytes = 0;
  }
  copier.append(batch);
  copier.finish();
  yield taken();
}

function* recordInto(
  store: CaptureStore,
  capture: number,
  { events, transports }: ImportedCapture,
  { redact: redaction, maxPayloadBytes }: ImportOptions,
): Generator<Taken, void> {
  const placeholder = (secret: string): string => store.placeholder(secret);
  const recorder = new CaptureRecorder({
    redaction,
    placeholder,
    maxPayloadBytes,
    maxBodyBytes: maxPayloadBytes,
  });
  // The file's times do not show how long a record has waited here.
  const batch = new Batch({ ...BATCH_LIMITS, ageUs: Infinity });
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
  let exchanges = 0;
  for (const event of events) {
    lastUs = readTime(event) ?? lastUs;
    if (event.type === 'exchange') exchanges += 1;
    batch.add(recorder.accept(event).map(asImported), lastUs);
    if (!batch.isDue(lastUs)) continue;
    store.append(batch.take());
    yield { capture, ...store.counters(), exchanges };
  }
  batch.add(recorder.finish(lastUs).map(asImported), lastUs);
  store.append(batch.take());
  yield { capture, ...store.counters(), exchanges };
}

function readTime(event: Parameters<CaptureRecorder['accept']>[0]): number | null {
  if (event.type === 'chunk') return event.atUs;
  if (event.type === 'open') return event.handshake.atUs;
  if (event.type === 'exchange') return event.start.atUs;
  return event.type === 'end' ? event.end.atUs : null;
}
