/** Diagnostics as lines on stderr. */
import { expect, it } from 'vitest';
import { createLog } from '../../../src/cli/print/terminal.js';

it('logTo prints one line in the form of our errors, without control characters', () => {
  const lines: string[] = [];
  const log = createLog((line) => lines.push(line));
  log('error', 'recording stopped');
  log('warn', 'the upstream \u001b[2J cannot be reached');
  log('info', 'x');
  log('debug', 'details');
  expect(lines).toEqual([
    'gatetape: error: recording stopped',
    'gatetape: warning: the upstream ␛[2J cannot be reached',
    'gatetape: note: x',
  ]);
});
