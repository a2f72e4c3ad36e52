/**
 * Runs the benchmarks and writes RESULTS.md: `npm run bench [-- --quick] [-- NAME …]`.
 *
 * Every figure has a reference that was measured in the same run, on the same machine, with the same bytes.
 * Each section is printed as soon as it is there; a run of everything is written, with what failed in it. A run of
 * some of the benchmarks, or a quick one, is not. Ctrl-C leaves no process and no file. Nothing else should run
 * meanwhile.
 */
import console from 'node:console';
import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { format } from 'prettier';
import { care } from './cases/care.mjs';
import { connections } from './cases/connections.mjs';
import { decoders } from './cases/decoders.mjs';
import { lint } from './cases/lint.mjs';
import { mock } from './cases/mock.mjs';
import { page } from './cases/page.mjs';
import { recording } from './cases/recording.mjs';
import { relay } from './cases/relay.mjs';
import { roundTrip } from './cases/round-trip.mjs';
import { ship } from './cases/ship.mjs';
import { start } from './cases/start.mjs';
import { stats } from './cases/stats.mjs';
import { pathOf } from './processes.mjs';
import { machine, section } from './report.mjs';

const CASES = {
  relay,
  'round-trip': roundTrip,
  recording,
  decoders,
  care,
  connections,
  stats,
  lint,
  page,
  mock,
  ship,
  start,
};
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

// Ending by `exit` takes along the processes and files that were made; a signal alone would leave them.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(130));

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
  console.log(await tidy(sections.at(-1)));
  log(`took ${((performance.now() - startMs) / 1000).toFixed(0)} s`);
}

const date = new Date().toISOString().slice(0, 10);
const heading = `${machine()}, ${date}.`;
console.log(heading);
if (names.length === 0 && !isQuick) {
  const text = readFileSync(RESULTS, 'utf8');
  const before = text.slice(0, text.indexOf(BEGIN) + BEGIN.length);
  const figures = await tidy(`${heading}\n\n${sections.join('\n')}`);
  writeFileSync(RESULTS, `${before}\n${figures}\n${text.slice(text.indexOf(END))}`);
}
process.exit(failures === 0 ? 0 : 1);

function tidy(markdown) {
  return format(markdown, { parser: 'markdown', printWidth: 120 });
}
