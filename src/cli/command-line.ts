/**
 * The command line: the table of commands.
 *
 * Each command has its own file. Only the command that runs is loaded, because loading all of them takes longer than
 * most of them run; the help of the program and `completion` load all. Errors are handled in main.ts.
 */
import { Command } from 'commander';
import { didYouMean } from '../closest.js';
import { UsageError } from '../errors.js';
import { version } from '../library/version.js';

const EXAMPLES = `
Examples:
  gatetape demo                                  see the whole loop on this machine, offline
  gatetape record                                record what comes to http://127.0.0.1:7331/api
  gatetape stats                                 opcodes and events of gatetape.sqlite
  gatetape frames --follow --event 'MESSAGE_*'   watch messages while they are recorded
  gatetape ui --open                             look at it in the browser
  gatetape mock --session latest                 serve the last session to a client under test

Exit codes: 0 done, 1 something differs or was found, 2 wrong use, 3 database or disk, 4 network, 70 a bug.`;

/** Adds a command to the program. */
type AddCommand = (program: Command) => void;

/** The commands by the heading that the help has above them, in its order, each with its loader. */
const COMMANDS: Readonly<Record<string, Readonly<Record<string, () => Promise<AddCommand>>>>> = {
  'Record:': {
    record: async () => (await import('./record.js')).addRecord,
    ca: async () => (await import('./ca.js')).addCa,
  },
  'Look:': {
    stats: async () => (await import('./stats.js')).addStats,
    sessions: async () => (await import('./lists.js')).addSessions,
    connections: async () => (await import('./lists.js')).addConnections,
    frames: async () => (await import('./frames.js')).addFrames,
    show: async () => (await import('./show.js')).addShow,
    http: async () => (await import('./http.js')).addHttp,
    heartbeats: async () => (await import('./heartbeats.js')).addHeartbeats,
    gaps: async () => (await import('./gaps.js')).addGaps,
    observations: async () => (await import('./gaps.js')).addObservations,
    opcodes: async () => (await import('./opcodes.js')).addOpcodes,
    sql: async () => (await import('./sql.js')).addSql,
    drift: async () => (await import('./drift.js')).addDrift,
    lint: async () => (await import('./lint.js')).addLint,
    why: async () => (await import('./why.js')).addWhy,
    flow: async () => (await import('./flow.js')).addFlow,
    decode: async () => (await import('./decode.js')).addDecode,
    ui: async () => (await import('./ui.js')).addUi,
    mcp: async () => (await import('./mcp.js')).addMcp,
    views: async () => (await import('./views.js')).addViews,
  },
  'Keep:': {
    export: async () => (await import('./export.js')).addExport,
    import: async () => (await import('./import.js')).addImport,
    scrub: async () => (await import('./scrub.js')).addScrub,
    check: async () => (await import('./check.js')).addCheck,
    backup: async () => (await import('./backup.js')).addBackup,
    prune: async () => (await import('./prune.js')).addPrune,
    compact: async () => (await import('./compact.js')).addCompact,
    ship: async () => (await import('./ship.js')).addShip,
  },
  'Replay:': {
    mock: async () => (await import('./mock.js')).addMock,
    replay: async () => (await import('./replay.js')).addReplay,
    diff: async () => (await import('./diff.js')).addDiff,
    shrink: async () => (await import('./shrink.js')).addShrink,
    scaffold: async () => (await import('./scaffold.js')).addScaffold,
    demo: async () => (await import('./demo.js')).addDemo,
  },
  'Set up:': {
    doctor: async () => (await import('./doctor.js')).addDoctor,
    completion: async () => (await import('./completion.js')).addCompletion,
  },
};

/** The command line for `args`, ready to parse: the command that they begin with, else all. Parsing throws all errors. */
export async function commandLine(args: readonly string[]): Promise<Command> {
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
  const all = Object.entries(COMMANDS).flatMap(([heading, commands]) =>
    Object.entries(commands).map(([name, load]) => ({ heading, name, load })),
  );
  const named = all.filter(({ name }) => name === args[0]);
  const isAll = named.length === 0 || args[0] === 'completion';
  for (const { heading, load } of isAll ? all : named) {
    program.commandsGroup(heading);
    (await load())(program);
  }
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
