/**
 * `gatetape replay`: plays the client's side of a session or tape against a gateway, and compares the answers.
 *
 * Exit code 1 when they differ.
 */
import type { Command } from 'commander';
import { UsageError } from '../errors.js';
import { diffLines } from './diff-lines.js';
import { addQueryOptions, formatOf } from './query.js';
import { configOf } from './settings.js';
import { logTo, terminalOf } from './terminal.js';
import { parseDuration, parseId, parseSpeed, typed } from './values.js';

/** Variable with the token for `--against`; a flag would show it to everybody on this machine. */
export const TOKEN_VARIABLE = 'GATETAPE_TOKEN';

const EXAMPLES = `
The token for --against is taken from the variable ${TOKEN_VARIABLE}.

Examples:
  gatetape replay --session latest
  gatetape replay --tape login.tape.ndjson --against ws://127.0.0.1:3001 --ignore 'READY:d.user.flags'`;

/** Adds the command `replay`. */
export function addReplay(program: Command): void {
  const command = program
    .command('replay')
    .description('play a recorded client against a gateway, and compare the answers');
  addQueryOptions(command)
    .addOption(typed('--session <id>', 'session of the database', 'an id or latest', parseId))
    .option('--tape <file>', 'tape to play instead of a session')
    .option('--against <ws-url>', 'gateway to play against (default: a mock of the recording)')
    .addOption(
      typed('--speed <factor>', 'pace', 'a factor such as 10, or max for no pauses (default)', parseSpeed),
    )
    .option('--ignore <rule>', 'field that may differ, as EVENT:PATH; can be given several times', gathered)
    .addOption(
      typed('--patience <span>', 'wait for a payload beyond its time', '5s (default), 500ms', parseDuration),
    )
    .addHelpText('after', EXAMPLES)
    .action(run);
}

interface ReplayFlags {
  readonly session?: number | 'latest';
  readonly tape?: string;
  readonly against?: string;
  readonly speed?: number | 'max';
  readonly ignore?: readonly string[];
  /** µs. */
  readonly patience?: number;
}

async function run({ session, tape, patience, ...options }: ReplayFlags, command: Command): Promise<void> {
  if ((session === undefined) === (tape === undefined)) {
    throw new UsageError('replay takes either a session or a tape', 'give --session latest, or --tape FILE');
  }
  const { db } = configOf(command);
  const terminal = terminalOf(command);
  const { replaySession } = await import('../library/replay.js');
  const token = process.env[TOKEN_VARIABLE];
  const diff = await replaySession({
    ...options,
    ...(tape === undefined ? { session: session ?? 'latest', db } : { tape }),
    ...(patience === undefined ? {} : { patienceMs: patience / 1_000 }),
    ...(token === undefined ? {} : { token }),
    log: logTo(terminal.note),
  });
  await terminal.output.print(diffLines(diff, formatOf(command), terminal));
  if (!diff.equal) process.exitCode = 1;
}

function gathered(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}
