/**
 * `gatetape opcodes`: prints the table of the gateway's opcodes, with counts if there is a database.
 *
 * Recorded opcodes that the table lacks come last, without a name.
 */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { listOpcodes, readCapture, type OpcodeRow } from '../library/queries.js';
import { plainShape } from './print/format.js';
import { addQueryOptions, printRows } from './options/query.js';
import { readConfig } from './options/config-options.js';
import { openTerminal } from './print/terminal.js';
import { NOTHING, formatCount } from '../units.js';
import type { Column } from './print/table.js';

const COLUMNS: readonly Column<OpcodeRow>[] = [
  { title: 'OP', align: 'right', text: (row) => String(row.op) },
  { title: 'NAME', align: 'left', text: (row) => row.name ?? NOTHING, style: () => 'cyan' },
  { title: 'SENT BY', align: 'left', text: (row) => row.sentBy ?? NOTHING },
  { title: 'STATUS', align: 'left', text: formatStatus, style: () => 'dim', spare: 1 },
  { title: 'SINCE', align: 'left', text: (row) => row.since ?? NOTHING, style: () => 'dim', spare: 2 },
  { title: 'COUNT', align: 'right', text: (row) => (row.count === null ? NOTHING : formatCount(row.count)) },
  { title: 'DESCRIPTION', align: 'left', text: (row) => row.description ?? NOTHING },
];

const SHAPE = plainShape<OpcodeRow>(COLUMNS, [
  'op',
  'name',
  'sentBy',
  'status',
  'description',
  'otherNames',
  'count',
  'direction',
  'isDeprecated',
  'since',
  'officialSince',
]);

function formatStatus({ status, isDeprecated }: OpcodeRow): string {
  return `${status ?? 'unknown'}${isDeprecated === true ? ', deprecated' : ''}`;
}

/** Adds the command `opcodes`. */
export function addOpcodes(program: Command): void {
  const command = program
    .command('opcodes')
    .description("list the gateway's opcodes, with counts where there is a database");
  addQueryOptions(command)
    .addHelpText('after', '\nExamples:\n  gatetape opcodes\n  gatetape opcodes --db bot.sqlite --format json')
    .action((_options, self: Command) => run(self));
}

async function run(command: Command): Promise<void> {
  const { db } = readConfig(command);
  // A database that was named must exist; the default one need not.
  const isExpected = command.getOptionValueSource('db') === 'cli';
  const counts =
    isExpected || existsSync(db) ? await readCapture(db, (reader) => reader.opcodeCounts()) : null;
  await printRows(command, openTerminal(command), listOpcodes(counts), SHAPE);
}
