/**
 * Keyboard: reads single steps from stdin, one for each Enter or space on a terminal, or for each line of a pipe.
 *
 * A terminal is read key by key, which disables its own Ctrl-C. So Ctrl-C and q are read as keys that stop.
 */
import type { ReadStream } from 'node:tty';

/** Actions of the keys. */
export interface Keys {
  readonly onStep: () => void;
  readonly onStop: () => void;
}

type Input = Pick<ReadStream, 'isTTY' | 'on' | 'off' | 'pause' | 'setEncoding'> &
  Partial<Pick<ReadStream, 'setRawMode'>>;

const CTRL_C = '\u0003';

/** Listens to `input` until the returned function is called. */
export function listenToKeys(input: Input, { onStep, onStop }: Keys): () => void {
  const isTerminal = input.isTTY;
  const take = (text: string): void => {
    for (const key of text) {
      if (key === '\n' || (isTerminal && (key === '\r' || key === ' '))) onStep();
      else if (isTerminal && (key === CTRL_C || key === 'q')) onStop();
    }
  };
  if (isTerminal) input.setRawMode?.(true);
  input.setEncoding('utf8');
  input.on('data', take);
  return () => {
    input.off('data', take);
    if (isTerminal) input.setRawMode?.(false);
    input.pause();
  };
}
