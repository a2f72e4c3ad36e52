/**
 * `gatetape views`: the filters that have names, built in or of the settings.
 */
import type { Command } from 'commander';
import { listViews, readView, type View } from '../filter/views.js';
import { addSettings, readConfig } from './options/config-options.js';
import { addFormatOptions } from './options/format.js';
import { printRows } from './options/query.js';
import { FORMATS, plainShape } from './print/format.js';
import type { Column } from './print/table.js';
import { openTerminal } from './print/terminal.js';

const EXAMPLES = `
Settings add views, or replace those that are built in: {"views": {"mine": "event:MESSAGE_* d.author.bot:true"}}

Examples:
  gatetape views
  gatetape frames --view quiet --view messages
  gatetape views --format json | jq -r '.[].name'`;

const COLUMNS: readonly Column<View>[] = [
  { title: 'NAME', align: 'left', text: (view) => view.name, style: () => 'cyan' },
  { title: 'SOURCE', align: 'left', text: (view) => view.source, spare: 1 },
  {
    title: 'FILTER',
    align: 'left',
    text: ({ filter, error }) => (error === null ? filter : `${filter}  [no filter: ${error}]`),
    style: ({ error }) => (error === null ? 'plain' : 'red'),
  },
];

const SHAPE = plainShape<View>(COLUMNS, ['name', 'filter', 'source', 'error']);

/** Adds the command `views`. */
export function addViews(program: Command): void {
  const command = program.command('views').description('list the filters that have names, for --view');
  addFormatOptions(addSettings(command, []), FORMATS).addHelpText('after', EXAMPLES).action(run);
}

async function run(_flags: object, command: Command): Promise<void> {
  const own = readConfig(command).views;
  const views = listViews(own);
  await printRows(command, openTerminal(command), views, SHAPE);
  // An invalid filter is reported here, before it is used.
  for (const { name } of views) readView(name, own);
}
