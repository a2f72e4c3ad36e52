/**
 * The command line: the table of commands.
 *
 * Each command has its own file and imports the heavy parts only when it runs, so that `--help` and `record` start fast.
 * Errors are handled in main.ts.
 */
import { createRequire } from 'node:module';
import { Command } from 'commander';
import { didYouMean } from '../closest.js';
import { UsageError } from '../errors.js';
import { addBackup } from './backup.js';
import { addCheck } from './check.js';
import { addCompact } from './compact.js';
import { addCa } from './ca.js';
import { addDecode } from './decode.js';
import { addDemo } from './demo.js';
import { addDrift } from './drift.js';
import { addDiff } from './diff.js';
import { addExport } from './export.js';
import { addFrames } from './frames.js';
import { addGaps, addObservations } from './gaps.js';
import { addHeartbeats } from './heartbeats.js';
import { addHttp } from './http.js';
import { addImport } from './import.js';
import { addConnections, addSessions } from './lists.js';
import { addLint } from './lint.js';
import { addMcp } from './mcp.js';
import { addMock } from './mock.js';
import { addOpcodes } from './opcodes.js';
import { addPrune } from './prune.js';
import { addRecord } from './record.js';
import { addReplay } from './replay.js';
import { addScrub } from './scrub.js';
import { addShow } from './show.js';
import { addShrink } from './shrink.js';
import { addSql } from './sql.js';
import { addStats } from './stats.js';
import { addWhy } from './why.js';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

const EXAMPLES = `
Examples:
  gatetape demo                                  see the whole loop on this machine, offline
  gatetape record                                record what comes to http://127.0.0.1:7331/api
  gatetape stats                                 opcodes and events of gatetape.sqlite
  gatetape frames --follow --event 'MESSAGE_*'   watch messages while they are recorded
  gatetape mock --session latest                 serve the last session to a client under test

Exit codes: 0 done, 1 something differs or was found, 2 wrong use, 3 database or disk, 4 network, 70 a bug.`;

/** The whole command line, ready to parse. Parsing throws all errors. */
export function commandLine(): Command {
  const program = new Command('gatetape')
    .description('A tape recorder for the Discord gateway: record, decode, query and replay its traffic.')
    .version(version)
    .option('--config <file>', 'JSON file with settings')
    .option('--no-color', 'no colour, not even on a terminal')
    .helpCommand('help [command]', 'help for a command')
    .configureHelp({ showGlobalOptions: true })
    // main.ts prints errors, in our own form.
    .configureOutput({ outputError: () => undefined })
    .exitOverride()
    .addHelpText('after', EXAMPLES);
  program.addHelpText('before', () => requireKnown(program));
  program.commandsGroup('Record:');
  addRecord(program);
  addCa(program);
  program.commandsGroup('Look:');
  [
    addStats,
    addSessions,
    addConnections,
    addFrames,
    addShow,
    addHttp,
    addHeartbeats,
    addGaps,
    addObservations,
    addOpcodes,
    addSql,
    addDrift,
    addLint,
    addWhy,
    addDecode,
    addMcp,
  ].forEach((add) => add(program));
  program.commandsGroup('Keep:');
  [addExport, addImport, addScrub, addCheck, addBackup, addPrune, addCompact].forEach((add) => add(program));
  program.commandsGroup('Replay:');
  [addMock, addReplay, addDiff, addShrink, addDemo].forEach((add) => add(program));
  return program;
}

/** Name of the command that is run, or whose help is shown; null if there is no such command. */
export function namedCommand({ args, commands }: Command): string | null {
  const name = args[0] === 'help' ? args[1] : args[0];
  return commands.find((command) => command.name() === name)?.name() ?? null;
}

/** Throws a UsageError if help for an unknown command is asked for; commander would show the help of all commands. */
function requireKnown(program: Command): string {
  const name = program.args[program.args[0] === 'help' ? 1 : 0] ?? '-';
  if (name.startsWith('-') || namedCommand(program) !== null) return '';
  const known = program.commands.map((command) => command.name());
  throw new UsageError(`unknown command '${name}'`, didYouMean(name, known, 'see gatetape --help'));
}
