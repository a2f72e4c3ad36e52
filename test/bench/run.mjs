/**
 * Runs the benchmarks and writes RESULTS.md: `npm run bench [-- --quick] [-- NAME …]`.
 *
 * Every figure stands beside a reference that was measured in the same run, on the same machine, with the same bytes.
 * A run of some of the benchmarks, or a quick one, is printed and not written. Nothing else should run meanwhile.
 */
import console from 'node:console';
import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { format } from 'prettier';
import { connections } from './cases/connections.mjs';
import { mock } from './cases/mock.mjs';
import { recording } from './cases/recording.mjs';
import { relay } from './cases/relay.mjs';
import { roundTrip } from './cases/round-trip.mjs';
import { start } from './cases/start.mjs';
import { stats } from './cases/stats.mjs';
import { pathOf } from './processes.mjs';
import { machine, section } from './report.mjs';

const CASES = { relay, 'round-trip': roundTrip, recording, connections, stats, mock, start };
const RESULTS = pathOf('RESULTS.md');
const BEGIN = '<!-- figures: written by npm run bench -->\n';
const END = '<!-- end of figures -->';

const names = process.argv.slice(2).filter((word) => word !== '--quick');
const isQuick = process.argv.includes('--quick');
const unknown = names.find((name) => !Object.hasOwn(CASES, name));
if (unknown !== undefined) {
  console.error(`bench: there is no benchmark ${unknown}: take ${Object.keys(CASES).join(', ')}, or --quick`);
  process.exit(2);
}

const chosen = names.length === 0 ? Object.keys(CASES) : names;
const sections = [];
let failures = 0;
for (const name of chosen) {
  const startMs = performance.now();
  const log = (line) => console.error(`${name}: ${line}`);
  try {
    sections.push(section(CASES[name], await CASES[name].run({ isQuick, log })));
  } catch (error) {
    failures += 1;
    sections.push(`### ${CASES[name].title}\n\nFailed: ${error.message}\n`);
    console.error(error);
  }
  log(`took ${((performance.now() - startMs) / 1000).toFixed(0)} s`);
}

const date = new Date().toISOString().slice(0, 10);
const figures = await format(`${machine()}, ${date}.\n\n${sections.join('\n')}`, {
  parser: 'markdown',
  printWidth: 120,
});
console.log(figures);
if (names.length === 0 && !isQuick && failures === 0) {
  const text = readFileSync(RESULTS, 'utf8');
  const before = text.slice(0, text.indexOf(BEGIN) + BEGIN.length);
  writeFileSync(RESULTS, `${before}\n${figures}\n${text.slice(text.indexOf(END))}`);
}
process.exit(failures === 0 ? 0 : 1);
