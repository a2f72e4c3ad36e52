/**
 * Request socket: a socket beside a database, which takes requests for a handover; one line of JSON each way.
 *
 * A request names a command to run, so only the socket's owner may connect, from the moment at which the socket exists.
 */
import { existsSync, lstatSync, realpathSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { dirname, basename, join } from 'node:path';
import { errorCode, StoreError, UsageError } from '../../errors.js';
import type { Log } from '../../host.js';
import { packFailure, type ThreadFailure, unpackFailure } from '../../worker/boundary.js';
import type { SuccessorCommand } from './handed-over.js';

/** Longest path of a socket: 104 bytes with its NUL on macOS, 108 on Linux (unix(4), unix(7)). */
const MAX_PATH_BYTES = 103;

/** Longest request, which has a command line and some variables. */
const MAX_REQUEST_CHARACTERS = 262_144;

/** The group and others may not connect. */
const PRIVATE_UMASK = 0o177;

type Answer = { readonly line: string } | { readonly failure: ThreadFailure };

/** Path of the socket of the database at `path`. */
function findRequestSocket(path: string): string {
  const file = existsSync(path) ? realpathSync(path) : path;
  return join(dirname(file), `${basename(file)}-handover`);
}

/**
 * Asks the recorder of the database at `path` to start `command` and to hand over to it. Resolves to the line that the new
 * recorder has printed; null if no recorder can be asked. Rejects with the error of the new recorder.
 */
export async function askForHandover(path: string, command: SuccessorCommand): Promise<string | null> {
  const socketPath = findRequestSocket(path);
  requireOwnSocket(socketPath);
  const socket = await reach(socketPath);
  if (socket === null) return null;
  socket.write(`${JSON.stringify(command)}\n`);
  const text = await readLine(socket, Infinity);
  if (text === null)
    throw new StoreError(`the recorder of ${path} ended while it handed over`, 'start it without --handover');
  const answer = JSON.parse(text) as Answer;
  if ('failure' in answer) throw unpackFailure(answer.failure);
  return answer.line;
}

/** Throws a StoreError if the socket belongs to another user. */
function requireOwnSocket(socketPath: string): void {
  const found = lstatSync(socketPath, { throwIfNoEntry: false });
  const user = process.geteuid?.();
  if (found === undefined || user === undefined || found.uid === user) return;
  throw new StoreError(`${socketPath} belongs to another user`, 'ask as the user who records');
}

function reach(socketPath: string): Promise<Socket | null> {
  if (Buffer.byteLength(socketPath) > MAX_PATH_BYTES) return Promise.resolve(null);
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath);
    socket.once('connect', () => resolve(socket));
    socket.once('error', (error) => {
      // A killed recorder leaves its socket.
      if (/^(ENOENT|ECONNREFUSED|ENOTSOCK)$/.test(errorCode(error))) resolve(null);
      else
        reject(
          new StoreError(
            `${socketPath} cannot be used (${errorCode(error)})`,
            'ask as the user who records',
            {
              cause: error,
            },
          ),
        );
    });
  });
}

/** First line of a socket; null if the socket ends before, or if the line is too long. */
function readLine(socket: Socket, maxCharacters: number): Promise<string | null> {
  return new Promise((resolve) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (part: string) => {
      text += part;
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end));
      else if (text.length > maxCharacters) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(null));
  });
}

/** Performs a handover; resolves to the line that the new recorder has printed. */
export type PerformHandover = (command: SuccessorCommand) => Promise<string>;

/** An open request socket. */
export interface RequestSocket {
  /** Takes no more requests; earlier ones still get their answers. */
  close(): void;
}

/**
 * Listens for requests beside the database at `path`, into which this process records. If that is impossible, logs it and
 * returns null.
 */
export async function openRequestSocket(
  path: string,
  perform: PerformHandover,
  log: Log,
): Promise<RequestSocket | null> {
  const socketPath = findRequestSocket(path);
  const server = createServer((socket) => void answer(socket, perform));
  try {
    if (Buffer.byteLength(socketPath) > MAX_PATH_BYTES)
      throw new UsageError('its path is too long', 'put the database elsewhere');
    // A killed recorder has left it: this process has the lock of the database.
    rmSync(socketPath, { force: true });
    await listenPrivately(server, socketPath);
    return { close: () => void server.close() };
  } catch (error) {
    const reason = errorCode(error) || (error as Error).message;
    log(
      'warn',
      `there can be no socket ${socketPath} (${reason}): send SIGUSR2 to hand over`,
      'handover_unavailable',
    );
    return null;
  }
}

function listenPrivately(server: Server, socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const before = process.umask(PRIVATE_UMASK);
    try {
      // Binds in this turn, so that the umask applies.
      server.listen(socketPath, resolve);
    } finally {
      process.umask(before);
    }
  });
}

async function answer(socket: Socket, perform: PerformHandover): Promise<void> {
  const text = await readLine(socket, MAX_REQUEST_CHARACTERS);
  if (text === null) return;
  let reply: Answer;
  try {
    reply = { line: await perform(readCommand(text)) };
  } catch (error) {
    reply = { failure: packFailure(error) };
  }
  socket.end(`${JSON.stringify(reply)}\n`);
}

function readCommand(text: string): SuccessorCommand {
  const { words, cwd, env } = readObject(text);
  const isCommand = isList(words) && words.length > 0 && typeof cwd === 'string' && isObject(env);
  if (
    !isCommand ||
    ![...words, ...(Object.values(env) as unknown[])].every((each) => typeof each === 'string')
  )
    throw new UsageError(
      'this is no request for a handover',
      'let two of the same version of gatetape do it',
    );
  return { words: words as string[], cwd, env: env as Record<string, string> };
}

function readObject(text: string): object & Partial<Record<keyof SuccessorCommand, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
