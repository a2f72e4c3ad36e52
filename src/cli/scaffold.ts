/**
 * `gatetape scaffold`: writes a test of a recorded session, with its tape, to begin with.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { refusedBySystem, UsageError } from '../errors.js';
import type { IdOrLatest } from '../library/queries.js';
import { SCAFFOLD_LIBRARIES, type ScaffoldLibrary } from '../library/scaffold-code.js';
import { addSettings } from './options/config-options.js';
import { withReader } from './options/query.js';
import { choiceOption, ID, typed } from './options/values.js';
import { printToFile } from './print/file-output.js';

const EXAMPLES = `
Examples:
  gatetape scaffold --session latest
  gatetape scaffold --session 3 --output test/login --library discord.js
  npx vitest run test/login

It writes session-3.tape.ndjson, as gatetape export does, and session-3.test.ts, which plays it with gatetape/vitest
to a client of the recorded library. The library and vitest have to be installed. Files that exist are kept.`;

interface ScaffoldFlags {
  readonly session: IdOrLatest;
  readonly output: string;
  readonly library?: ScaffoldLibrary;
}

/** Adds the command `scaffold`. */
export function addScaffold(program: Command): void {
  addSettings(program.command('scaffold').description('write a test that plays a session to a client'), [
    'db',
  ])
    .addOption(typed('--session <id>', 'the session', ID).default('latest'))
    .option('--output <folder>', 'folder to write to', '.')
    .addOption(
      choiceOption('--library <name>', 'library of the client, if not the recorded one', SCAFFOLD_LIBRARIES),
    )
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run({ session, output, library }: ScaffoldFlags, command: Command): Promise<void> {
  const { makeScaffold } = await import('../library/scaffold.js');
  await withReader(command, async (reader, terminal) => {
    const scaffold = makeScaffold(reader, reader.resolveSession(session), { library });
    const files = scaffold.files.map(({ name, lines }) => ({ path: join(output, name), lines }));
    for (const { path } of files) requireNone(path);
    makeFolder(output);
    for (const { path, lines } of files) await printToFile({ output: path }, terminal.output, lines);
    await terminal.output.print(files.map(({ path }) => path));
    if (scaffold.isLibraryUnknown) {
      terminal.note(
        'gatetape: note: the recording names no library that is known here, so the client is a bare ws: --library chooses another',
      );
    }
  });
}

function requireNone(path: string): void {
  if (existsSync(path)) {
    throw new UsageError(`${path} exists already`, 'choose another folder with --output, or remove it');
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (cause) {
    throw refusedBySystem(`make the folder ${path}`, cause, 'choose another with --output');
  }
}
