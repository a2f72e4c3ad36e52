/**
 * `--from` and `--recorder`: ask a fleet in ClickHouse instead of files.
 */
import type { Command } from 'commander';
import { UsageError } from '../../errors.js';
import type { FleetReader } from '../../library/fleet.js';
import type { FilteredBy, FrameFilter, Scope, TimeSpan } from '../../library/queries.js';
import type { Terminal } from '../print/terminal.js';
import { gathered, readContentFilter, readTerms } from './filters.js';

interface FleetFlags {
  readonly from?: string;
  readonly recorder?: readonly string[];
  readonly db?: readonly string[];
  readonly since?: number;
  readonly until?: number;
  readonly capture?: number | 'latest';
  readonly connection?: number | 'latest';
  readonly session?: number | 'latest';
}

/** Adds `--from` and `--recorder`. */
export function addFleetOptions(command: Command): Command {
  return command
    .option(
      '--from <url>',
      'ask a fleet in ClickHouse, see gatetape ship: http://user:password@host:8123/database',
    )
    .addOption(
      gathered(
        '--recorder <name>',
        'with --from: one recorder, by its id or the name of its file',
        (name) => name,
      ),
    );
}

/** Whether `command` asks a fleet. Throws a UsageError if it names files, too. */
export function isFleetAsked(command: Command): boolean {
  const { from, recorder, db } = command.opts<FleetFlags>();
  if (from === undefined && recorder !== undefined)
    throw new UsageError('--recorder is one of a fleet', 'name the fleet with --from, or a file with --db');
  if (from !== undefined && db !== undefined)
    throw new UsageError('--from asks a fleet, and --db a file', 'leave one of them out');
  return from !== undefined;
}

/** Asks the fleet that `command` names. */
export async function withFleet(
  command: Command,
  use: (reader: FleetReader) => Promise<void>,
): Promise<void> {
  const { from = '', recorder: recorders = [] } = command.opts<FleetFlags>();
  const { CLICKHOUSE_USER: user, CLICKHOUSE_PASSWORD: password } = process.env;
  const { askFleet } = await import('../../library/fleet.js');
  await askFleet({ from, user, password, recorders }, use);
}

/** Filter of the flags of `addScopeOptions`. Throws a UsageError for an id if several recorders are read. */
export function readFleetScope(
  command: Command,
  reader: FleetReader,
): TimeSpan & Pick<Scope, 'capture' | 'connection' | 'session'> & FilteredBy {
  const { since, until, ...ids } = command.opts<FleetFlags>();
  const filters = readTerms(command);
  return {
    sinceUs: since,
    untilUs: until,
    capture: readId('capture', ids.capture, reader),
    connection: readId('connection', ids.connection, reader),
    session: readId('session', ids.session, reader),
    filter: filters.length === 0 ? undefined : filters,
  };
}

/** The whole filter that the flags make. Throws as `readFleetScope` does. */
export function readFleetFilter(command: Command, reader: FleetReader): FrameFilter {
  return { ...readFleetScope(command, reader), ...readContentFilter(command) };
}

/** Prints on stderr which data is missing in the answer, because it was not shipped or was deleted there. */
export function noteMissing(reader: FleetReader, { note }: Pick<Terminal, 'note'>): void {
  for (const line of reader.listGaps()) note(`gatetape: note: ${line}: ship the rest with gatetape ship`);
}

/** An id that was given for a `what`. Throws a UsageError if several recorders are asked, and for `latest`. */
export function requireFleetId(what: string, id: number | 'latest', reader: FleetReader): number {
  if (id === 'latest' || reader.recorders.length !== 1) {
    throw new UsageError(
      id === 'latest'
        ? `${what} latest is known to a file, and not to a fleet`
        : `${what} ${id} is of one database, and these are ${reader.recorders.length}`,
      'give an id, and the recorder that it is of with --recorder',
    );
  }
  return id;
}

function readId(flag: string, id: number | 'latest' | undefined, reader: FleetReader): number | undefined {
  return id === undefined ? undefined : requireFleetId(`--${flag}`, id, reader);
}
