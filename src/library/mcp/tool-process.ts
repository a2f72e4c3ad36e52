/**
 * Tool process: runs the calls of a server in a child, one after the other, each with a time limit and bounded memory.
 *
 * A call that takes too long, or that the client cancels, ends with the child; the next one starts another.
 */
import { type ChildProcess, fork } from 'node:child_process';
import type { ToolCall, ToolReply } from './tool-entry.js';

/** Time of one call, in ms. */
const CALL_MS = 30_000;
/** Memory of the child's JavaScript, in MiB: enough for two long sessions side by side. */
const MEMORY_MIB = 1_024;

const ENTRY = new URL('./tool-entry.js', import.meta.url);
const TOO_LONG: ToolReply = {
  text: `it took longer than ${CALL_MS / 1_000} s: ask for less, such as one session or a shorter time`,
  isError: true,
};
const CANCELLED: ToolReply = { text: 'it was cancelled: nothing is to do', isError: true };
const DIED: ToolReply = {
  text: 'the process that read the file has ended: ask for less, or check the file',
  isError: true,
};

/** Calls of one server. */
export class ToolProcess {
  readonly #callMs: number;
  #child: Child | null = null;
  #last: Promise<unknown> = Promise.resolve();

  constructor(callMs: number = CALL_MS) {
    this.#callMs = callMs;
  }

  /** Runs a call after the earlier ones have ended. */
  run(call: ToolCall, signal: AbortSignal): Promise<ToolReply> {
    const reply = this.#last.then(() => (signal.aborted ? CANCELLED : this.#run(call, signal)));
    this.#last = reply;
    return reply;
  }

  close(): void {
    this.#child?.process.kill('SIGKILL');
    this.#child = null;
  }

  async #run(call: ToolCall, signal: AbortSignal): Promise<ToolReply> {
    const child = (this.#child ??= startChild());
    // Loading it does not count for the time of the call.
    const isLoaded = await child.loaded;
    const reply = isLoaded ? await ask(child.process, call, this.#callMs, signal) : DIED;
    // A call that still runs would answer the next one.
    if (reply === DIED || reply === TOO_LONG || reply === CANCELLED) this.close();
    return reply;
  }
}

interface Child {
  readonly process: ChildProcess;
  /** Whether it has loaded; false if it ended before. */
  readonly loaded: Promise<boolean>;
}

/** It has no stdout, because the server's carries the protocol. */
function startChild(): Child {
  const child = fork(ENTRY, {
    execArgv: [`--max-old-space-size=${MEMORY_MIB}`],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const loaded = new Promise<boolean>((resolve) => {
    const fail = (): void => resolve(false);
    // A child that cannot be started emits `error` and no `exit`.
    child
      .once('message', () => resolve(true))
      .once('exit', fail)
      .once('error', fail);
  });
  return { process: child, loaded };
}

/** Reply to a call, or the reason of a failure. */
function ask(child: ChildProcess, call: ToolCall, callMs: number, signal: AbortSignal): Promise<ToolReply> {
  return new Promise((resolve) => {
    const finish = (reply: ToolReply): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
      child.off('message', take).off('exit', die);
      resolve(reply);
    };
    const take = (reply: unknown): void => finish(reply as ToolReply);
    const die = (): void => finish(DIED);
    const cancel = (): void => finish(CANCELLED);
    const timer = setTimeout(() => finish(TOO_LONG), callMs);
    signal.addEventListener('abort', cancel);
    child.once('message', take).once('exit', die);
    if (signal.aborted) cancel();
    child.send(call, (error) => {
      if (error !== null) die();
    });
  });
}
