/**
 * `gatetape shrink`: finds the smallest tape on which a command still fails.
 */
import type { Command } from 'commander';
import { expecting } from '../config/kinds.js';
import { COUNT, DURATION, ID, PACE, typed } from './options/values.js';
import { UsageError } from '../errors.js';
import { systemHost } from '../host.js';
import type { Recording } from '../library/shrink.js';
import { type OutputFlags, printToFile } from './print/file-output.js';
import { addSettings, readConfig } from './options/config-options.js';
import { stopSignal } from './process/signals.js';
import { createLog, openTerminal } from './print/terminal.js';
import { plural } from '../units.js';

const EXAMPLES = `
The command finds the mock in the variables GATETAPE_GATEWAY_URL and GATETAPE_API_URL. A smaller tape counts when the
command ends with the same exit code as on the whole one. Ctrl-C stops, and writes the smallest tape found so far.

Examples:
  gatetape shrink --session latest --output bug.tape.ndjson -- npm test
  gatetape shrink --tape crash.tape.ndjson --timeout 10s -- node bot.js > bug.tape.ndjson`;

const RUNS = 1000;
const TIMEOUT_US = 30_000_000;

/** Adds the command `shrink`. */
export function addShrink(program: Command): void {
  const command = program
    .command('shrink')
    .description('find the smallest tape on which a command still fails')
    .argument('<command...>', 'program and arguments, after --');
  addSettings(command, ['db'])
    .addOption(typed('--session <id>', 'session of the database', ID))
    .option('--tape <file>', 'tape to shrink instead of a session')
    .addOption(typed('--speed <factor>', 'pace', expecting(`${PACE.expected} (default)`, PACE)))
    .addOption(
      typed('--timeout <span>', 'end of a run', expecting('30s, 500ms', DURATION)).default(TIMEOUT_US, '30s'),
    )
    .addOption(
      typed(
        '--runs <n>',
        'how often the command may be run',
        expecting(`1 or more (default ${RUNS})`, COUNT),
      ),
    )
    .option('--output <file>', 'tape to write (default: standard output, as with -)')
    .option('--force', 'replace the file if it exists')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

interface ShrinkFlags extends OutputFlags {
  readonly session?: number | 'latest';
  readonly tape?: string;
  readonly speed?: number | 'max';
  /** µs. */
  readonly timeout: number;
  readonly runs?: number;
}

async function run(words: readonly string[], flags: ShrinkFlags, command: Command): Promise<void> {
  const { session, tape, speed = 'max', timeout, runs: maxRuns = RUNS } = flags;
  if ((session === undefined) === (tape === undefined)) {
    throw new UsageError('shrink takes either a session or a tape', 'give --session latest, or --tape FILE');
  }
  const { db } = readConfig(command);
  const { output, note } = openTerminal(command);
  const stop = stopSignal();
  const { shrinkSource } = await import('../library/shrink.js');
  const source = tape === undefined ? { session: session ?? 'latest', db } : { tape };
  const found = await shrinkSource(source, {
    host: systemHost(createLog(note)),
    command: words,
    speed,
    timeoutMs: timeout / 1_000,
    maxRuns,
    stop,
    onSmaller: (smaller, runs) => note(`run ${runs}: still fails with ${formatSize(smaller)}`),
  });
  const end = found.isMinimal ? 'nothing more can be left out' : 'stopped before the end';
  note(
    `from ${formatSize(found.whole)} to ${formatSize(found.recording)} in ${plural(found.runs, 'run')}: ${end}`,
  );
  await printToFile(flags, output, [found.tape.trimEnd()]);
}

function formatSize({ steps, exchanges }: Recording): string {
  const bytes = steps.reduce((sum, step) => sum + (step.type === 'payload' ? step.text.length : 0), 0);
  return `${plural(steps.length + exchanges.length, 'step')} (${bytes} B)`;
}
