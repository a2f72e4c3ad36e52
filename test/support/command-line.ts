/**
 * Command lines run in this process, from the sources: what they print and how they end, for a hundredth of what a
 * process costs.
 *
 * They get streams, variables and an exit code of their own, and run one after the other. What takes a process
 * (signals, closed pipes, another working directory) is for the built program: gatetape.ts.
 */
import { Readable, Writable } from 'node:stream';
import { commandLine, namedCommand } from '../../src/cli/command-line.js';
import { blameDatabase, describeFailure } from '../../src/cli/failure.js';
import type { Result, RunOptions } from './gatetape.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

let last: Promise<unknown> = Promise.resolve();

/** Runs a command line to its end. */
export function runHere(args: readonly string[], options: Omit<RunOptions, 'cwd'> = {}): Promise<Result> {
  const result = last.then(() => run(args, options));
  last = result.catch(() => undefined);
  return result;
}

async function run(args: readonly string[], { env, input = '' }: RunOptions): Promise<Result> {
  const [stdout, stderr] = [new Gathered(), new Gathered()];
  const { PATH, HOME } = process.env;
  const stdin = Readable.from([Buffer.from(input)]);
  const restore = standIn({ stdout, stderr, stdin, env: { PATH, HOME, ...env } });
  const heard = SIGNALS.map((signal) => process.listeners(signal));
  const before = process.exitCode;
  const program = await commandLine(args);
  process.exitCode = 0;
  try {
    await program.parseAsync(args, { from: 'user' });
    return { stdout: stdout.text, stderr: stderr.text, exitCode: process.exitCode };
  } catch (error) {
    const { text, exitCode } = describeFailure(await blameDatabase(error, program), namedCommand(program));
    return { stdout: stdout.text, stderr: stderr.text + (text === null ? '' : `${text}\n`), exitCode };
  } finally {
    process.exitCode = before;
    restore();
    forget(heard);
  }
}

class Gathered extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** Gives `process` other values, until what is returned is called. */
function standIn(values: Readonly<Record<string, unknown>>): () => void {
  const own = Object.keys(values).map(
    (name) => [name, Object.getOwnPropertyDescriptor(process, name)!] as const,
  );
  for (const [name, value] of Object.entries(values)) {
    Object.defineProperty(process, name, { value, writable: true, configurable: true });
  }
  return () => own.forEach(([name, descriptor]) => Object.defineProperty(process, name, descriptor));
}

/** Removes new signal listeners: a command leaves that to the end of its process. */
function forget(heard: readonly (readonly NodeJS.SignalsListener[])[]): void {
  for (const [index, signal] of SIGNALS.entries())
    for (const listener of process.listeners(signal))
      if (heard[index]?.includes(listener) !== true) process.off(signal, listener);
}
