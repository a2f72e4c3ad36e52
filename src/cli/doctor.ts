/**
 * `gatetape doctor`: says whether this machine can record, and what to do where it cannot. Exit code 1 for a failure.
 */
import type { Command } from 'commander';
import { systemNowUs } from '../host.js';
import type { HealthCheck, HealthState } from '../library/doctor.js';
import { addSettings, readConfig } from './options/config-options.js';
import { choiceOption } from './options/values.js';
import { printable } from '../printable.js';
import { openTerminal, type Terminal } from './print/terminal.js';

const EXAMPLES = `
Examples:
  gatetape doctor
  gatetape doctor --online                  ask the upstream and the API too, without a token
  gatetape doctor --format json | jq '.checks[] | select(.state != "ok")'

Exit codes: 0 it can record, with warnings or without, 1 something fails.`;

const COLOURS = { ok: 'green', warning: 'yellow', failure: 'red' } as const satisfies Record<
  HealthState,
  string
>;

interface DoctorFlags {
  readonly online?: true;
  readonly format: 'table' | 'json';
}

/** Adds the command `doctor`. */
export function addDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .description('check whether this machine can record, and say what to do where it cannot');
  addSettings(command, ['db', 'listen', 'upstream', 'api', 'caDir'])
    .option('--online', 'also ask whether the upstream and the API are reached, and compare clocks')
    .addOption(choiceOption('--format <format>', 'form of output', ['table', 'json']).default('table'))
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run({ online, format }: DoctorFlags, command: Command): Promise<void> {
  const settings = readConfig(command);
  const { examine } = await import('../library/doctor.js');
  const checks = await examine({
    settings,
    isOnline: online === true,
    nodeVersion: process.versions.node,
    nowUs: systemNowUs,
  });
  const isFit = checks.every(({ state }) => state !== 'failure');
  if (!isFit) process.exitCode = 1;
  const terminal = openTerminal(command);
  const lines =
    format === 'json'
      ? [JSON.stringify({ isFit, checks })]
      : checks.map((check) => formatCheck(check, terminal));
  await terminal.output.print(lines);
}

function formatCheck({ check, state, detail, advice }: HealthCheck, { paint }: Terminal): string {
  const line = `${paint(COLOURS[state], state.padEnd(7))}  ${check.padEnd(14)}  ${printable(detail)}`;
  return advice === null ? line : `${line}: ${advice}`;
}
