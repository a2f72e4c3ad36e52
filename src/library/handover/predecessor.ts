/**
 * Predecessor: the recorder that has started this process to go on in its place, seen from here.
 *
 * If it ends before it has handed everything over, every answer is null, and this process starts as any recorder does.
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

  /** `drainMs`: how long it may serve the connections that it has; null for no limit. */
  constructor(drainMs: number | null) {
    this.#drainMs = drainMs;
  }

  /** Learns what it listens on. */
  async begin(): Promise<void> {
    const answer = await this.#ask({ type: 'hello' }, 'begin');
    if (answer !== null) this.#addresses = answer.addresses;
  }

  /** How to get its socket for an address; null if it does not listen there. */
  lend(name: ListenerName, listen: ListenAddress): Adopt | null {
    const own = this.#addresses[name];
    if (own?.host !== listen.host || own.port !== listen.port) return null;
    return async (server) => {
      let isAdopted = false;
      await this.#ask({ type: 'take', name }, 'listener', (handle) => {
        // In the same turn: the received server accepts from now on.
        if (handle instanceof Server) server.listen(handle);
        isAdopted = handle instanceof Server;
      });
      return isAdopted;
    };
  }

  /** Asks it to leave the database at `path` to this process; its answer, or null if it has ended. */
  askForDatabase(path: string): Promise<Answer<'made way'> | null> {
    const db = existsSync(path) ? realpathSync(path) : resolve(path);
    return this.#ask({ type: 'prepared', db, drainMs: this.#drainMs }, 'made way');
  }

  /** This process serves clients; resolves when the other one does not any more. */
  async release(): Promise<void> {
    await this.#ask({ type: 'accepting' }, 'released');
  }

  /** Says what this process has printed, and leaves the other one. */
  async leave(line: string): Promise<void> {
    await send({ type: 'listening', line });
    if (process.connected) process.disconnect();
  }

  /** Says why this process cannot start. */
  fail(error: unknown): Promise<void> {
    return send({ type: 'failed', failure: packFailure(error) });
  }

  /** Sends a message, and takes its answer, with a handle that comes with it, in the turn in which it arrives. */
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

/** Resolves when a message was sent, or cannot be. */
function send(message: FromSuccessor): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(message, undefined, undefined, () => resolve());
  });
}

/** The recorder that has started this process, or null. The variable that names it is of no use to others. */
export function findPredecessor(drainMs: number | null): Predecessor | null {
  const pid = process.env[PREDECESSOR_VARIABLE];
  Reflect.deleteProperty(process.env, PREDECESSOR_VARIABLE);
  return pid === String(process.ppid) && process.send !== undefined ? new Predecessor(drainMs) : null;
}
