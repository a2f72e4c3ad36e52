/**
 * Shipping: `ship` beside a loop that inserts the same rows, which it already has in memory, into the same engine; and
 * `record --ship-to` beside `record`.
 *
 * The engine is npm's chdb in a process of its own with the lowest priority, as a server would be another machine. The two
 * take turns, each into tables of its own. What a recorder costs is the processor time of all threads but the one that ships.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import { Load, pathOf, Program } from '../processes.mjs';
import { recorded } from '../recorded.mjs';
import { inScratch, MIDDLES, Scene } from '../scene.mjs';

const ROUNDS = 3;
const BATCH_ROWS = 50_000;
const PAYLOADS = 20_000;
const LOGIN_FRAMES = 3;

export const ship = {
  title: 'Shipping to ClickHouse',
  async run({ isQuick, log }) {
    const packages = pathOf('../fleet/node_modules');
    if (!existsSync(join(packages, 'chdb'))) {
      const line = 'Skipped: npm install --no-package-lock --prefix test/fleet installs what is needed.';
      log(line);
      return { rows: [], notes: [line] };
    }
    process.env.NODE_PATH = packages;
    return inScratch(async (folder) => {
      const front = new Program('nice', [
        ...['-n', '19', process.execPath, pathOf('../support/clickhouse-front.mjs'), join(folder, 'server')],
      ]);
      const url = await front.nextText();
      const copied = await copies({ url, folder, packages, frames: isQuick ? 100_000 : 300_000, log });
      const beside = await recordings({ url, frames: isQuick ? 400_000 : 1_000_000, log });
      await front.stop();
      return { rows: [...copied.rows, ...beside.rows], notes: [...copied.notes, ...beside.notes] };
    });
  },
};

/** Rates of `ship` and of a bare loop, and the sizes of what is sent and stored. */
async function copies({ url, folder, packages, frames, log }) {
  const db = join(folder, 'fleet.sqlite');
  log(`writing ${frames} frames`);
  const load = await Load.start('database');
  await load.order('fill', { path: db, frames });
  await load.stop();
  const { createClient } = createRequire(import.meta.url)(join(packages, '@clickhouse/client'));
  const client = createClient({ url, log: { level: 127 } });
  const rows = [];
  const notes = [];
  for (const [flags, tables] of [
    [[], ['minute_rollup']],
    [['--frames'], ['minute_rollup', 'frame']],
    [
      ['--frames', '--bodies'],
      ['minute_rollup', 'frame', 'frame_body'],
    ],
  ]) {
    const name = flags.join(' ') || 'roll-ups alone';
    log(name);
    const ours = [];
    const bare = [];
    let sizes = null;
    for (let round = 0; round < ROUNDS; round += 1) {
      const database = `t${tables.length}r${round}`;
      const startMs = performance.now();
      const program = Program.node(
        '../../dist/bundle/main.js',
        ...['ship', '--to', `${url}/${database}`, '--db', db, '--batch-rows', String(BATCH_ROWS), ...flags],
      );
      await program.nextLine();
      await program.ended();
      ours.push((performance.now() - startMs) / 1000);
      const looped = await insertAgain(client, database, tables);
      bare.push(looped.seconds);
      sizes = looped.sizes;
    }
    rows.push({
      what: `shipped, ${name}`,
      figure: frames / Math.min(...ours),
      unit: 'frames/s',
      reference: 'a loop that inserts the same rows',
      referenceFigure: frames / Math.min(...bare),
      reach: flags.length === 0 ? '' : '≥ 0.5',
    });
    if (flags.length === 2)
      for (const { table, count, sentBytes, storedBytes } of sizes)
        notes.push(
          `${table}: ${count.toLocaleString('en')} rows of ${frames.toLocaleString('en')} frames; a row is ${(sentBytes / count).toFixed(0)} bytes as it is sent (JSON), ${(storedBytes / count).toFixed(1)} as it is stored.`,
        );
  }
  await client.close();
  return { rows, notes };
}

/** Inserts all rows of some tables into copies of these tables; the time without reading them, and their sizes. */
async function insertAgain(client, database, tables) {
  let seconds = 0;
  const sizes = [];
  for (const table of tables) {
    const copy = `${database}.copy_${table}`;
    await client.command({ query: `CREATE TABLE ${copy} AS ${database}.${table}` });
    const answer = await client.query({
      query: `SELECT * FROM ${database}.${table} FINAL`,
      format: 'JSONEachRow',
      clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
    });
    const values = await answer.json();
    const startMs = performance.now();
    for (let from = 0; from < values.length; from += BATCH_ROWS)
      await client.insert({
        table: copy,
        values: values.slice(from, from + BATCH_ROWS),
        format: 'JSONEachRow',
      });
    seconds += (performance.now() - startMs) / 1000;
    await client.command({ query: `OPTIMIZE TABLE ${database}.${table} FINAL` });
    const stored = await client.query({
      query: `SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND database = '${database}' AND table = '${table}'`,
      format: 'JSONEachRow',
    });
    const [{ bytes }] = await stored.json();
    const sentBytes = values.reduce((sum, row) => sum + JSON.stringify(row).length + 1, 0);
    sizes.push({ table, count: values.length, sentBytes, storedBytes: Number(bytes) });
    await client.command({ query: `DROP TABLE ${copy}` });
  }
  return { seconds, sizes };
}

/** What a recorder costs that ships, and one that does not. */
async function recordings({ url, frames, log }) {
  const scene = await Scene.set({ traffic: 'mix', count: PAYLOADS, compress: 'zlib-stream' });
  const results = { alone: [], shipping: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const mode of Object.keys(results)) {
      log(`record ${mode}`);
      const flags = mode === 'alone' ? [] : ['--ship-to', `${url}/r${round}`, '--ship-frames'];
      results[mode].push(await inScratch((folder) => record(scene, frames, folder, flags)));
    }
  }
  await scene.strike();
  const best = (mode, key, pick) => pick(...results[mode].map((result) => result[key]));
  const reference = '`record` without `--ship-to`';
  const shipped = Math.max(...results.shipping.map(({ shipSeconds }) => shipSeconds));
  return {
    rows: [
      {
        what: 'recorded with `--ship-to`',
        figure: best('shipping', 'perSecond', Math.max),
        unit: 'frames/s',
        reference,
        referenceFigure: best('alone', 'perSecond', Math.max),
        reach: 'noise',
      },
      {
        what: 'CPU a million frames, without the thread that ships',
        figure: best('shipping', 'cpuPerMillion', Math.min),
        unit: 's',
        reference,
        referenceFigure: best('alone', 'cpuPerMillion', Math.min),
        reach: 'noise',
      },
    ],
    notes: [
      `The thread that ships had ${shipped.toFixed(1)} s of processor time at most while ${frames.toLocaleString('en')} frames were recorded at full speed; it ships the rest afterwards.`,
    ],
  };
}

async function record(scene, frames, folder, flags) {
  const { program, url, db } = await MIDDLES.gatetape(scene.upstream, folder, ...flags);
  await scene.connect(url);
  const before = program.secondsByPriority();
  const startMs = performance.now();
  await scene.play(frames);
  await recorded(db, frames + LOGIN_FRAMES);
  const seconds = (performance.now() - startMs) / 1000;
  const after = program.secondsByPriority();
  await scene.hangUp();
  await program.stop();
  return {
    perSecond: frames / seconds,
    cpuPerMillion: ((after.others - before.others) / frames) * 1e6,
    shipSeconds: after.lowest - before.lowest,
  };
}
