/**
 * `gatetape replay`: plays the client's side of a session or tape against a gateway, and compares the answers.
 *
 * Exit code 1 if they differ.
 */
import type { Command } from 'commander';
import { expecting } from '../config/kinds.js';
import { DURATION, ID, PACE, typed } from './options/values.js';
import { NetworkError, UsageError } from '../errors.js';
import { addDiffOptions, type DiffFlags, ignoredFields, printDiff } from './options/diff-options.js';
import { addSettings, readConfig } from './options/config-options.js';
import { formatJunit } from './print/junit.js';
import { createLog, type Terminal, openTerminal } from './print/terminal.js';

/** Variable with the token for `--against`. Every user of the machine could read a flag. */
export const TOKEN_VARIABLE = 'GATETAPE_TOKEN';

const EXAMPLES = `
The token for --against is taken from a variable, because every user of this machine can read the flags.

Examples:
  gatetape replay --session latest
  gatetape replay --tape login.tape.ndjson --against ws://127.0.0.1:3001 --ignore 'READY:d.user.flags'`;

/** Adds the command `replay`. */
export function addReplay(program: Command): void {
  const command = program
    .command('replay')
    .description('play a recorded client against a gateway, and compare the answers');
  addDiffOptions(addSettings(command, ['db']))
    .addOption(typed('--session <id>', 'session of the database', ID))
    .option('--tape <file>', 'tape to play instead of a session')
    .option('--against <ws-url>', 'gateway to play against (default: a mock of the recording)')
    .addOption(typed('--speed <factor>', 'pace', expecting(`${PACE.expected} (default)`, PACE)))
    .option('--token-env <name>', `variable with the token for --against (default: ${TOKEN_VARIABLE})`)
    .addOption(
      typed(
        '--patience <span>',
        'wait for a payload beyond its time',
        expecting('5s (default), 500ms', DURATION),
      ),
    )
    .addHelpText('after', EXAMPLES)
    .action(run);
}

interface ReplayFlags extends DiffFlags {
  readonly session?: number | 'latest';
  readonly tape?: string;
  readonly against?: string;
  readonly speed?: number | 'max';
  readonly tokenEnv?: string;
  /** µs. */
  readonly patience?: number;
}

async function run(flags: ReplayFlags, command: Command): Promise<void> {
  const { session, tape, patience, against, speed } = flags;
  if ((session === undefined) === (tape === undefined)) {
    throw new UsageError('replay takes either a session or a tape', 'give --session latest, or --tape FILE');
  }
  const { db } = readConfig(command);
  const terminal = openTerminal(command);
  const { replaySession } = await import('../library/replay.js');
  const token = readToken(flags);
  const played = replaySession({
    ignore: ignoredFields(flags),
    ...(against === undefined ? {} : { against }),
    ...(speed === undefined ? {} : { speed }),
    ...(tape === undefined ? { session: session ?? 'latest', db } : { tape }),
    ...(patience === undefined ? {} : { patienceMs: patience / 1_000 }),
    ...(token === undefined ? {} : { token }),
    log: createLog(terminal.note),
  });
  const diff = await played.catch(async (error: unknown) => {
    if (flags.format === 'junit' && error instanceof NetworkError) await printUnplayed(error, terminal);
    throw error;
  });
  await printDiff(diff, flags, terminal);
}

// Without a report a build server would count the run as one without tests.
async function printUnplayed({ message, hint }: NetworkError, { output }: Terminal): Promise<void> {
  const failure = { type: 'unreachable', message, text: hint };
  await output.print(formatJunit('gatetape replay', [{ name: 'the gateway answers', failure }]));
}

function readToken({ tokenEnv }: ReplayFlags): string | undefined {
  const token = process.env[tokenEnv ?? TOKEN_VARIABLE];
  if (token !== undefined || tokenEnv === undefined) return token;
  throw new UsageError(`the variable ${tokenEnv} is not set`, 'set it, or name another one');
}
