/**
 * `gatetape sessions` and `gatetape connections`: list what was recorded, one line each.
 */
import type { Command } from 'commander';
import { commaList } from '../config/kinds.js';
import type { OpenDatabase } from '../library/databases.js';
import { SENDERS, type CaptureReader, type ConnectionRow, type SessionRow } from '../library/queries.js';
import { plainShape, type RowShape } from './print/format.js';
import { addPlaceOptions, addTimeOptions, readPlace } from './options/filters.js';
import { addDatabaseOptions, printAll, printSources, withDatabases } from './options/databases.js';
import { addFleetOptions, isFleetAsked, withFleet } from './options/fleet.js';
import { openTerminal } from './print/terminal.js';
import { COUNT, NUMBER, choiceOption, typed } from './options/values.js';
import { NOTHING, formatBytes, formatCount, formatDuration, formatTime } from '../units.js';
import type { Column } from './print/table.js';

const shown = (value: string | number | null): string => (value === null ? NOTHING : String(value));
const time = (atUs: number | null): string => (atUs === null ? NOTHING : formatTime(atUs));

const SESSION_COLUMNS: readonly Column<SessionRow>[] = [
  { title: 'ID', align: 'right', text: (row) => String(row.id) },
  { title: 'USER', align: 'left', text: (row) => shown(row.userId), spare: 4 },
  { title: 'SHARD', align: 'right', text: (row) => row.shard?.join('/') ?? NOTHING, spare: 1 },
  { title: 'LIBRARY', align: 'left', text: (row) => shown(row.library), style: () => 'cyan' },
  { title: 'CONNECTIONS', align: 'right', text: (row) => formatCount(row.connections) },
  { title: 'RESUMES', align: 'right', text: (row) => formatCount(row.resumes), spare: 2 },
  { title: 'FRAMES', align: 'right', text: (row) => formatCount(row.frames) },
  { title: 'LAST SEQ', align: 'right', text: (row) => shown(row.lastSeq), spare: 3 },
  { title: 'FIRST (UTC)', align: 'left', text: (row) => time(row.firstAtUs) },
  { title: 'LASTED', align: 'right', text: (row) => span(row.firstAtUs, row.lastAtUs) },
  { title: 'CLOSE', align: 'right', text: (row) => shown(row.closeCode), spare: 1 },
];

const SESSIONS = plainShape<SessionRow>(SESSION_COLUMNS, [
  'id',
  'sessionAlias',
  'userId',
  'shard',
  'library',
  'connections',
  'resumes',
  'frames',
  'firstAtUs',
  'lastAtUs',
  'lastSeq',
  'closeCode',
  'service',
]);

const CONNECTION_COLUMNS: readonly Column<ConnectionRow>[] = [
  { title: 'ID', align: 'right', text: (row) => String(row.id) },
  { title: 'SESSION', align: 'right', text: (row) => shown(row.sessionId) },
  { title: 'OPENED (UTC)', align: 'left', text: (row) => formatTime(row.openedAtUs) },
  { title: 'LASTED', align: 'right', text: (row) => span(row.openedAtUs, row.closedAtUs) },
  { title: 'V', align: 'right', text: (row) => shown(row.transport.version), spare: 5 },
  { title: 'ENCODING', align: 'left', text: (row) => row.transport.encoding, spare: 4 },
  { title: 'COMPRESS', align: 'left', text: (row) => row.transport.compress },
  { title: 'TLS', align: 'left', text: tls, spare: 6 },
  {
    title: 'RELAY',
    align: 'left',
    text: (row) => shown(row.relayMode),
    style: (row) => (row.relayMode === 'reencoded' ? 'yellow' : 'plain'),
  },
  { title: 'FRAMES', align: 'right', text: (row) => formatCount(row.frames) },
  { title: 'WIRE', align: 'right', text: (row) => formatBytes(row.wireBytes), spare: 3 },
  { title: 'CLOSE', align: 'right', text: (row) => shown(row.closeCode), spare: 1 },
  { title: 'CLOSED BY', align: 'left', text: (row) => shown(row.closedBy) },
  {
    title: 'UPGRADE',
    align: 'right',
    text: upgrade,
    style: (row) => (row.upgradeStatus === 101 ? 'plain' : 'red'),
  },
];

const CONNECTIONS = plainShape<ConnectionRow>(CONNECTION_COLUMNS, [
  'id',
  'captureId',
  'sessionId',
  'openedAtUs',
  'closedAtUs',
  'path',
  'upstreamUrl',
  'transport',
  'extensions',
  'userAgent',
  'clientTls',
  'upstreamTls',
  'upgradeStatus',
  'repeats',
  'relayMode',
  'convergedFrameNo',
  'closeCode',
  'closeReason',
  'closedBy',
  'frames',
  'wireBytes',
  'payloadBytes',
  'firstAtUs',
  'lastAtUs',
  'service',
]);

