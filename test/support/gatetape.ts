/** The built program as a child process: what it prints, how it ends, and lines as they come. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** The program as the package has it. */
export const MAIN = fileURLToPath(new URL('../../dist/bundle/main.js', import.meta.url));

/** How a run ended. */
export interface Result {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
}

/** What a run may be given. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Leaves stdin open, for a test that writes to it. */
  readonly isInputOpen?: boolean;
}

/** A running program. It is killed when the test ends, if it has not ended before. */
export class Gatetape {
  readonly process: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #closed: Promise<unknown>;
  #stdout = '';
  #stderr = '';

  constructor(args: readonly string[], { cwd, env = {}, input, isInputOpen = false }: RunOptions = {}) {
    if (!existsSync(MAIN)) throw new Error('the program is not built: npm run build');
    const { PATH, HOME } = process.env;
    this.process = spawn(process.execPath, [MAIN, ...args], { cwd, env: { PATH, HOME, ...env } });
    const lines: Interface = createInterface({ input: this.process.stdout });
    this.#lines = lines[Symbol.asyncIterator]();
    this.process.stdout.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
    this.process.stderr.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    this.process.stdin.on('error', () => undefined);
    if (!isInputOpen) this.process.stdin.end(input);
    this.#closed = once(this.process, 'close');
    onTestFinished(async () => {
      this.process.kill('SIGKILL');
      await this.#closed;
    });
  }

  /** Next line of stdout; throws when the program ends instead. */
  async line(): Promise<string> {
    const next = await this.#lines.next();
    if (next.done === true) throw new Error(`no more lines; stderr: ${this.#stderr}`);
    return next.value;
  }

  /** What was printed on stderr so far. */
  get stderr(): string {
    return this.#stderr;
  }

  signal(name: NodeJS.Signals): void {
    this.process.kill(name);
  }

  /** Waits for the end. */
  async ended(): Promise<Result> {
    await this.#closed;
    return { stdout: this.#stdout, stderr: this.#stderr, exitCode: this.process.exitCode };
  }
}

/** Runs the program to its end. */
export function gatetape(args: readonly string[], options?: RunOptions): Promise<Result> {
  return new Gatetape(args, options).ended();
}
