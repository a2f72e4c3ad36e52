/**
 * Waits: who held the processor while a round trip waited for it, by the scheduler's events: `node test/bench/waits.mjs`.
 *
 * The main threads of client, relay and gateway are watched. From the event that wakes one to the moment at which it
 * runs, others run on its processor; a long wait counts for the one that ran longest. So what other programs do on the
 * machine shows apart, and does not hide the rest as it does in the times themselves. Needs Linux, `perf` and root.
 */
import { spawn } from 'node:child_process';
import console from 'node:console';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { inScratch, MIDDLES, Scene } from './scene.mjs';

const ROUNDS = 5;
const PINGS = 3000;
/** Until then V8 compiles. */
const WARM_UP_PINGS = 18_000;
const PER_SECOND = 10_000;
const LONG_US = 100;
const VERY_LONG_US = 400;
const PERF_STARTS_MS = 300;
/** Spans kept of each processor: more than fit into a wait. */
const SPANS = 200;
const NICE_COLUMN = 16;

process.on('SIGINT', () => process.exit(130));

const threadsOf = (pid) => readdirSync(`/proc/${pid}/task`).map(Number);
const niceOf = (id) =>
  Number(readFileSync(`/proc/${id}/stat`, 'utf8').split(') ')[1].split(' ')[NICE_COLUMN]);

/** What each thread of a process is: the recorder starts before the writer, and both have a lower priority. */
function nameThreads(pid) {
  const names = new Map(threadsOf(pid).map((id) => [id, 'helpers of V8']));
  const lowered = [...names.keys()].filter((id) => niceOf(id) > niceOf(pid)).sort((a, b) => a - b);
  lowered.forEach((id, index) => names.set(id, index === 0 ? 'recorder' : 'writer'));
  return names.set(pid, 'relay');
}

/** Long waits of the watched threads, by their cause. */
class Waits {
  pings = 0;
  causes = new Map();
  #watched;
  #names;
  #processors = new Map();
  #wokenUs = new Map();

  /** Takes the events of a file of perf's. `names`: causes by thread. */
  async read(file, watched, names) {
    this.#watched = watched;
    this.#names = names;
    this.#processors.clear();
    this.#wokenUs.clear();
    const args = ['script', '-i', file, '-F', 'tid,cpu,time,event,trace'];
    const { stdout } = spawn('perf', args, { stdio: ['ignore', 'pipe', 'ignore'] });
    for await (const line of createInterface({ input: stdout })) this.#take(line);
  }

  #take(line) {
    const [, cpu, seconds, event, text] = /\[(\d+)\] +([\d.]+): +sched:(\w+): (.*)$/.exec(line) ?? [];
    if (event === undefined) return;
    const atUs = Number(seconds) * 1e6;
    if (event === 'sched_waking') this.#wake(Number(/ pid=(\d+)/.exec(text)[1]), atUs);
    else
      this.#switch(cpu, atUs, ...[/prev_pid=(\d+)/, /next_pid=(\d+)/].map((id) => Number(id.exec(text)[1])));
  }

  #wake(thread, atUs) {
    const isRunning = [...this.#processors.values()].some(({ running }) => running === thread);
    if (this.#watched.has(thread) && !isRunning) this.#wokenUs.set(thread, atUs);
  }

  #switch(cpu, atUs, previous, next) {
    const { spans, sinceUs } = this.#processors.get(cpu) ?? { spans: [], sinceUs: atUs };
    spans.push({ sinceUs, untilUs: atUs, thread: previous });
    if (spans.length > SPANS) spans.shift();
    this.#processors.set(cpu, { spans, sinceUs: atUs, running: next });
    const wokenUs = this.#wokenUs.get(next) ?? atUs;
    this.#wokenUs.delete(next);
    if (atUs - wokenUs >= LONG_US) this.#count(this.#cause(spans, wokenUs), atUs - wokenUs);
  }

  #cause(spans, fromUs) {
    const sums = new Map();
    for (const { sinceUs, untilUs, thread } of spans) {
      const us = untilUs - Math.max(sinceUs, fromUs);
      const name = thread === 0 ? 'nobody' : (this.#names.get(thread) ?? 'other programs');
      if (us > 0) sums.set(name, (sums.get(name) ?? 0) + us);
    }
    return [...sums].reduce((most, one) => (one[1] > most[1] ? one : most))[0];
  }

  #count(cause, us) {
    const sum = this.causes.get(cause) ?? { long: 0, veryLong: 0, us: 0 };
    this.causes.set(cause, sum);
    sum.long += 1;
    sum.us += us;
    if (us >= VERY_LONG_US) sum.veryLong += 1;
  }
}

/** Runs `action` while perf records, and resolves with its result. */
async function traced(file, action) {
  const events = ['-e', 'sched:sched_switch,sched:sched_waking'];
  const perf = spawn('perf', ['record', '-q', '-m', '8M', ...events, '-a', '-o', file], { stdio: 'ignore' });
  const ended = once(perf, 'exit');
  await sleep(PERF_STARTS_MS);
  if (perf.exitCode !== null)
    throw new Error('perf does not record: it needs root, and a kernel with tracepoints');
  const result = await action();
  perf.kill('SIGINT');
  await ended;
  return result;
}

async function pingUnderLoad(scene) {
  const playing = scene.play(PER_SECOND, { perSecond: PER_SECOND, skip: 1 });
  let isOver = false;
  void playing.then(() => (isOver = true));
  let pings = 0;
  for (; !isOver; pings += 100) await scene.ping(100);
  return pings;
}

const STATES = {
  idle: async (scene) => (await scene.ping(PINGS)).length,
  'under load': pingUnderLoad,
};

async function measure(scene, { program, url }, waits, file) {
  const { pid } = program;
  const peers = [scene.gateway.pid, scene.client.pid];
  await scene.connect(url, 2);
  for (const [state, ping] of Object.entries(STATES)) {
    const names = new Map([process.pid, ...peers].flatMap(threadsOf).map((id) => [id, 'client and gateway']));
    for (const [id, name] of nameThreads(pid)) names.set(id, name);
    waits[state].pings += await traced(file, () => ping(scene));
    await waits[state].read(file, new Set([pid, ...peers]), names);
  }
  await scene.hangUp();
}

function print(name, state, { pings, causes }) {
  const share = (count) => ((count / pings) * 1000).toFixed(1);
  console.log(`${name}, ${state}: in 1,000 round trips, of ${pings}`);
  for (const [cause, { long, veryLong, us }] of [...causes].sort(([, a], [, b]) => b.us - a.us)) {
    const mean = (us / long).toFixed(0);
    console.log(
      `  ${share(long)} waits for ${cause}, ${mean} µs on average, ${share(veryLong)} over ${VERY_LONG_US} µs`,
    );
  }
}

await inScratch(async (folder) => {
  const scene = await Scene.set({ traffic: 'mix', count: PER_SECOND });
  const middles = {};
  const waits = {};
  for (const name of ['gatetape', 'http-proxy']) {
    middles[name] = await MIDDLES[name](scene.upstream, folder);
    waits[name] = { idle: new Waits(), 'under load': new Waits() };
    await scene.connect(middles[name].url, 2);
    await scene.ping(WARM_UP_PINGS);
    await pingUnderLoad(scene);
    await scene.hangUp();
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const name of Object.keys(middles))
      await measure(scene, middles[name], waits[name], join(folder, 'perf'));
  }
  for (const name of Object.keys(middles)) {
    for (const state of Object.keys(STATES)) print(name, state, waits[name][state]);
    await middles[name].program.stop();
  }
  await scene.strike();
});
