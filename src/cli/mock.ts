/**
 * `gatetape mock`: serves a recorded session or a tape as a gateway until it is asked to stop.
 */
import type { Command } from 'commander';
import { UsageError } from '../errors.js';
import { systemHost } from '../host.js';
import { addSettings, configOf } from './settings.js';
import { aborted, stopSignal } from './signals.js';
import { logTo, terminalOf } from './terminal.js';
import { parseId, parseSpeed, typed } from './values.js';

const EXAMPLES = `
Examples:
  gatetape mock --session latest
  gatetape mock --tape tapes/demo.tape.ndjson --listen :0 --speed max`;

/** Adds the command `mock`. */
export function addMock(program: Command): void {
  const command = program
    .command('mock')
    .description('serve a recorded session or a tape as a gateway, until Ctrl-C');
  addSettings(command, ['db', 'listen'])
    .addOption(typed('--session <id>', 'session of the database', 'an id or latest', parseId))
    .option('--tape <file>', 'tape to serve instead of a session')
    .addOption(
      typed('--speed <factor>', 'pace', 'a factor such as 10, or max for no pauses', parseSpeed).default(1),
    )
    .addHelpText('after', EXAMPLES)
    .action(run);
}

interface MockFlags {
  readonly session?: number | 'latest';
  readonly tape?: string;
  readonly speed: number | 'max';
}

async function run({ session, tape, speed }: MockFlags, command: Command): Promise<void> {
  if (session !== undefined && tape !== undefined) {
    throw new UsageError('--session and --tape exclude each other', 'give one of them');
  }
  if (session === undefined && tape === undefined) {
    throw new UsageError('there is nothing to serve', 'give --session latest, or --tape FILE');
  }
  const { db, listen } = configOf(command);
  const { output, note } = terminalOf(command);
  const stop = stopSignal();
  const [{ loadRecording }, { serveRecording }] = await Promise.all([
    import('../library/recording.js'),
    import('../mock/server.js'),
  ]);
  const loaded = loadRecording(tape === undefined ? { session: session ?? 'latest', db } : { tape });
  const host = systemHost(logTo(note));
  const gateway = await serveRecording(loaded.recording, { host, listen, speed });
  const { gatewayUrl, apiUrl } = gateway;
  const source = { upstream: null, db: tape === undefined ? db : null, session: loaded.session };
  await output.print([JSON.stringify({ event: 'listening', gatewayUrl, apiUrl, ...source })]);
  await aborted(stop);
  await gateway.close();
}
