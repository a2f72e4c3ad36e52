/**
 * `gatetape mock`: serves recorded sessions or tapes as a gateway until it is asked to stop.
 */
import type { Command } from 'commander';
import { anyKind, anyText, choiceKind, expecting, text } from '../config/kinds.js';
import { ID, PACE, SEED, TIME, each, typed } from './options/values.js';
import { parseFault, type Fault } from '../config/fault-spec.js';
import { UsageError } from '../errors.js';
import {
  addDemands,
  type DemandFlags,
  FAULT_HELP,
  HIDDEN_CHANNELS,
  readDemands,
} from './options/mock-options.js';
import { listenToKeys } from './process/keyboard.js';
import { addSettings, readConfig } from './options/config-options.js';
import { aborted, stopSignal } from './process/signals.js';
import { createLog, openTerminal } from './print/terminal.js';

const EXAMPLES = `
Examples:
  gatetape mock --session latest
  gatetape mock --tape tapes/demo.tape.ndjson --listen :0 --speed max
  gatetape mock --session 1 --session 2              the shards of a bot, each its own recording
  gatetape mock --session latest --speed step        one frame for each Enter or space
  gatetape mock --session latest --obfuscate permissions
  gatetape mock --session latest --fault reconnect@seq=20 --fault 'duplicate@event=MESSAGE_*'

${FAULT_HELP}`;

/** Adds the command `mock`. */
export function addMock(program: Command): void {
  const command = program
    .command('mock')
    .description('serve recorded sessions or tapes as a gateway, until Ctrl-C');
  addSettings(command, ['db', 'listen', 'allowRemote', 'allowOrigins', 'logFormat', 'logLevel'])
    .addOption(each('--session <id>', 'session of the database', ID))
    .addOption(each('--tape <file>', 'tape to serve instead of a session', expecting('a path', anyText)))
    .addOption(
      typed(
        '--speed <factor>',
        'pace',
        expecting(
          'a factor such as 10, max for no pauses, or step for a frame a key',
          anyKind<number | 'max' | 'step'>(PACE, choiceKind('step')),
        ),
      ).default(1),
    )
    .option('--lockstep', 'let every payload wait for what the client did before it in the recording')
    .addOption(each('--fault <spec>', 'fault to inject', text('NAME[:ARG][@WHEN], see below', parseFault)))
    .addOption(typed('--seed <n>', 'seed of the chance of faults', SEED).default(1));
  command.addOption(
    typed('--rebase <time>', 'when the recording begins', expecting('now, 2h (ago) or an ISO time', TIME)),
  );
  command.addOption(
    typed(
      '--obfuscate <channels>',
      'channels that the client may not view, as gateways send them since November 2026',
      HIDDEN_CHANNELS,
    ),
  );
  addDemands(command).addHelpText('after', EXAMPLES).action(run);
}

interface MockFlags extends DemandFlags {
  readonly session?: readonly (number | 'latest')[];
  readonly tape?: readonly string[];
  readonly speed: number | 'max' | 'step';
  readonly lockstep?: boolean;
  /** µs since the Unix epoch. */
  readonly rebase?: number;
  readonly obfuscate?: 'permissions' | readonly string[];
  readonly fault?: readonly Fault[];
  readonly seed: number;
}

async function run(
  { session, tape, speed, lockstep, rebase, obfuscate, fault, seed, ...demands }: MockFlags,
  command: Command,
): Promise<void> {
  if (session !== undefined && tape !== undefined) {
    throw new UsageError('--session and --tape exclude each other', 'give one of them');
  }
  if (session === undefined && tape === undefined) {
    throw new UsageError('there is nothing to serve', 'give --session latest, or --tape FILE');
  }
  const config = readConfig(command);
  const { db, listen, allowRemote, allowOrigins } = config;
  const { output, note } = openTerminal(command);
  const stop = stopSignal();
  const { serveSources } = await import('../library/mock.js');
  const { gateway, sessions } = await serveSources(tape === undefined ? { session, db } : { tape }, {
    ...readDemands(demands),
    listen,
    allowRemote,
    allowOrigins,
    toUs: rebase,
    hidden: obfuscate,
    log: createLog(note, config),
    speed,
    isLockstep: lockstep ?? false,
    faults: fault,
    seed,
  });
  const { gatewayUrl, apiUrl } = gateway;
  // A number for one session, a list for several, null for tapes.
  const ids = sessions.length > 1 ? sessions : (sessions[0] ?? null);
  const source = { upstream: null, db: tape === undefined ? db : null, session: ids };
  await output.print([JSON.stringify({ event: 'listening', gatewayUrl, apiUrl, ...source })]);
  await (speed === 'step' ? stepped(stop, () => gateway.step()) : aborted(stop));
  await gateway.close();
}

async function stepped(stop: AbortSignal, onStep: () => void): Promise<void> {
  const stopKey = new AbortController();
  const release = listenToKeys(process.stdin, { onStep, onStop: () => stopKey.abort() });
  await Promise.race([aborted(stop), aborted(stopKey.signal)]);
  release();
}
