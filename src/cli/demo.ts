/**
 * `gatetape demo`: the whole loop on this machine, with no network and no token.
 *
 * It leaves a database behind to look at, unless Ctrl-C ends it before. The loop itself: library/demo.ts.
 */
import { basename, relative } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Command } from 'commander';
import type { DemoStep } from '../library/demo.js';
import type { Diff } from '../library/diff.js';
import { readCapture } from '../library/queries.js';
import { formatDiff } from './print/diff-lines.js';
import type { Paint } from './print/paint.js';
import { DEFAULT_BY, statsLines } from './stats.js';
import type { Canvas } from './print/table.js';
import { endBySignal, releaseSignals, stopSignal } from './process/signals.js';
import { type Terminal, openTerminal } from './print/terminal.js';
import { formatBytes } from '../units.js';

const DB = 'gatetape-demo.sqlite';

/** Adds the command `demo`. */
export function addDemo(program: Command): void {
  program
    .command('demo')
    .description('record and replay on this machine, with no network and no token')
    .addHelpText('after', `\nIt leaves ${DB} in this folder, to try the other commands on.`)
    .action((_options, command: Command) => run(command));
}

async function run(command: Command): Promise<void> {
  const terminal = openTerminal(command);
  const startedMs = performance.now();
  const { playDemo } = await import('../library/demo.js');
  const stop = stopSignal();
  try {
    for await (const step of playDemo(DB, stop)) {
      stop.throwIfAborted();
      await terminal.output.print(await formatStep(step, terminal));
      if (step.type === 'compared') await printEnd(step.diff, startedMs, terminal);
    }
  } catch (error) {
    if (!stop.aborted) throw error;
    endBySignal(stop);
  } finally {
    releaseSignals();
  }
}

async function formatStep(step: DemoStep, terminal: Terminal): Promise<readonly string[]> {
  const { paint } = terminal;
  switch (step.type) {
    case 'gateway':
      return [
        paint('bold', 'A client talks to a gateway, and gatetape listens in. Nothing leaves this machine.'),
        '',
        numbered(paint, 1, 'a scripted gateway', step.url),
      ];
    case 'recorder':
      return [numbered(paint, 2, 'gatetape in front of it', step.url)];
    case 'live':
      return [
        numbered(
          paint,
          3,
          step.client,
          `${step.dispatches} dispatches, a disconnect and a resume on the way`,
        ),
      ];
    case 'recorded': {
      const { frames, wireBytes, payloadBytes } = step.summary;
      const sizes = `${formatBytes(wireBytes)} on the wire, ${formatBytes(payloadBytes)} decoded`;
      const stats = await readCapture(DB, (reader) => reader.stats({ by: DEFAULT_BY }));
      return [
        numbered(paint, 4, DB, `${frames} frames, ${sizes}`),
        '',
        ...statsLines(stats, DEFAULT_BY, 'table', terminal),
        '',
      ];
    }
    case 'mock':
      return [numbered(paint, 5, 'a mock that plays the recording', step.url)];
    case 'replayed':
      return [numbered(paint, 6, `${step.client} again`, `${step.dispatches} dispatches`)];
    case 'compared':
      return ['', ...verdict(step.diff, terminal)];
  }
}

/** Prints what to do next, or sets the exit code 1 if the two sides differ. */
async function printEnd(diff: Diff, startedMs: number, { output, paint }: Terminal): Promise<void> {
  if (!diff.equal) {
    process.exitCode = 1;
    return;
  }
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
  await output.print([
    '',
    `That took ${seconds} s. ${DB} is yours to look at; try next:`,
    paint('cyan', `  ${programName()} frames --db ${DB} --event 'MESSAGE_*'`),
  ]);
}

function numbered(paint: Paint, no: number, what: string, detail: string): string {
  return `${paint('dim', `${no}.`)} ${what.padEnd(32)} ${paint('dim', detail)}`;
}

function verdict(diff: Diff, canvas: Canvas): Iterable<string> {
  if (!diff.equal) return formatDiff(diff, 'table', canvas);
  return [canvas.paint('green', `Both sides agree: the same ${diff.matched} dispatches, in the same order.`)];
}

/** The program as it was called, so that the printed command can be typed. */
function programName(): string {
  const path = process.argv[1] ?? 'gatetape';
  return basename(path) === 'gatetape' ? 'gatetape' : `node ${relative(process.cwd(), path)}`;
}
