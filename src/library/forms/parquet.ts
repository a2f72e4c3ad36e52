/**
 * Parquet as a form of export: one frame a row, with typed columns, for DuckDB, pandas, ClickHouse and object stores.
 *
 * The columns are those of CSV without `rows`, because Parquet is not imported. Times are timestamps in UTC, and kept bytes
 * are bytes. Row groups are bounded in rows and size, so that memory is bounded for files of any size. The writer is a
 * package that users install themselves.
 * Source: parquet.apache.org/docs/file-format; hyparquet-writer 0.17.
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { errorCode, UsageError } from '../../errors.js';
import { FRAME_COLUMNS, FRAME_KEYS, isNumeric } from '../../capture/columns.js';
import type { FrameDetail } from '../../store/frame-rows.js';
import { ExportRows } from './export-rows.js';
import type { ExportSource } from './form.js';

/** The used part of hyparquet-writer; its own types are missing if it is not installed. */
export interface ParquetModule {
  readonly ByteWriter: new () => { index: number; getBytes(): Uint8Array };
  readonly ParquetWriter: new (options: object) => {
    write(options: { readonly columnData: readonly object[]; readonly rowGroupSize: number }): void;
    finish(): void;
  };
}

const PACKAGE = 'hyparquet-writer';

/** Most rows of one group. */
const GROUP_ROWS = 50_000;
/** Approximate size of the payloads of one group, in characters and bytes. */
const GROUP_BYTES = 16_777_216;

type Cell = string | bigint | Uint8Array | null;

/** One column: its element in the schema, and its value for a frame. */
interface Column {
  readonly name: string;
  readonly isNullable: boolean;
  /** Physical and logical type, in the words of the format. */
  readonly type: object;
  /** Whether values repeat, so that a dictionary and the least and greatest value are of use. */
  readonly isRepeated: boolean;
  readonly cell: (frame: FrameDetail) => Cell;
}

const INTEGER = { type: 'INT64' };
const TEXT = { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } };
const TIME = {
  type: 'INT64',
  converted_type: 'TIMESTAMP_MICROS',
  logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
};
const BYTES = { type: 'BYTE_ARRAY' };

const COLUMNS: readonly Column[] = [
  ...FRAME_KEYS.map((key): Column => {
    const rule: { readonly holds: Parameters<typeof isNumeric>[0]; readonly isNullable?: boolean } =
      FRAME_COLUMNS[key];
    const isTime = rule.holds === 'us';
    return {
      name: isTime ? 'at' : key,
      isNullable: rule.isNullable === true,
      type: isTime ? TIME : isNumeric(rule.holds) ? INTEGER : TEXT,
      isRepeated: true,
      cell: (frame) => toCell(frame[key]),
    };
  }),
  column('payload', TEXT, false, ({ payloadText }) => payloadText),
  column('sessionId', INTEGER, true, ({ sessionId }) => toCell(sessionId)),
  column('bytes', BYTES, false, ({ bytes }) => bytes),
];

function column(name: string, type: object, isRepeated: boolean, cell: Column['cell']): Column {
  return { name, type, isNullable: true, isRepeated, cell };
}

function toCell(value: string | number | null): Cell {
  return typeof value === 'number' ? BigInt(value) : value;
}

/** Loads the writer from the folder of gatetape or from NODE_PATH. Rejects with UsageError if it is not installed. */
export async function loadParquet(): Promise<ParquetModule> {
  try {
    const path = createRequire(import.meta.url).resolve(PACKAGE);
    return (await import(pathToFileURL(path).href)) as ParquetModule;
  } catch (error) {
    if (errorCode(error) !== 'MODULE_NOT_FOUND') throw error;
    throw new UsageError(
      `Parquet needs the package ${PACKAGE}, which is not installed`,
      `install it beside gatetape: npm install ${PACKAGE}`,
      { cause: error },
    );
  }
}

/** Pieces of a file with a row for each frame. */
export function* writeParquet(
  { ByteWriter, ParquetWriter }: ParquetModule,
  source: ExportSource,
): Generator<Uint8Array, void> {
  const bytes = new ByteWriter();
  const take = (): Uint8Array => {
    const piece = bytes.getBytes().slice();
    bytes.index = 0;
    return piece;
  };
  const schema = [
    { name: 'root', num_children: COLUMNS.length },
    ...COLUMNS.map(({ name, isNullable, type }) => ({
      name,
      repetition_type: isNullable ? 'OPTIONAL' : 'REQUIRED',
      ...type,
    })),
  ];
  const file = new ParquetWriter({ writer: bytes, schema, createdBy: 'gatetape' });
  for (const frames of groupFrames(new ExportRows(source).frames())) {
    const columnData = COLUMNS.map(({ name, cell, isRepeated }) => ({
      name,
      data: frames.map(cell),
      ...(isRepeated ? {} : { encoding: 'PLAIN', statistics: false }),
      // They would be kept to the end of the file.
      offsetIndex: false,
    }));
    file.write({ columnData, rowGroupSize: frames.length });
    yield take();
  }
  file.finish();
  yield take();
}

function* groupFrames(frames: Iterable<FrameDetail>): Generator<readonly FrameDetail[], void> {
  let group: FrameDetail[] = [];
  let size = 0;
  for (const frame of frames) {
    group.push(frame);
    size += (frame.payloadText?.length ?? 0) + (frame.bytes?.length ?? 0);
    if (group.length < GROUP_ROWS && size < GROUP_BYTES) continue;
    yield group;
    group = [];
    size = 0;
  }
  if (group.length > 0) yield group;
}
