/**
 * `gatetape frames`: lists frames, or follows them while they are recorded.
 *
 * JSON lines have the payload text as recorded, so that no number loses digits.
 */
import type { Command } from 'commander';
import { UsageError } from '../errors.js';
import {
  FRAME_KEYS,
  frameToJson,
  readSeq,
  type CaptureReader,
  type FrameFilter,
  type FrameRow,
} from '../library/queries.js';
import { RowFormatter, type RowShape } from './print/format.js';
import { addFrameOptions, readFrameFilter } from './options/filters.js';
import { readFormat } from './options/format.js';
import {
  addDatabaseOptions,
  findDatabasesOf,
  findIdFlag,
  printAll,
  printPages,
  requireOne,
  withDatabases,
} from './options/databases.js';
import { addFleetOptions, isFleetAsked, noteMissing, readFleetFilter, withFleet } from './options/fleet.js';
import { openTerminal } from './print/terminal.js';
import { SearchProgress } from './print/search-progress.js';
import { stopSignal } from './process/signals.js';
import { NOTHING, formatBytes, formatTime } from '../units.js';
import { COUNT, typed } from './options/values.js';
import type { Column } from './print/table.js';

const COLUMNS: readonly Column<FrameRow>[] = [
  { title: 'ID', align: 'right', text: (row) => String(row.id) },
  { title: 'AT (UTC)', align: 'left', text: (row) => formatTime(row.atUs), style: () => 'dim' },
  { title: 'CONNECTION', align: 'right', text: (row) => String(row.connectionId), spare: 4 },
  { title: 'NO', align: 'right', text: (row) => String(row.frameNo), spare: 3 },
  {
    title: 'SENDER',
    align: 'left',
    text: (row) => row.sender,
    style: (row) => (row.sender === 'client' ? 'yellow' : 'green'),
  },
  { title: 'KIND', align: 'left', text: (row) => row.kind, spare: 5 },
  { title: 'OP', align: 'right', text: (row) => (row.op === null ? NOTHING : String(row.op)) },
  { title: 'WHAT', align: 'left', text: nameFrame, style: whatStyle },
  { title: 'SEQ', align: 'right', text: (row) => String(readSeq(row) ?? NOTHING) },
  { title: 'WIRE', align: 'right', text: (row) => formatBytes(row.wireBytes), spare: 2 },
  {
    title: 'PAYLOAD',
    align: 'right',
    text: (row) => (row.payloadBytes === null ? NOTHING : formatBytes(row.payloadBytes)),
  },
];

const SHAPE: RowShape<FrameRow> = {
  columns: COLUMNS,
  keys: [...FRAME_KEYS, 'payload'],
  values: (row) => [...FRAME_KEYS.map((key) => row[key]), row.payloadText],
  json: frameToJson,
};

/** A frame in a word: its event, else its opcode's name, else its status or kind. */
export function nameFrame(row: FrameRow): string {
  if (row.status === 'ok') return row.event ?? row.opName ?? `opcode ${row.op ?? NOTHING}`;
  if (row.closeCode !== null) return `close ${row.closeCode}`;
  return row.status === 'control' ? row.kind : row.status;
}

function whatStyle(row: FrameRow): 'plain' | 'cyan' | 'dim' | 'red' {
  if (row.status === 'ok') return row.event === null ? 'cyan' : 'plain';
  return row.status === 'control' || row.status === 'partial' ? 'dim' : 'red';
}

/** Adds the command `frames`. */
export function addFrames(program: Command): void {
  const command = program.command('frames').description('list frames that match filters, or follow them');
  addFrameOptions(addFleetOptions(addDatabaseOptions(command)))
    .addOption(typed('--limit <count>', 'only the newest of them', COUNT))
    .option('--follow', 'keep printing frames as they are recorded, until Ctrl-C')
    .addHelpText(
      'after',
      `
Examples:
  gatetape frames --session latest --op DISPATCH --limit 20
  gatetape frames --filter 'event:MESSAGE_* d.author.bot:true -d.content:~deploy*'
  gatetape frames --view quiet --filter '"two words" since:2h or size:>64KiB'
  gatetape frames --event MESSAGE_CREATE --where d.author.bot=true --where 'd.embeds[0]!=null'
  gatetape frames --from http://clickhouse:8123 --event READY --since 1d --format ndjson
  gatetape frames --follow --event 'MESSAGE_*' --format ndjson | jq .payload.d.content`,
    )
    .action(run);
}

interface FrameFlags {
  readonly limit?: number;
  readonly follow?: boolean;
}

async function run({ limit, follow = false }: FrameFlags, command: Command): Promise<void> {
  if (follow && readFormat(command) === 'json') {
    throw new UsageError('--follow never ends, and --format json is one array', 'use --format ndjson');
  }
  if (isFleetAsked(command)) return printFleetFrames(limit, follow, command);
  if (follow) return printNew(command, limit);
  await withDatabases(command, (databases, terminal) => {
    const progress = new SearchProgress('frames', terminal.output);
    const read = (each: CaptureReader): Iterable<FrameRow> =>
      each.frames({ ...readFrameFilter(command, each), limit }, progress.add);
    const rows = { read, shape: SHAPE, atUs: (row: FrameRow) => row.atUs, limit };
    return printAll(command, terminal, databases, rows, (lines) => progress.watch(lines));
  });
}

async function printFleetFrames(
  limit: number | undefined,
  isFollowing: boolean,
  command: Command,
): Promise<void> {
  if (isFollowing) {
    throw new UsageError(
      '--follow follows a file that is being recorded',
      'name it with --db instead of --from',
    );
  }
  const terminal = openTerminal(command);
  const hasPayloads = readFormat(command) !== 'table';
  await withFleet(command, async (reader) => {
    const filter = { ...readFleetFilter(command, reader), limit };
    const sources = await reader.frames(filter, { isNeeded: () => hasPayloads, isRequired: false });
    await printPages(command, terminal, sources, { shape: SHAPE, limit });
    noteMissing(reader, terminal);
  });
}

/** Prints frames as they are recorded, until it is stopped. */
async function printNew(command: Command, limit: number | undefined): Promise<void> {
  const stop = stopSignal();
  const path = requireOne(await findDatabasesOf(command), '--follow');
  const terminal = openTerminal(command);
  const formatter = new RowFormatter(readFormat(command), SHAPE, terminal);
  const { followFrames } = await import('../library/frame-follower.js');
  const makeFilter = (reader: CaptureReader): FrameFilter => ({ ...readFrameFilter(command, reader), limit });
  const isOfOneFile = findIdFlag(command) !== undefined;
  for await (const rows of followFrames({ path, makeFilter, isOfOneFile }, stop)) {
    await terminal.output.print(formatter.lines(rows));
  }
}
