/**
 * Successor: a process that is started to take over from a running recorder, seen from that recorder.
 *
 * Sockets can be sent only to a child process, so the running recorder starts the new one (Node.js documentation,
 * `subprocess.send`). The new one then outlives it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import type { Server } from 'node:net';
import { StoreError, UsageError } from '../../errors.js';
import { unpackFailure } from '../../worker/boundary.js';
import type { HandedOver, SuccessorCommand } from './handed-over.js';
import {
  PREDECESSOR_VARIABLE,
  type ListenAddresses,
  type FromPredecessor,
  type FromSuccessor,
  type ListenerName,
} from './messages.js';

/** Parts of the running recorder that are handed over. */
export interface HandoverParts {
  readonly db: string;
  readonly addresses: ListenAddresses;
  readonly listeners: Readonly<Record<ListenerName, Server | null>>;
  /** Renames the database, so that its name is free for the successor; resolves to the new path, or null. */
  readonly makeWay: () => Promise<string | null>;
  /** Undoes the renaming. */
  readonly moveBack: () => Promise<void>;
  /** Stops listening; the successor serves new clients. */
  readonly release: (drainMs: number | null) => Promise<void>;
}

/** Time limit for a successor to record; on a busy machine a start takes seconds. */
const START_LIMIT_MS = 60_000;

/**
 * Starts a successor and hands over to it. Rejects if it cannot start, with its error if it has sent one; the running
 * recorder then goes on as before, unless it has already released its sockets.
 */
export function handOver(command: SuccessorCommand, parts: HandoverParts): Promise<HandedOver> {
  return new Handover(command, parts).handedOver;
}

class Handover {
  readonly handedOver: Promise<HandedOver>;
  readonly #parts: HandoverParts;
  readonly #child: ChildProcess;
  readonly #timer: NodeJS.Timeout;
  #failure: Error | null = null;
  #file: string | null = null;
  #drainMs: number | null = null;
  #isReleased = false;
  /** Answers the successor's messages one after the other. */
  #turn: Promise<void> = Promise.resolve();
  #resolve: (handedOver: HandedOver) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  constructor({ words, cwd, env }: SuccessorCommand, parts: HandoverParts) {
    this.#parts = parts;
    this.handedOver = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const [program = process.execPath, ...args] = words;
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env, [PREDECESSOR_VARIABLE]: String(process.pid) },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#child = child;
    this.#timer = setTimeout(() => {
      this.#failure ??= new UsageError('the new recorder does not start within a minute', 'start it by hand');
      child.kill('SIGKILL');
    }, START_LIMIT_MS);
    child.on('message', (message: FromSuccessor) => {
      this.#turn = this.#turn.then(() => this.#answer(message)).catch((error: unknown) => this.#abort(error));
    });
    child.once('error', (error) => {
      this.#failure ??= new UsageError(
        `the new recorder cannot be started: ${error.message}`,
        'start it by hand',
      );
      // Without a process there is no event `exit`.
      if (child.pid === undefined) void this.#end('it was not started');
    });
    child.once('exit', (code, signal) => {
      this.#turn = this.#turn.then(() => this.#end(signal ?? `exit code ${code}`));
    });
  }

  async #answer(message: FromSuccessor): Promise<void> {
    const { db, addresses, listeners, makeWay, release } = this.#parts;
    switch (message.type) {
      case 'hello':
        this.#send({ type: 'begin', addresses });
        break;
      case 'prepared': {
        this.#drainMs = message.drainMs;
        const path = realpathSync(db);
        if (message.db === path) {
          this.#file = await makeWay();
          if (this.#file === null)
            throw new StoreError(`the database ${path} cannot be renamed now`, 'the log says why; try again');
        }
        this.#send({ type: 'made way', db: path, file: this.#file });
        break;
      }
      case 'take':
        this.#send({ type: 'listener', name: message.name }, listeners[message.name]);
        break;
      case 'accepting':
        clearTimeout(this.#timer);
        this.#isReleased = true;
        await release(this.#drainMs);
        this.#send({ type: 'released' });
        break;
      case 'listening':
        this.#resolve({ line: message.line, file: this.#file });
        if (this.#child.connected) this.#child.disconnect();
        this.#child.unref();
        break;
      case 'failed':
        this.#failure = unpackFailure(message.failure);
        break;
      default:
    }
  }

  #send(message: FromPredecessor, listener: Server | null = null): void {
    // A failed send needs no handling: the event `exit` follows.
    if (this.#child.connected) this.#child.send(message, listener ?? undefined, undefined, () => undefined);
  }

  #abort(error: unknown): void {
    this.#failure ??= error instanceof Error ? error : new Error(String(error));
    this.#child.kill('SIGKILL');
  }

  async #end(how: string): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#file !== null && !this.#isReleased) await this.#parts.moveBack();
    this.#reject(
      this.#failure ?? new UsageError(`the new recorder has ended (${how})`, 'its own message says why'),
    );
  }
}
