/**
 * `gatetape compact`: compresses the bodies of a finished recording. All commands read compressed bodies as before.
 */
import type { Command } from 'commander';
import { addSettings, readConfig } from './options/config-options.js';
import { takeSteps } from './print/steps.js';
import { openTerminal } from './print/terminal.js';
import { formatBytes } from '../units.js';

const EXAMPLES = `
Examples:
  gatetape compact --vacuum

The freed space is used by the next recording; --vacuum gives it back to the disk. A run that was broken off goes on
with the next one.`;

/** Adds the command `compact`. */
export function addCompact(program: Command): void {
  const command = program.command('compact').description('compress the bodies of a finished recording');
  addSettings(command, ['db'])
    .option('--vacuum', 'then make the file as small as it gets, which rewrites all of it')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run({ vacuum = false }: { readonly vacuum?: boolean }, command: Command): Promise<void> {
  const { db } = readConfig(command);
  let sums = { bodies: 0, bodyBytes: 0, packedBytes: 0 };
  const { compactFile, fileFigures, vacuumFile } = await import('../library/upkeep.js');
  const isWhole = await takeSteps(
    compactFile(db),
    (step) => (sums = step),
    () => `compacting: ${formatBytes(sums.bodyBytes)} in ${formatBytes(sums.packedBytes)}`,
  );
  if (isWhole && vacuum) vacuumFile(db);
  const { output, note } = openTerminal(command);
  const { fileBytes, freeBytes } = fileFigures(db);
  await output.print([JSON.stringify({ event: 'compacted', db, ...sums, isWhole, fileBytes, freeBytes })]);
  if (isWhole && freeBytes > 0) {
    note(
      `${db} takes ${formatBytes(fileBytes)}, of which ${formatBytes(freeBytes)} are free for the next recording; ` +
        `gatetape compact --vacuum --db ${db} leaves ${formatBytes(fileBytes - freeBytes)}`,
    );
  }
}
