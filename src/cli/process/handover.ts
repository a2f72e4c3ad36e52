/**
 * Handover of `record`: who asks for it (SIGUSR2, or another `record --handover`), and what both processes do about it.
 */
import { CONFIG_VARIABLE, nameVariable } from '../../config/load.js';
import { CONFIG_KEYS } from '../../config/schema.js';
import { UsageError } from '../../errors.js';
import type { Log } from '../../host.js';
import type { RequestSocket } from '../../library/handover/request-socket.js';
import type { SuccessorCommand } from '../../library/handover/handed-over.js';
import type { Recorder } from '../../library/record.js';

/** User and password for `--ship-to`, which are no settings. */
const FLEET_VARIABLES = ['CLICKHOUSE_USER', 'CLICKHOUSE_PASSWORD'];

/** This process's own command line, with its settings in the environment, to be started again. */
function readOwnCommand(): SuccessorCommand {
  const names = CONFIG_KEYS.map(nameVariable).concat(CONFIG_VARIABLE, FLEET_VARIABLES);
  const settings = names.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    words: [process.execPath, ...process.execArgv, ...process.argv.slice(1)],
    cwd: process.cwd(),
    env: Object.fromEntries(settings),
  };
}

/** Throws a UsageError where a handover is not possible. */
export function requireHandover(): void {
  if (process.platform !== 'win32') return;
  throw new UsageError('--handover is not there on Windows', 'stop the recorder, and start the new one');
}

/** Asks the recorder of `db` to hand over to this command line; its line `listening`, or null if there is no recorder to ask. */
export async function askToHandOver(db: string): Promise<string | null> {
  const { askForHandover } = await import('../../library/handover/request-socket.js');
  return askForHandover(db, readOwnCommand());
}

/** What the command does when it has handed over. */
export interface HandoverWatcher {
  readonly log: Log;
  /** The other process serves new clients from now on. */
  readonly onReleased: () => Promise<void>;
  /** This process goes on in `file`. */
  readonly onHandedOver: (file: string | null) => void;
}

/** The handovers of one recorder: at most one succeeds. */
export class Handovers {
  readonly #recorder: Recorder;
  readonly #watcher: HandoverWatcher;
  #requestSocket: RequestSocket | null = null;
  #isHandingOver = false;

  constructor(recorder: Recorder, watcher: HandoverWatcher) {
    this.#recorder = recorder;
    this.#watcher = watcher;
  }

  /** Takes requests by SIGUSR2, and those of other processes if `hasSocket`. */
  async take(hasSocket: boolean): Promise<void> {
    process.on('SIGUSR2', () => void this.#handOver(readOwnCommand()).catch(() => undefined));
    if (!hasSocket) return;
    const { openRequestSocket } = await import('../../library/handover/request-socket.js');
    const { config } = this.#recorder;
    this.#requestSocket = await openRequestSocket(
      config.db,
      (command) => this.#handOver(command),
      this.#watcher.log,
    );
  }

  /** Takes no more requests. */
  close(): void {
    this.#requestSocket?.close();
    this.#requestSocket = null;
  }

  async #handOver(command: SuccessorCommand): Promise<string> {
    const { log, onReleased, onHandedOver } = this.#watcher;
    if (process.pid === 1) {
      const refusal = new UsageError(
        'this recorder is the first process of its container, which ends with it',
        'restart the container',
      );
      log('warn', `nothing is handed over: ${refusal.message}: ${refusal.hint}`, 'handover_failed');
      throw refusal;
    }
    if (this.#isHandingOver) throw new UsageError('this recorder is handing over already', 'ask the new one');
    this.#isHandingOver = true;
    try {
      const { line, file } = await this.#recorder.handOver(command, async () => {
        this.close();
        await onReleased();
      });
      onHandedOver(file);
      const where = file === null ? '' : ` into ${file}`;
      log(
        'info',
        `a new recorder takes new clients; those that are connected are recorded${where}`,
        'handed_over',
      );
      return line;
    } catch (error) {
      this.#isHandingOver = false;
      const reason = error instanceof Error ? error.message : String(error);
      log(
        'warn',
        `the new recorder did not start, and this one goes on as before: ${reason}`,
        'handover_failed',
      );
      throw error;
    }
  }
}

/** Tells systemd which process is the service now, if systemd runs it: without that the service would end with the other process. */
export async function nameMainProcess(log: Log): Promise<void> {
  if (process.env['NOTIFY_SOCKET'] === undefined) return;
  const { notifyMainProcess } = await import('../../library/handover/systemd.js');
  const failure = await notifyMainProcess(process.pid);
  if (failure === null) return;
  const line = `systemd does not know that this process is the service now (${failure}): set NotifyAccess=all in the unit`;
  log('warn', line, 'handover_unnoticed');
}
