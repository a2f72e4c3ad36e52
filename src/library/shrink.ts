/**
 * Shrink: finds the smallest tape on which a command still fails, by repeated runs.
 *
 * Each run gets its own mock, on a free port, whose URLs are in the command's environment. A smaller tape
 * counts when the command ends as it did on the whole one: with the same exit code, or by the same signal.
 */
import { spawn } from 'node:child_process';
import { refusedBySystem, UsageError } from '../errors.js';
import type { Host } from '../host.js';
import { serveRecordings } from '../mock/server.js';
import type { Speed } from '../replay/clock.js';
import type { Recording } from '../replay/recording.js';
import { shrinkRecording } from '../replay/shrink/search.js';
import { formatTape } from '../replay/tape/tape.js';
import { removeSecrets } from './leaks.js';
import { loadRecording, type RecordingSource } from './recording.js';

export type { Recording } from '../replay/recording.js';

/** Variables that hold the mock's URLs. */
const URL_VARIABLES = { gateway: 'GATETAPE_GATEWAY_URL', api: 'GATETAPE_API_URL' } as const;

/** Options of a search. */
export interface ShrinkOptions {
  readonly host: Host;
  /** Program and its arguments. */
  readonly command: readonly string[];
  readonly speed: Speed;
  /** Timeout of a run, in ms. */
  readonly timeoutMs: number;
  /** Limit of the number of runs. */
  readonly maxRuns: number;
  /** Ends the search; the result is the best tape so far. */
  readonly stop: AbortSignal;
  /** Called after each run that made the tape smaller. */
  readonly onSmaller: (recording: Recording, runs: number) => void;
}

/** Result of a search. */
export interface Shrunk {
  readonly recording: Recording;
  readonly runs: number;
  /** Exit code of the command, the name of the signal that ended it, or `timeout`. */
  readonly failure: string;
  /** Whether the search was completed: then nothing more can be left out. */
  readonly isMinimal: boolean;
}

/** Result of a search that began with a session or a tape. */
export interface ShrunkTape extends Shrunk {
  /** Recording at the start of the search, without secrets. */
  readonly whole: Recording;
  /** Text of the smallest tape found. */
  readonly tape: string;
}

/**
 * Shrinks a session or a tape. Rejects as `shrinkToFailure` does, with a UsageError for an unknown source, and with a
 * StoreError if the database cannot be read.
 */
export async function shrinkSource(source: RecordingSource, options: ShrinkOptions): Promise<ShrunkTape> {
  const whole = removeSecrets(loadRecording(source).recording, { people: 'keep', content: 'keep' });
  const found = await shrinkToFailure(whole, options);
  return { ...found, whole, tape: formatTape(found.recording) };
}

/** Exit status of the command; `0` is success. */
type Ending = string;

/**
 * Shrinks a recording. Rejects with a UsageError if the command cannot be run, or does not fail on the whole recording.
 */
export async function shrinkToFailure(recording: Recording, options: ShrinkOptions): Promise<Shrunk> {
  const failure = await runOnce(recording, options);
  const search = shrinkRecording(recording);
  let found: Shrunk = { recording, runs: 1, failure, isMinimal: false };
  if (isStopped(options)) return found;
  if (failure === '0') {
    throw new UsageError('the command does not fail on the whole recording', 'there is nothing to shrink');
  }
  let next = search.next();
  while (next.done !== true) {
    if (found.runs >= options.maxRuns) return found;
    const isFailing = (await runOnce(next.value, options)) === failure;
    if (isStopped(options)) return found;
    found = { ...found, runs: found.runs + 1 };
    if (isFailing) {
      found = { ...found, recording: next.value };
      options.onSmaller(found.recording, found.runs);
    }
    next = search.next(isFailing);
  }
  return { ...found, recording: next.value, isMinimal: true };
}

// The exit status of an aborted command means nothing.
function isStopped({ stop }: ShrinkOptions): boolean {
  return stop.aborted;
}

async function runOnce(recording: Recording, options: ShrinkOptions): Promise<Ending> {
  const { host, speed } = options;
  const listen = { host: '127.0.0.1', port: 0 };
  await using mock = await serveRecordings([recording], { host, listen, speed });
  const urls = { [URL_VARIABLES.gateway]: mock.gatewayUrl, [URL_VARIABLES.api]: mock.apiUrl };
  return await runToEnding(options, urls);
}

// In its own process group, so that the command's child processes end with it.
function runToEnding(
  { command, timeoutMs, stop }: ShrinkOptions,
  urls: Record<string, string>,
): Promise<Ending> {
  const [program = '', ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { detached: true, stdio: 'ignore', env: { ...process.env, ...urls } });
    let isLate = false;
    const end = (): void => killGroup(child.pid);
    const timer = setTimeout(() => {
      isLate = true;
      end();
    }, timeoutMs);
    stop.addEventListener('abort', end);
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(refusedBySystem(`run ${program}`, error, 'give a command after --'));
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      stop.removeEventListener('abort', end);
      end();
      resolve(isLate ? 'timeout' : String(code ?? signal));
    });
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    return; // the group has ended already
  }
}
