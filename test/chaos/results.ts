/** RESULTS.md: a table of cells, in which a run replaces the rows of the cells that it ran. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type { Cell, CellResult } from './cell.js';

const HEAD = `# What a recorder survives

Written by \`npm run chaos\`: real processes of the built program, real SQLite, a gateway and clients on loopback. A run
survives if no promise was broken (test/README.md says which). Lost: messages that had arrived at the other side and are
in no file, and in no gap. Their age: how long before the end the oldest lost message of a run had arrived; p50, p99
and the most over the runs. The promise of 100 ms at a trickle is judged on a machine at rest, whose load average is not over
its number of cores: threads that record have a low priority, and wait where others want all cores. It is also judged where the
runs had real-time priority (\`chrt\`), which lets others wait; the column of the load then says so. In bursts and
under overload messages also wait in the queue (\`--queue\`) until they are written. Date: of the cell's last runs.

`;
const TABLE = [
  '| cell | fault | moment | load | runs | survived | lost | oldest lost, ms: p50 / p99 / most | load average | date |',
  '| --- | --- | --- | --- | --: | --: | --: | --: | --: | --- |',
];

/** Writes the rows of `results` into the table at `path`; others stay as they are. */
export function writeResults(
  path: string,
  cells: readonly Cell[],
  results: ReadonlyMap<string, CellResult>,
  date: string,
): void {
  const before = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  const rows = cells.flatMap((cell) => {
    const result = results.get(cell.name);
    if (result !== undefined) return [formatRow(cell, result, date)];
    return before.filter((line) => line.startsWith(`| ${cell.name} |`));
  });
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${process.platform}, Node ${process.versions.node}`;
  const text = `${HEAD}Machine of the last run: ${machine}.\n\n<!-- prettier-ignore -->\n${[...TABLE, ...rows].join('\n')}\n`;
  writeFileSync(path, text);
}

function formatRow(
  cell: Cell,
  { runs, survived, lost, agesMs, loadAverage, isRealTime }: CellResult,
  date: string,
): string {
  const at = (share: number): number => Math.round(agesMs[Math.ceil(share * agesMs.length) - 1] ?? 0);
  const ages = agesMs.length === 0 ? '' : `${at(0.5)} / ${at(0.99)} / ${at(1)}`;
  const cells = [
    cell.name,
    cell.fault,
    cell.moment,
    cell.load,
    runs,
    survived,
    lost,
    ages,
    isRealTime ? 'real-time' : loadAverage.toFixed(1),
    date,
  ];
  return `| ${cells.join(' | ')} |`;
}
