/** The first signal asks, the second one ends the process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';

const PROGRAM = `
  const { stopSignal, aborted } = await import(process.argv[1]);
  const busy = setInterval(() => undefined, 1000);
  const stop = stopSignal();
  console.log('running');
  await aborted(stop);
  console.log('asked');
  if (process.argv[2] === 'obey') clearInterval(busy);
`;
const MODULE = new URL('../../dist/cli/signals.js', import.meta.url).href;

async function running(how: 'obey' | 'stall'): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, MODULE, how]);
  onTestFinished(() => void child.kill('SIGKILL'));
  expect(String(await once(child.stdout, 'data'))).toBe('running\n');
  return child;
}

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s lets a command finish', async (signal) => {
  const child = await running('obey');
  child.kill(signal);
  expect(await once(child, 'exit')).toEqual([0, null]);
});

it.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('a second %s ends it with %i', async (signal, code) => {
  const child = await running('stall');
  child.kill(signal);
  expect(String(await once(child.stdout!, 'data'))).toBe('asked\n');
  child.kill(signal);
  expect(await once(child, 'exit')).toEqual([code, null]);
});
