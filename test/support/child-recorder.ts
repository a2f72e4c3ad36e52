/** A recorder in a process of its own, to be killed, starved or weighed. Runs the compiled library. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import type { RecorderOptions } from '../../src/library/record.js';

const LIBRARY = new URL('../../dist/library/record.js', import.meta.url).href;

/** Starts with options as JSON; prints its URL, then answers each line with its memory, and `close` with its end. */
const PROGRAM = `
import { startRecorder } from ${JSON.stringify(LIBRARY)};
import { createInterface } from 'node:readline';
const say = (value) => console.log(JSON.stringify(value));
const log = (level, line) => say({ level, line });
const recorder = await startRecorder({ ...JSON.parse(process.env.OPTIONS), log });
say({ gatewayUrl: recorder.gatewayUrl });
for await (const line of createInterface({ input: process.stdin })) {
  if (line !== 'close') say({ rss: process.memoryUsage.rss(), figures: recorder.figures() });
  else await recorder.close().then(
    (summary) => say({ summary }),
    (error) => say({ name: error.name, message: error.message, exitCode: error.exitCode }),
  );
}`;

/** A running child. */
export class ChildRecorder {
  readonly process: ChildProcess;
  readonly said: Record<string, unknown>[] = [];
  gatewayUrl = '';

  private constructor(process: ChildProcess) {
    this.process = process;
  }

  /** Starts it; `maxFileBytes` bounds the size of any file that it writes, as a full disk would. */
  static async start(options: RecorderOptions, maxFileBytes?: number): Promise<ChildRecorder> {
    const limit = maxFileBytes === undefined ? '' : `ulimit -f ${Math.ceil(maxFileBytes / 1024)}; `;
    const child = spawn(
      'bash',
      ['-c', `${limit}exec "$0" --input-type=module -e "$1"`, process.execPath, PROGRAM],
      {
        env: { ...process.env, OPTIONS: JSON.stringify(options) },
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    const recorder = new ChildRecorder(child);
    onTestFinished(() => void child.kill('SIGKILL'));
    let rest = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      recorder.said.push(...lines.map((line) => JSON.parse(line) as Record<string, unknown>));
      child.emit('said');
    });
    recorder.gatewayUrl = String((await recorder.#hear('gatewayUrl'))['gatewayUrl']);
    return recorder;
  }

  /** Resident memory, in bytes. */
  async residentBytes(): Promise<number> {
    this.process.stdin?.write('?\n');
    return Number((await this.#hear('rss'))['rss']);
  }

  /** Closes the recorder and gives what it said: its summary, or its error. */
  async close(): Promise<Record<string, unknown>> {
    this.process.stdin?.write('close\n');
    const last = await this.#hear('summary', 'exitCode');
    this.process.stdin?.end();
    return last;
  }

  /** Kills it as nothing can be prepared for. */
  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await once(this.process, 'exit');
  }

  async #hear(...keys: readonly string[]): Promise<Record<string, unknown>> {
    for (;;) {
      const index = this.said.findIndex((message) => keys.some((key) => key in message));
      const [message] = index === -1 ? [] : this.said.splice(index, 1);
      if (message !== undefined) return message;
      await once(this.process, 'said');
    }
  }
}
