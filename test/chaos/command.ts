/**
 * `npm run chaos -- [--cell NAME]… [--runs N] [--seed S]`: runs the cell NAME, or those whose name begins so if there is none,
 * and writes their rows of RESULTS.md. `--seed` repeats single runs and writes nothing. Ends with 1 if a run did not survive.
 */
import { fileURLToPath } from 'node:url';
import { canFailDisks } from '../support/disk-faults.js';
import { readCount, readFlags, WrongUse } from '../support/flags.js';
import { runCell, type Cell, type CellResult } from './cell.js';
import { CELLS } from './cells.js';
import { writeResults } from './results.js';

const RESULTS = fileURLToPath(new URL('./RESULTS.md', import.meta.url));

/** Runs the command; returns the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const values = readFlags('chaos', args, {
    cell: { type: 'string', multiple: true, default: [''] },
    runs: { type: 'string' },
    seed: { type: 'string' },
  });
  const fixedRuns = values.runs === undefined ? null : readCount('chaos', '--runs', values.runs);
  const seed = values.seed === undefined ? null : readCount('chaos', '--seed', values.seed);
  const cells = values.cell.flatMap(findCells);
  const results = new Map<string, CellResult>();
  let failed = 0;
  for (const cell of cells) {
    if (cell.needsCompiler === true && !canFailDisks) {
      console.log(`${cell.name}: skipped, there is no C compiler`);
      continue;
    }
    const startedAtMs = performance.now();
    const result = await runCell(cell, { runs: fixedRuns ?? cell.runs, seed: seed ?? 1, say: console.log });
    const seconds = Math.round((performance.now() - startedAtMs) / 1000);
    console.log(
      `${cell.name}: ${result.survived} of ${result.runs} survived, ${result.lost} messages lost, ${seconds} s`,
    );
    failed += result.runs - result.survived;
    results.set(cell.name, result);
    if (seed === null) writeResults(RESULTS, CELLS, results, new Date().toISOString().slice(0, 10));
  }
  return failed > 0 ? 1 : 0;
}

/** The cell of that name, or those whose name begins so. Throws WrongUse if there is none. */
function findCells(start: string): readonly Cell[] {
  const named = CELLS.filter(({ name }) => name === start);
  const cells = named.length > 0 ? named : CELLS.filter(({ name }) => name.startsWith(start));
  if (cells.length > 0) return cells;
  const known = CELLS.map(({ name }) => name).join('; ');
  throw new WrongUse(`chaos: no cell begins with '${start}': there are ${known}`);
}
