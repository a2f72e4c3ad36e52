/**
 * `gatetape gaps` and `gatetape observations`: list what was not recorded, and what is unusual in the traffic.
 */
import type { Command } from 'commander';
import { choiceKind, commaList } from '../config/kinds.js';
import { OBSERVATIONS, type GapRow, type ObservationName, type ObservationRow } from '../library/queries.js';
import { addPlaceOptions, addTimeOptions, readPlace } from './options/filters.js';
import { addDatabaseOptions, printAll, withDatabases } from './options/databases.js';
import { COUNT, typed } from './options/values.js';
import { plainShape } from './print/format.js';
import type { Column } from './print/table.js';
import { formatBytes, formatDuration, formatTime, NOTHING, plural } from '../units.js';

const GAP_COLUMNS: readonly Column<GapRow>[] = [
  { title: 'ID', align: 'right', text: (row) => String(row.id) },
  { title: 'CONNECTION', align: 'right', text: (row) => String(row.connectionId) },
  { title: 'SENDER', align: 'left', text: (row) => row.sender },
  { title: 'FROM (UTC)', align: 'left', text: (row) => formatTime(row.fromUs) },
  { title: 'LASTED', align: 'right', text: (row) => formatDuration(row.untilUs - row.fromUs) },
  { title: 'UNRECORDED', align: 'right', text: (row) => formatBytes(row.bytes) },
  // Frames that were recorded, in a file that was lost.
  {
    title: 'LOST',
    align: 'right',
    text: (row) => (row.frames === null ? NOTHING : plural(row.frames, 'frame')),
  },
];

const GAP_SHAPE = plainShape<GapRow>(GAP_COLUMNS, [
  'id',
  'captureId',
  'connectionId',
  'sender',
  'fromUs',
  'untilUs',
  'bytes',
  'frames',
]);

const OBSERVATION_COLUMNS: readonly Column<ObservationRow>[] = [
  { title: 'ID', align: 'right', text: (row) => String(row.id) },
  { title: 'AT (UTC)', align: 'left', text: (row) => formatTime(row.atUs), style: () => 'dim' },
  { title: 'CONNECTION', align: 'right', text: (row) => String(row.connectionId), spare: 1 },
  { title: 'FRAME', align: 'right', text: (row) => (row.frameId === null ? NOTHING : String(row.frameId)) },
  { title: 'NAME', align: 'left', text: (row) => row.name, style: () => 'cyan' },
  { title: 'DETAIL', align: 'left', text: (row) => row.detail },
];

const OBSERVATION_SHAPE = plainShape<ObservationRow>(OBSERVATION_COLUMNS, [
  'id',
  'connectionId',
  'sessionId',
  'frameNo',
  'frameId',
  'atUs',
  'name',
  'detail',
]);

/** Adds the command `gaps`. */
export function addGaps(program: Command): void {
  const command = program.command('gaps').description('list unrecorded traffic, with times and bytes');
  addListOptions(command)
    .addHelpText('after', '\nExample:\n  gatetape gaps --since 1d')
    .action(({ limit }: { limit?: number }) =>
      withDatabases(command, (databases, terminal) =>
        printAll(command, terminal, databases, {
          read: (reader) => reader.gaps({ ...readPlace(command, reader), limit }),
          shape: GAP_SHAPE,
          atUs: (row) => row.fromUs,
          limit,
        }),
      ),
    );
}

const NAMES = Object.keys(OBSERVATIONS) as readonly ObservationName[];

/** Adds the command `observations`. */
export function addObservations(program: Command): void {
  const command = program
    .command('observations')
    .description('list unusual traffic, such as gaps in sequence numbers');
  addListOptions(command)
    .addOption(
      typed('--name <list>', 'only these', commaList(choiceKind(...NAMES), 'names, as listed below')),
    )
    .addHelpText(
      'after',
      `\nExample:\n  gatetape observations --name seq_gap,unexpected_ready --since 1d\n\nNames:\n${NAMES.map((name) => `  ${name.padEnd(25)} ${OBSERVATIONS[name]}`).join('\n')}`,
    )
    .action(({ limit, name }: { limit?: number; name?: readonly ObservationName[] }) =>
      withDatabases(command, (databases, terminal) =>
        printAll(command, terminal, databases, {
          read: (reader) => reader.observations({ ...readPlace(command, reader), limit }, name),
          shape: OBSERVATION_SHAPE,
          atUs: (row) => row.atUs,
          limit,
        }),
      ),
    );
}

function addListOptions(command: Command): Command {
  return addPlaceOptions(addTimeOptions(addDatabaseOptions(command))).addOption(
    typed('--limit <count>', 'only the newest of them', COUNT),
  );
}
