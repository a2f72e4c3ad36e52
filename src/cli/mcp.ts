/**
 * `gatetape mcp`: serves a database to a client of the Model Context Protocol, read-only, on stdin and stdout.
 */
import type { Command } from 'commander';
import { addSettings, readConfig } from './options/config-options.js';
import { stopSignal } from './process/signals.js';

const ABOUT = `
It needs the package @modelcontextprotocol/sdk beside gatetape, and is started by its client: docs/mcp.md.

Examples:
  gatetape mcp --db bot.sqlite
  claude mcp add gatetape -- gatetape mcp --db /path/to/bot.sqlite`;

/** Adds the command `mcp`. */
export function addMcp(program: Command): void {
  const command = program
    .command('mcp')
    .description('serve the database, read-only, to a client of the Model Context Protocol');
  addSettings(command, ['db']).addHelpText('after', ABOUT).action(run);
}

async function run(_flags: object, command: Command): Promise<void> {
  const { db } = readConfig(command);
  const { serveMcp } = await import('../library/mcp/protocol.js');
  await serveMcp(db, command.parent?.version() ?? '', stopSignal());
}
