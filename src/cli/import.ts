/**
 * `gatetape import`: an exported file as a capture of its own in a database.
 */
import type { Command } from 'commander';
import { FORM_NAMES, type FormName } from '../library/forms/form.js';
import { addSettings, configOf } from './flags/settings.js';
import { terminalOf } from './print/terminal.js';
import { choice } from './flags/values.js';

const EXAMPLES = `
Examples:
  gatetape import login.tape.ndjson --db tests.sqlite
  gatetape import discord.com.har`;

/** Adds the command `import`. */
export function addImport(program: Command): void {
  const command = program
    .command('import')
    .description('read an exported file into a database')
    .argument('<file>', 'file to read');
  addSettings(command, ['db', 'redact', 'maxPayloadBytes'])
    .addOption(choice('--as <form>', 'form of the file (default: what its content says)', FORM_NAMES))
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(file: string, { as }: { readonly as?: FormName }, command: Command): Promise<void> {
  const { db, redact, maxPayloadBytes } = configOf(command);
  const { output } = terminalOf(command);
  const { importFile } = await import('../library/import.js');
  const summary = importFile({ file, db, redact, maxPayloadBytes, ...(as === undefined ? {} : { as }) });
  await output.print([JSON.stringify({ event: 'imported', db, ...summary })]);
}
