/** The built program as a child process: what it prints, how it ends, and lines as they come. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
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
  readonly #closed: Promise<unknown>;
  #stdout = '';
  /** Characters of `#stdout` that were returned as lines. */
  #readLength = 0;
  #stderr = '';

  constructor(args: readonly string[], { cwd, env = {}, input, isInputOpen = false }: RunOptions = {}) {
    if (!existsSync(MAIN)) throw new Error('the program is not built: npm run build');
    const { PATH, HOME } = process.env;
    this.process = spawn(process.execPath, [MAIN, ...args], { cwd, env: { PATH, HOME, ...env } });
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
    // Not readline's iterator, which stops to read stdout behind a thousand lines that nothing asks for.
    const closed = this.#closed.then(() => true);
    for (let isClosed = false; ;) {
      const end = this.#stdout.indexOf('\n', this.#readLength);
      if (end !== -1) {
        const line = this.#stdout.slice(this.#readLength, end);
        this.#readLength = end + 1;
        return line;
      }
      if (isClosed) throw new Error(`no more lines; stderr: ${this.#stderr}`);
      isClosed = await Promise.race([closed, once(this.process.stdout, 'data').then(() => false)]);
    }
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
