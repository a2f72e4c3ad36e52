/**
 * `gatetape backup`: copies a database as it is now, also while it is being recorded.
 */
import { statSync } from 'node:fs';
import type { Command } from 'commander';
import type { BackupProgress } from '../library/upkeep.js';
import { endBySignal, stopSignal } from './process/signals.js';
import { addSettings, readConfig } from './options/config-options.js';
import { StatusLine } from './print/status-line.js';
import { openTerminal } from './print/terminal.js';

const EXAMPLES = `
Examples:
  gatetape backup monday.sqlite
  gatetape backup --db bot.sqlite --force latest.sqlite
  gatetape backup --without-key for-the-bug-report.sqlite

The copy is what was committed at its beginning; only its owner can read it.`;

/** Adds the command `backup`. */
export function addBackup(program: Command): void {
  const command = program
    .command('backup')
    .description('copy a database, also while it is being recorded')
    .argument('<file>', 'file to make');
  addSettings(command, ['db'])
    .option('--force', 'replace the file if it exists')
    .option('--without-key', 'leave out the key of the placeholders, for a copy that is handed on')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(
  file: string,
  { force = false, withoutKey = false }: { readonly force?: boolean; readonly withoutKey?: boolean },
  command: Command,
): Promise<void> {
  const { db } = readConfig(command);
  const { output, note } = openTerminal(command);
  const stop = stopSignal();
  let progress: BackupProgress = { pages: 0, totalPages: 0 };
  const onProgress = (now: BackupProgress): void => {
    stop.throwIfAborted();
    progress = now;
  };
  const status = new StatusLine(process.stderr, () => formatBackupProgress(progress));
  status.start();
  try {
    const { backUp } = await import('../library/upkeep.js');
    await backUp(db, file, { isForced: force, isKeyless: withoutKey, onProgress });
  } catch (error) {
    if (error !== stop.reason || !stop.aborted) throw error;
    endBySignal(stop);
    note('gatetape: the backup was stopped: nothing is left of it');
    return;
  } finally {
    status.stop();
  }
  const { size: bytes } = statSync(file);
  await output.print([JSON.stringify({ event: 'backed_up', db, file, bytes })]);
}

/** `copying: 40 %`. */
function formatBackupProgress({ pages, totalPages }: BackupProgress): string {
  return totalPages === 0 ? 'copying' : `copying: ${Math.floor((100 * pages) / totalPages)} %`;
}
