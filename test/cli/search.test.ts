/** Searches that take long, in a file with many frames and on a terminal: how far they are, and Ctrl-C. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { MAIN } from '../support/gatetape.js';
import { frame, opened } from '../support/capture/records.js';
import { scratchFile } from '../support/scratch.js';
import { recordingStore } from '../support/stores.js';

/** `script` of util-linux gives a program a terminal. */
const hasTerminal = String(spawnSync('script', ['--version']).stdout).includes('util-linux');

/** Many frames that are slow to search with `SLOW`, and the one among the first that it finds. */
const FRAMES = 100_000;
const SLOW = Array.from({ length: 20 }, (_, index) => `/(?:a|ab|ba|aba){3,40}z${index}|needle/`).join(' or ');

function largeFile(): string {
  const path = scratchFile();
  const store = recordingStore(path);
  store.append([opened()]);
  const body = Buffer.from(JSON.stringify({ op: 0, t: 'A', s: 1, d: 'aba'.repeat(100) }));
  const found = Buffer.from(JSON.stringify({ op: 0, t: 'A', s: 1, d: 'needle' }));
  for (let from = 0; from < FRAMES; from += 10_000) {
    store.append(
      Array.from({ length: 10_000 }, (_, index) =>
        frame({ frameNo: from + index + 1, event: 'A', seq: 1, body: from + index === 0 ? found : body }),
      ),
    );
  }
  store.close();
  return path;
}

it.skipIf(!hasTerminal)('say how far they are, and end at Ctrl-C', async () => {
  const db = largeFile();
  const ends = ['frames', 'stats'].map(async (command) => {
    const line = `'${process.execPath}' '${MAIN}' ${command} --db '${db}' --format ndjson --filter '${SLOW}'`;
    const terminal = spawn('script', ['--quiet', '--return', '--flush', '--command', line, '/dev/null']);
    let output = '';
    let isInterrupted = false;
    terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (isInterrupted || !output.includes(`${command}: `)) return;
      isInterrupted = true;
      terminal.stdin.write('\u0003');
    });
    const [code] = (await once(terminal, 'close')) as [number];
    return { command, code, output };
  });
  for (const { command, code, output } of await Promise.all(ends)) {
    expect(output).toMatch(new RegExp(`${command}: \\d+,000 frames searched`));
    // As a shell has it: ended by SIGINT.
    expect({ command, code }).toEqual({ command, code: 130 });
    if (command === 'frames') expect(output).toContain('"d":"needle"');
    else expect(output).not.toContain('"count"');
  }
});
