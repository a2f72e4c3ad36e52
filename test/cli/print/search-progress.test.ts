/** A search that takes long says so, and sends off what it has found. */
import { Writable } from 'node:stream';
import { performance } from 'node:perf_hooks';
import { expect, it } from 'vitest';
import { Output } from '../../../src/cli/print/output.js';
import { SearchProgress } from '../../../src/cli/print/search-progress.js';

/** Keeps the thread busy, as a search does. */
function spend(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

it('shows rows while the next is being looked for, and how far the search is', async () => {
  const [stdout, stderr] = [[] as string[], [] as string[]];
  const output = new Output(
    new Writable({
      write: (chunk: Buffer, _encoding, done): void => {
        stdout.push(chunk.toString());
        done();
      },
    }),
  );
  const terminal = { isTTY: true, columns: 80, write: (text: string) => stderr.push(text) > 0 };
  const progress = new SearchProgress('frames', output, terminal);
  function* search(): Generator<string> {
    yield 'first';
    spend(60);
    progress.add(10_000);
    expect(stdout).toEqual(['first\n']);
    expect(stderr).toEqual([]);
    spend(1_000);
    progress.add(20_000);
    expect(stderr.join('')).toContain('frames: 30,000 frames searched');
    yield 'second';
    expect(stderr.at(-1)).toBe('\r\u001b[2K');
  }
  await output.print(progress.watch(search()));
  expect(stdout.join('')).toBe('first\nsecond\n');
});