/** Rows of all databases, which are read once, and those of each. */
function readEach<Row>(
  databases: readonly OpenDatabase[],
  read: (reader: CaptureReader) => readonly Row[],
): { readonly rows: readonly Row[]; readonly read: (reader: CaptureReader) => readonly Row[] } {
  const byReader = new Map(databases.map(({ reader }) => [reader, read(reader)]));
  return { rows: [...byReader.values()].flat(), read: (reader) => byReader.get(reader) ?? [] };
}

/** The shape, with a column for the service if a row is of another service than Discord's gateway. */
function withService<Row extends { readonly service: string | null }>(
  shape: RowShape<Row>,
  rows: readonly Row[],
): RowShape<Row> {
  if (rows.every(({ service }) => service === null || service === 'gateway')) return shape;
  const column: Column<Row> = { title: 'SERVICE', align: 'left', text: (row) => shown(row.service) };
  return { ...shape, columns: [...shape.columns, column] };
}

/** Adds the command `sessions`. */
export function addSessions(program: Command): void {
  addFleetOptions(addDatabaseOptions(program.command('sessions').description('list the sessions')))
    .addHelpText('after', '\nExample:\n  gatetape sessions --format json')
    .action((_options, command: Command) => {
      if (isFleetAsked(command)) return printFleetSessions(command);
      return withDatabases(command, (databases, terminal) => {
        const { rows, read } = readEach(databases, (reader) => reader.sessions());
        const shape = withService(SESSIONS, rows);
        return printAll(command, terminal, databases, { read, shape, atUs: (row) => row.firstAtUs });
      });
    });
}

async function printFleetSessions(command: Command): Promise<void> {
  await withFleet(command, async (reader) => {
    const sources = await reader.sessions();
    const shape = withService(
      SESSIONS,
      sources.flatMap(({ rows }) => rows),
    );
    await printSources(command, openTerminal(command), sources, { shape, atUs: (row) => row.firstAtUs });
  });
}

/** Adds the command `connections`. */
export function addConnections(program: Command): void {
  const command = program
    .command('connections')
    .description('list the connections: transport, relay mode, TLS, and how they closed');
  addPlaceOptions(addTimeOptions(addDatabaseOptions(command)))
    .addOption(choiceOption('--closed-by <side>', 'who ended it', [...SENDERS, 'proxy']))
    .addOption(typed('--close-code <list>', 'close codes', commaList(NUMBER, 'numbers, such as 4000,1006')))
    .addOption(
      typed(
        '--upgrade <list>',
        'HTTP statuses of the upgrade',
        commaList(NUMBER, 'numbers, such as 101,502'),
      ),
    )
    .addOption(typed('--limit <count>', 'only the newest of them', COUNT))
    .addHelpText('after', CONNECTION_EXAMPLES)
    .action(runConnections);
}

const CONNECTION_EXAMPLES = `
Examples:
  gatetape connections --closed-by gateway --since 1d
  gatetape connections --upgrade 101 --limit 20
  gatetape connections --format csv > connections.csv`;

interface ConnectionFlags {
  readonly closedBy?: 'client' | 'gateway' | 'proxy';
  readonly closeCode?: readonly number[];
  readonly upgrade?: readonly number[];
  readonly limit?: number;
}

async function runConnections(flags: ConnectionFlags, command: Command): Promise<void> {
  const { closedBy, closeCode: closeCodes, upgrade: upgradeStatuses, limit } = flags;
  await withDatabases(command, (databases, terminal) => {
    const { rows, read } = readEach(databases, (reader) =>
      reader.connections({ ...readPlace(command, reader), closedBy, closeCodes, upgradeStatuses, limit }),
    );
    const shape = withService(CONNECTIONS, rows);
    return printAll(command, terminal, databases, { read, shape, atUs: (row) => row.openedAtUs, limit });
  });
}

function span(fromUs: number | null, untilUs: number | null): string {
  return fromUs === null || untilUs === null ? NOTHING : formatDuration(untilUs - fromUs);
}

/** Status of the upgrade, and the number of upgrades if the row is for several. */
function upgrade({ upgradeStatus, repeats }: ConnectionRow): string {
  return repeats === 0 ? String(upgradeStatus) : `${upgradeStatus} × ${formatCount(repeats + 1)}`;
}

/** Which of the two connections were encrypted: the client's, the gateway's. */
function tls(row: ConnectionRow): string {
  if (row.clientTls) return row.upstreamTls ? 'both' : 'client';
  return row.upstreamTls ? 'gateway' : NOTHING;
}
