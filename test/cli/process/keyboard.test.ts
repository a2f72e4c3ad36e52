import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { listenToKeys } from '../../../src/cli/process/keyboard.js';

interface Typed {
  readonly steps: number;
  readonly stops: number;
  readonly rawModes: readonly boolean[];
}

/** What comes of some text on a terminal, or through a pipe. */
async function typed(isTTY: boolean, ...texts: readonly string[]): Promise<Typed> {
  const rawModes: boolean[] = [];
  const input = Object.assign(new PassThrough(), {
    isTTY,
    setRawMode: (isRaw: boolean) => void rawModes.push(isRaw),
  });
  let steps = 0;
  let stops = 0;
  const onStep = (): void => void (steps += 1);
  const onStop = (): void => void (stops += 1);
  const release = listenToKeys(input as never, { onStep, onStop });
  for (const text of texts) input.write(text);
  await new Promise((resolve) => input.write('', resolve));
  await new Promise(setImmediate);
  release();
  input.end('\n\n');
  return { steps, stops, rawModes };
}

it('on a terminal, Enter and space are steps, Ctrl-C and q stop', async () => {
  const { steps, stops, rawModes } = await typed(true, '\r', ' ', 'x', 'q', '\u0003');
  expect({ steps, stops }).toEqual({ steps: 2, stops: 2 });
  expect(rawModes).toEqual([true, false]);
});

it('on a pipe, each line is a step', async () => {
  expect(await typed(false, '\n\nnext', '\nq\n', '')).toEqual({ steps: 4, stops: 0, rawModes: [] });
});
