/** A recorder in a process of its own, to be killed, starved or weighed. Runs the compiled library. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import type { RecorderOptions } from '../../src/library/record.js';

const LIBRARY = new URL('../../dist/library/record.js', import.meta.url).href;

/**
 * Starts with options as JSON; prints its URL, then answers each line with its memory, ends one of its threads as soon as it
 * is named (`recorder`, `writer`), and answers `close` with its end.
 */
const PROGRAM = `
import { createInterface } from 'node:readline';
import threads from 'node:worker_threads';
import { syncBuiltinESMExports } from 'node:module';
const workers = new Map();
const { Worker } = threads;
threads.Worker = class extends Worker {
  constructor(file, options) {
    super(file, options);
    workers.set(options.name.replace('gatetape ', ''), this);
  }
};
syncBuiltinESMExports();
const { startRecorder } = await import(${JSON.stringify(LIBRARY)});
const say = (value) => console.log(JSON.stringify(value));
const log = (level, line) => say({ level, line });
const recorder = await startRecorder({ ...JSON.parse(process.env.OPTIONS), log });
say({ gatewayUrl: recorder.gatewayUrl, metricsUrl: recorder.metricsUrl });
for await (const line of createInterface({ input: process.stdin })) {
  if (workers.has(line)) void workers.get(line).terminate();
  else if (line !== 'close') say({ rss: process.memoryUsage.rss(), figures: recorder.figures() });
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
  metricsUrl = '';

  private constructor(process: ChildProcess) {
    this.process = process;
  }

  /** Starts it, with more variables in its environment; concurrent tests name the hook of their own. */
  static async start(
    options: RecorderOptions,
    environment: Readonly<Record<string, string>> = {},
    whenFinished = onTestFinished,
  ): Promise<ChildRecorder> {
    const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], {
      env: { ...process.env, ...environment, OPTIONS: JSON.stringify(options) },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const recorder = new ChildRecorder(child);
    whenFinished(() => void child.kill('SIGKILL'));
    let rest = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      recorder.said.push(...lines.map((line) => JSON.parse(line) as Record<string, unknown>));
      child.emit('said');
    });
    const { gatewayUrl, metricsUrl } = await recorder.#hear('gatewayUrl');
    recorder.gatewayUrl = String(gatewayUrl);
    recorder.metricsUrl = String(metricsUrl);
    return recorder;
  }

  /** Resident memory, in bytes. */
  async residentBytes(): Promise<number> {
    this.process.stdin?.write('?\n');
    return Number((await this.#hear('rss'))['rss']);
  }

  /** Ends one of its threads wherever that is. */
  endThread(name: 'recorder' | 'writer'): void {
    this.process.stdin?.write(`${name}\n`);
  }

  /** Resolves with the next line of its log that matches. */
  async logged(pattern: RegExp): Promise<string> {
    const isMeant = ({ line }: Record<string, unknown>): boolean => pattern.test(String(line));
    while (!this.said.some(isMeant)) await once(this.process, 'said');
    return String(this.said.find(isMeant)?.['line']);
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
