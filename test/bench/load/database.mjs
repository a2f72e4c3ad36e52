/**
 * Load, the database's side: a process of its own that writes a database, or queries it, and reports the time.
 *
 * Told over IPC, one order at a time, each answered when it is done:
 *   fill { path, frames }   writes so many frames through the store
 *   ask { path, frames }    puts every question to it: { sums, sizes, first } in ms, and { bytes, growthBytes } of memory
 *   scan { path, frames }   the same sums by SQLite over the rows, and the first row of the filter: { sums, first } in ms
 *   judge { path, longPath, frames }   lints it, and prints its frames into nothing: { judged, printed } in frames a second,
 *                           and { growthBytes } of linting the long one
 *
 * Whoever asks has done nothing else, so that the memory is that of the questions.
 */
import console from 'node:console';
import process from 'node:process';
import Sqlite from 'better-sqlite3';
import { lintCapture } from '../../../dist/library/lint.js';
import { frameToJson } from '../../../dist/store/frame-json.js';
import { openReader } from '../../../dist/store/reader.js';
import { median } from '../figures.mjs';
import { fillDatabase, START_US } from '../fill-database.mjs';

/** Frames a second of the recording: ten million are 28 hours. */
const PER_SECOND = 100;
const ROUNDS = 7;
const SLOW_ROUNDS = 3;
/** The rarest event, from the middle of the recording on. */
const RARE = 'INVITE_CREATE';

const middleUs = (frames) => START_US + Math.floor(((frames / 2) * 1e6) / PER_SECOND);

/** Median time of some calls, in ms. */
function timed(rounds, call) {
  const times = Array.from({ length: rounds }, () => {
    const startMs = performance.now();
    call();
    return performance.now() - startMs;
  });
  return median(times);
}

function expectCount(found, frames) {
  if (found !== frames) throw new Error(`${found} frames were counted, not ${frames}`);
}

function fill({ path, frames }) {
  fillDatabase(path, frames, {
    framesPerSecond: PER_SECOND,
    onProgress: (written) => console.error(`stats: ${written.toLocaleString('en')} frames written`),
  });
}

function ask({ path, frames }) {
  const before = process.memoryUsage.rss();
  const reader = openReader(path);
  const first = timed(ROUNDS, () => {
    const [row] = reader.frames({ event: RARE, sinceUs: middleUs(frames) });
    if (row?.event !== RARE || row.atUs < middleUs(frames)) throw new Error('another frame was found');
  });
  const sums = timed(ROUNDS, () => expectCount(reader.stats({ hasSizes: false }).total.count, frames));
  const sizes = timed(SLOW_ROUNDS, () => {
    const { total } = reader.stats();
    expectCount(total.count, frames);
    if (total.sizeP50 === null || total.sizeP50 > total.sizeMax)
      throw new Error('the sizes are out of order');
  });
  reader.close();
  // maxRSS is the highest that the process has had, in KiB.
  const growthBytes = process.resourceUsage().maxRSS * 1024 - before;
  return { sums, sizes, first, growthBytes };
}

function scan({ path, frames }) {
  const database = new Sqlite(path, { readonly: true });
  const from = 'FROM frame JOIN frame_type ON frame_type.id = type_id';
  const groups = database.prepare(
    `SELECT op, event, sender, count(*) AS count, sum(wire_bytes), sum(payload_bytes), min(at_us), max(at_us)
     ${from} GROUP BY op, event, sender`,
  );
  const row = database.prepare(
    `SELECT frame.* ${from} WHERE event = ? AND at_us >= ? ORDER BY frame.id LIMIT 1`,
  );
  const first = timed(SLOW_ROUNDS, () => row.get(RARE, middleUs(frames)));
  const sums = timed(SLOW_ROUNDS, () => {
    expectCount(
      groups.all().reduce((sum, { count }) => sum + count, 0),
      frames,
    );
  });
  database.close();
  return { sums, first };
}

/** Frames a second, the best of some turns. */
function rateOf(frames, times) {
  return frames / (Math.min(...times) / 1000);
}

async function judge({ path, longPath, frames }) {
  const [judging, printing] = [[], []];
  for (let round = 0; round < SLOW_ROUNDS; round += 1) {
    const startMs = performance.now();
    const { checked } = await lintCapture({ db: path });
    expectCount(checked.frames, frames);
    const lintedMs = performance.now();
    const reader = openReader(path);
    let length = 0;
    for (const row of reader.frames()) length += frameToJson(row).length;
    reader.close();
    if (length < frames) throw new Error('no frames were printed');
    judging.push(lintedMs - startMs);
    printing.push(performance.now() - lintedMs);
  }
  const before = process.resourceUsage().maxRSS;
  await lintCapture({ db: longPath });
  const growthBytes = (process.resourceUsage().maxRSS - before) * 1024;
  return { judged: rateOf(frames, judging), printed: rateOf(frames, printing), growthBytes };
}

const ORDERS = { fill, ask, scan, judge };

process.on('message', async ({ id, order, ...details }) => {
  process.send({ id, ...(await ORDERS[order](details)) });
});
process.on('disconnect', () => process.exit());
