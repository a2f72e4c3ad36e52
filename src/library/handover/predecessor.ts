/**
 * Predecessor: the recorder that has started this process to take over from it, seen from this process.
 *
 * If it ends before it has handed everything over, its answers are null, and this process starts like any recorder.
 */
import { existsSync, realpathSync } from 'node:fs';
import { Server } from 'node:net';
import { resolve } from 'node:path';
import type { ListenAddress } from '../../serving/address.js';
import type { Adopt } from '../../serving/http.js';
import { packFailure } from '../../worker/boundary.js';
import {
  PREDECESSOR_VARIABLE,
  type ListenAddresses,
  type FromPredecessor,
  type FromSuccessor,
  type ListenerName,
} from './messages.js';

type Answer<T extends FromPredecessor['type']> = Extract<FromPredecessor, { readonly type: T }>;

/** The recorder that has started this process. */
export class Predecessor {
  readonly #drainMs: number | null;
  #addresses: ListenAddresses = { proxy: null, metrics: null };

  /** `drainMs`: time for which it may go on serving its open connections; null for no limit. */
  constructor(drainMs: number | null) {
    this.#drainMs = drainMs;
  }

  /** Receives the addresses on which it listens. */
  async begin(): Promise<void> {
    const answer = await this.#ask({ type: 'hello' }, 'begin');
    if (answer !== null) this.#addresses = answer.addresses;
  }

  /** Function that gets its socket for an address; null if it does not listen there. */
  lend(name: ListenerName, listen: ListenAddress): Adopt | null {
    const own = this.#addresses[name];
    if (own?.host !== listen.host || own.port !== listen.port) return null;
    return async (server) => {
      let isAdopted = false;
      await this.#ask({ type: 'take', name }, 'listener', (handle) => {
        // In the same turn, because the received server accepts connections at once.
        if (handle instanceof Server) server.listen(handle);
        isAdopted = handle instanceof Server;
      });
      return isAdopted;
    };
  }

  /** Asks it to leave the database at `path` to this process. Resolves to its answer, or null if it has ended. */
  askForDatabase(path: string): Promise<Answer<'made way'> | null> {
    const db = existsSync(path) ? realpathSync(path) : resolve(path);
    return this.#ask({ type: 'prepared', db, drainMs: this.#drainMs }, 'made way');
  }

  /** Reports that this process accepts clients; resolves when the other one has stopped listening. */
  async release(): Promise<void> {
    await this.#ask({ type: 'accepting' }, 'released');
  }

  /** Sends the line that this process has printed, and closes the channel. */
  async leave(line: string): Promise<void> {
    await send({ type: 'listening', line });
    if (process.connected) process.disconnect();
  }

  /** Reports why this process cannot start. */
  fail(error: unknown): Promise<void> {
    return send({ type: 'failed', failure: packFailure(error) });
  }

  /** Sends a message, and processes its answer, with its handle if it has one, in the turn in which it arrives. */
  #ask<T extends FromPredecessor['type']>(
    message: FromSuccessor,
    type: T,
    take: (handle: unknown) => void = () => undefined,
  ): Promise<Answer<T> | null> {
    if (!process.connected) return Promise.resolve(null);
    return new Promise((resolve) => {
      const end = (answer: Answer<T> | null): void => {
        process.off('message', hear).off('disconnect', leave);
        resolve(answer);
      };
      const leave = (): void => end(null);
      const hear = (answer: FromPredecessor, handle: unknown): void => {
        if (answer.type !== type) return;
        take(handle);
        end(answer as Answer<T>);
      };
      process.on('message', hear).on('disconnect', leave);
      void send(message);
    });
  }
}

/** Sends a message; resolves when it was sent or has failed. */
function send(message: FromSuccessor): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(message, undefined, undefined, () => resolve());
  });
}

/** The recorder that has started this process, or null. Removes the variable that names it, so that no child inherits it. */
export function findPredecessor(drainMs: number | null): Predecessor | null {
  const pid = process.env[PREDECESSOR_VARIABLE];
  Reflect.deleteProperty(process.env, PREDECESSOR_VARIABLE);
  return pid === String(process.ppid) && process.send !== undefined ? new Predecessor(drainMs) : null;
}
