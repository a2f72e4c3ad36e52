/**
 * `gatetape import`: reads an exported file into a database, as a new capture.
 */
import type { Command } from 'commander';
import { FORM_NAMES, type FormName } from '../library/forms/form.js';
import type { ImportStep } from '../library/import.js';
import { addSettings, readConfig } from './options/config-options.js';
import { takeSteps } from './print/steps.js';
import { openTerminal } from './print/terminal.js';
import { formatBytes, plural } from '../units.js';
import { choiceOption } from './options/values.js';

const EXAMPLES = `
Examples:
  gatetape import login.tape.ndjson --db tests.sqlite
  gatetape import discord.com.har
  gatetape import page.har --api http://localhost:3001/api   requests below that URL become REST calls

Ctrl-C stops between two transactions: the database stays sound, and what is in it by then stays there.`;

/** Adds the command `import`. */
export function addImport(program: Command): void {
  const command = program
    .command('import')
    .description('read an exported file into a database')
    .argument('<file>', 'file to read');
  addSettings(command, ['db', 'keyFile', 'redact', 'maxPayloadBytes', 'api'])
    .addOption(choiceOption('--as <form>', 'form of the file (default: what its content says)', FORM_NAMES))
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(file: string, { as }: { readonly as?: FormName }, command: Command): Promise<void> {
  const { db, keyFile, redact, maxPayloadBytes, api } = readConfig(command);
  const { output, note } = openTerminal(command);
  const { importSteps } = await import('../library/import.js');
  const steps = importSteps({
    ...{ file, db, keyFile, redact, maxPayloadBytes, api },
    ...(as === undefined ? {} : { as }),
  });
  let last = null as ImportStep | null;
  const isWhole = await takeSteps(
    steps,
    (step) => (last = step),
    () => formatImportProgress(last),
  );
  if (!isWhole) {
    note(
      `gatetape: the import was stopped: ${plural(last?.summary.frames ?? 0, 'frame')} of it are in ${db}`,
    );
  }
  for (const line of notesOn(file, last)) note(`gatetape: ${line}`);
  await output.print([JSON.stringify({ event: 'imported', db, ...last?.summary })]);
}

/** Remarks on data of the file that was not imported, a sentence each. */
function notesOn(file: string, step: ImportStep | null): readonly string[] {
  if (step === null) return [];
  const { leftOut, remarks } = step;
  const entries = leftOut === 1 ? '1 entry' : `${leftOut} entries`;
  const foreign = leftOut === 0 ? [] : [`left out ${entries} of ${file}, neither gateway nor API`];
  return [...foreign, ...remarks.map((remark) => `${file}: ${remark}`)];
}

/** Text of the status line. */
function formatImportProgress(step: ImportStep | null): string {
  if (step === null) return 'importing';
  const { summary, readBytes, fileBytes } = step;
  const frames = plural(summary.frames, 'frame');
  return `importing: ${frames}, ${formatBytes(readBytes)} of ${formatBytes(fileBytes)} read`;
}
