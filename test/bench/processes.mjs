/**
 * Processes that a benchmark starts, what they cost, and their end. Only what was started here is ever stopped.
 *
 * CPU time and memory come from /proc, so the figures need Linux.
 */
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Jiffies a second, which Linux shows to every program (USER_HZ). */
const TICKS = 100;
const KILL_MS = 20_000;
const started = new Set();

process.on('exit', () => {
  for (const child of started) child.kill('SIGKILL');
});

function track(child) {
  started.add(child);
  child.once('exit', () => started.delete(child));
  return child;
}

/** Path of a file of these benchmarks, or of the project with `../../`. */
export function pathOf(name) {
  return fileURLToPath(new URL(name, import.meta.url));
}

/** CPU seconds of a process so far, user and system; of the children that it has waited for, if `ofChildren`. */
export function cpuSecondsOf(pid, { ofChildren = false } = {}) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  const first = ofChildren ? 13 : 11;
  return (Number(fields[first]) + Number(fields[first + 1])) / TICKS;
}

/** Most files and sockets that a process may have open: Node raises what it is given to this. */
export function maxFiles() {
  return Number(/^Max open files +\d+ +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))[1]);
}

/** A load process, which takes orders and answers each when it is done. */
export class Load {
  #child;
  #lastId = 0;

  constructor(child) {
    this.#child = child;
  }

  /** Process id. */
  get pid() {
    return this.#child.pid;
  }

  /** Starts `load/NAME.mjs`. */
  static async start(name) {
    const load = new Load(track(fork(pathOf(`load/${name}.mjs`), { stdio: 'inherit' })));
    if (name === 'gateway') load.port = (await once(load.#child, 'message'))[0].port;
    return load;
  }

  /** Gives an order and resolves with its answer; rejects when the process ends before. */
  order(name, details = {}) {
    const id = (this.#lastId += 1);
    return new Promise((resolve, reject) => {
      const onMessage = (answer) => {
        if (answer.id !== id) return;
        this.#child.off('message', onMessage);
        this.#child.off('exit', onExit);
        resolve(answer);
      };
      const onExit = (code) => reject(new Error(`a load process ended with ${code} during ${name}`));
      this.#child.on('message', onMessage);
      this.#child.once('exit', onExit);
      this.#child.send({ id, order: name, ...details });
    });
  }

  /** Ends the process. */
  async stop() {
    const exited = once(this.#child, 'exit');
    this.#child.disconnect();
    await exited;
  }
}

/** A program under measurement: it prints lines of JSON, the first when it listens. */
export class Program {
  #child;
  #lines;
  #isStopped = false;

  constructor(command, args) {
    this.startedMs = performance.now();
    this.#child = track(spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] }));
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Starts a program of Node's. */
  static node(script, ...args) {
    return new Program(process.execPath, [pathOf(script), ...args]);
  }

  /** Process id. */
  get pid() {
    return this.#child.pid;
  }

  /** Next line of its output, parsed. */
  async nextLine() {
    return JSON.parse(await this.nextText());
  }

  /** Next line of its output. */
  async nextText() {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`${this.#child.spawnargs.slice(0, 3).join(' ')} ended early`);
    return value;
  }

  /** CPU seconds of all its threads so far, user and system. */
  cpuSeconds() {
    return cpuSecondsOf(this.pid);
  }

  /** CPU seconds of the threads of the lowest priority, and of all others. */
  secondsByPriority() {
    const base = `/proc/${this.pid}/task`;
    const seconds = { lowest: 0, others: 0 };
    for (const id of readdirSync(base)) {
      const fields = readFileSync(`${base}/${id}/stat`, 'utf8').split(') ')[1].split(' ');
      seconds[fields[16] === '19' ? 'lowest' : 'others'] += (Number(fields[11]) + Number(fields[12])) / TICKS;
    }
    return seconds;
  }

  /** CPU seconds of the main thread, and of each of the others, the busiest first. */
  threads() {
    const base = `/proc/${this.pid}/task`;
    const secondsOf = (id) => {
      const fields = readFileSync(`${base}/${id}/stat`, 'utf8').split(') ')[1].split(' ');
      return (Number(fields[11]) + Number(fields[12])) / TICKS;
    };
    const others = readdirSync(base).filter((id) => Number(id) !== this.pid);
    return { main: secondsOf(this.pid), others: others.map(secondsOf).sort((a, b) => b - a) };
  }

  /** Resident memory now, in bytes. */
  residentBytes() {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))[1]) * 1024;
  }

  /** Asks it to end, as Ctrl-C does, and waits for that. Twice is once. */
  async stop() {
    if (this.#isStopped || this.#child.exitCode !== null) return;
    this.#isStopped = true;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGINT');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), KILL_MS);
    await exited;
    clearTimeout(timer);
  }

  /** Resolves when it has ended by itself or after `stop`. */
  async ended() {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
  }
}
