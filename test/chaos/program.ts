/** The built program as a process that can be killed, and that says through a pipe what it has committed. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/bundle/main.js', import.meta.url));
const ACKNOWLEDGE = new URL('./acknowledge.mjs', import.meta.url).href;

/** A run of the program. */
export class Program {
  readonly process: ChildProcess;
  stdout = '';
  stderr = '';
  /** Last committed frame of each file, by its inode. */
  readonly acknowledged = new Map<number, number>();
  readonly #closed: Promise<unknown>;

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.process = spawn(process.execPath, ['--import', ACKNOWLEDGE, MAIN, ...args], {
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], TMPDIR: process.env['TMPDIR'], ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    this.process.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.process.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    createInterface({ input: this.process.stdio[3] as Readable }).on('line', (line) => {
      const [inode, last] = line.split(' ');
      this.acknowledged.set(Number(inode), Number(last));
    });
    this.#closed = once(this.process, 'close');
  }

  /** Resolves with what the program says when it listens, or with null if it ends before. */
  async listening(): Promise<{ readonly gatewayUrl: string } | null> {
    while (!this.stdout.includes('\n') && this.process.exitCode === null && this.process.signalCode === null)
      await Promise.race([this.#closed, once(this.process.stdout!, 'data')]);
    const [line = ''] = this.stdout.split('\n', 1);
    return line === '' ? null : (JSON.parse(line) as { gatewayUrl: string });
  }

  /** Resolves with true when it has said so on stderr, or with false if it ends before. */
  async said(pattern: RegExp): Promise<boolean> {
    const isOver = this.#closed.then(() => true);
    while (!pattern.test(this.stderr))
      if ((await Promise.race([isOver, once(this.process.stderr!, 'data')])) === true)
        return pattern.test(this.stderr);
    return true;
  }

  /** Figures of the line that is printed at the end; null without one. */
  get stopped(): Readonly<Record<string, number>> | null {
    const line = this.stdout.split('\n').find((text) => text.includes('"stopped"'));
    return line === undefined ? null : (JSON.parse(line) as Record<string, number>);
  }

  kill(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  /** Resolves when the process has ended and all that it wrote is here, with the exit code or the signal. */
  async ended(): Promise<number | NodeJS.Signals | null> {
    await this.#closed;
    return this.process.exitCode ?? this.process.signalCode;
  }
}

/** Runs the program to its end. */
export async function runProgram(
  args: readonly string[],
  env?: Readonly<Record<string, string>>,
): Promise<Program> {
  const program = new Program(args, env);
  await program.ended();
  return program;
}
