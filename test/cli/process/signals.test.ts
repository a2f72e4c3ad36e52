/** The first signal requests a stop, a later one ends the process, and an echo of the first is ignored. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';

const PROGRAM = `
  const { stopSignal, aborted, endBySignal } = await import(process.argv[1]);
  const busy = setInterval(() => undefined, 1000);
  const stop = stopSignal();
  console.log('running');
  await aborted(stop);
  if (process.argv[2] === 'echo') process.kill(process.pid, 'SIGINT');
  console.log('asked');
  if (process.argv[2] === 'break') endBySignal(stop);
  if (process.argv[2] !== 'stall') setTimeout(() => clearInterval(busy), 50);
`;
const MODULE = new URL('../../../dist/cli/process/signals.js', import.meta.url).href;

type Child = ChildProcessByStdio<null, Readable, null>;

/** A program that stalls when it is asked to stop, obeys, or obeys and hears an echo of the signal. */
async function running(
  how: 'obey' | 'stall' | 'echo' | 'break',
): Promise<{ child: Child; line: () => Promise<string> }> {
  const args = ['--input-type=module', '-e', PROGRAM, MODULE, how];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<string> => String((await lines.next()).value);
  expect(await line()).toBe('running');
  return { child, line };
}

describe('stopSignal', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('lets a command finish on %s', async (signal) => {
    const { child } = await running('obey');
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('ignores the same signal if it arrives twice at once', async () => {
    const { child } = await running('echo');
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends the process by a second %s', async (signal) => {
    const { child, line } = await running('stall');
    const exit = once(child, 'exit');
    child.kill(signal);
    expect(await line()).toBe('asked');
    // As someone does whose patience ends: again and again.
    while (child.signalCode === null && child.kill(signal)) await wait(20);
    expect(await exit).toEqual([null, signal]);
  });
});

it.each(['SIGINT', 'SIGTERM'] as const)(
  'a command that %s interrupts ends by that signal',
  async (signal) => {
    const { child } = await running('break');
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([null, signal]);
  },
);
