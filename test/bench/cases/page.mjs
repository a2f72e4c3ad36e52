/**
 * The page over ten million frames, and while 5,000 frames a second arrive; in Chromium, from outside.
 *
 *   GATETAPE_BENCH_DB=FILE npm run bench -- page     asks a database of fill-database.mjs that is there already
 *
 * Its own has bodies of 700 bytes, 7.8 GB. The references are commands that answer the same question, from start to end. Times
 * are the least of some turns, each in a new profile of the browser.
 */
import { spawnSync } from 'node:child_process';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { hasChromium, startChromium, Tab } from '../browser.mjs';
import { fillDatabase } from '../fill-database.mjs';
import { cpuSecondsOf, pathOf, Program } from '../processes.mjs';
import { inScratch } from '../scene.mjs';
import { watchLive } from './page-live.mjs';

const GATETAPE = '../../dist/bundle/main.js';
const MIB = 2 ** 20;
const TURNS = 3;
/** A server that has used no processor time for so long has answered all. */
const [LOOK_MS, QUIET_LOOKS] = [100, 5];
/** One frame in sixteen thousand. */
const RARE = 'event:INVITE_CREATE shard:3';
const NEWEST = ['--limit', '200', '--format', 'ndjson'];

/** Views, what shows that they are there, and the command that answers the same. */
const VIEWS = [
  {
    name: 'overview',
    path: '/overview',
    sign: '.figures dd',
    command: ['stats', '--no-sizes', '--format', 'json'],
  },
  { name: 'frames', path: '/frames', sign: '.frame-row', command: ['frames', ...NEWEST] },
  { name: 'sessions', path: '/sessions', sign: '.lane .bar', command: ['sessions', '--format', 'json'] },
  { name: 'REST', path: '/rest', sign: 'main .note', command: ['http', '--format', 'json'] },
];

export const page = {
  title: 'The page',
  async run({ isQuick, log }) {
    if (!hasChromium) return { rows: [], notes: ['Not measured: Chromium is not installed.'] };
    const frames = isQuick ? 1_000_000 : 10_000_000;
    const browser = await startChromium();
    try {
      const rows = await withDatabase(frames, log, (db) => askDatabase(browser, db, log));
      log('frames arrive');
      rows.push(...(await watchLive(browser, isQuick ? 10 : 30)));
      return {
        rows,
        notes: [
          ...NOTES,
          `Load of the machine over the last minute, at the end: ${loadavg()[0].toFixed(1)}.`,
        ],
      };
    } finally {
      await browser.close();
    }
  },
};

const NOTES = [
  'Times by the clock, from the request or the last key until the rows are in sight. Processor time of the server from the request ' +
    'until it is quiet, with all that the view asks for beside its own data: the ruler of time, what is new. The first overview after ' +
    'the start also counts the sizes of all payloads, for its histogram. JavaScript: what lives after a collection of garbage.',
];

function withDatabase(frames, log, action) {
  const given = process.env.GATETAPE_BENCH_DB;
  if (given !== undefined) return action(given);
  return inScratch((folder) => {
    const path = join(folder, 'page.sqlite');
    log(`writing ${frames.toLocaleString('en')} frames`);
    fillDatabase(path, frames, { bodyBytes: 700 });
    return action(path);
  });
}

async function askDatabase(browser, db, log) {
  const server = Program.node(GATETAPE, 'ui', '--db', db, '--listen', '127.0.0.1:0');
  const { uiUrl } = await server.nextLine();
  const idleBytes = server.residentBytes();
  const scene = { browser, db, server, url: (path) => new URL(path, uiUrl).href };
  const rows = [];
  for (const view of VIEWS) {
    log(view.name);
    rows.push(...(await openView(scene, view)));
  }
  log('filter');
  rows.push(...(await filterFrames(scene)));
  log('middle');
  rows.push(...(await jumpToMiddle(scene)));
  rows.push(...(await scrollFrames(scene)));
  rows.push({ what: 'resident memory of the server', figure: server.residentBytes() / MIB, unit: 'MiB' });
  rows.push({
    what: 'growth of it since it listens',
    figure: (server.residentBytes() - idleBytes) / MIB,
    unit: 'MiB',
  });
  await server.stop();
  return rows;
}

async function openView(scene, { name, path, sign, command }) {
  const turns = await inTurns(scene, async (tab) => {
    const ms = await tab.visit(scene.url(path), sign);
    return { ms, paintMs: await tab.firstPaintMs(), ...(await tab.contents()) };
  });
  const theirs = timeCommand(scene.db, command);
  return [
    { what: `${name}: first paint`, figure: least(turns, 'paintMs'), unit: 'ms', reach: '< 1,000 ms' },
    row(`${name}: its data in sight`, least(turns, 'ms'), 'ms', theirs, 'ms'),
    row(`${name}: server`, least(turns, 'cpuS') * 1000, 'ms of CPU', theirs, 'cpuMs'),
    { what: `${name}: server, first time`, figure: turns[0].cpuS * 1000, unit: 'ms of CPU' },
    { what: `${name}: JavaScript of the tab`, figure: least(turns, 'heapBytes') / MIB, unit: 'MiB' },
    { what: `${name}: elements`, figure: least(turns, 'elements'), unit: '' },
  ];
}

async function filterFrames(scene) {
  const turns = await inTurns(scene, async (tab) => {
    await tab.visit(scene.url('/frames'), '.frame-row');
    await quiet(scene.server);
    const cpuBefore = scene.server.cpuSeconds();
    await tab.view.keyboard.press('/');
    await tab.view.keyboard.insertText(RARE);
    const ms = await tab.timeKey('Enter', '.frame-row .cell-name', 'INVITE_CREATE');
    return { ms, ownS: scene.server.cpuSeconds() - cpuBefore };
  });
  const theirs = timeCommand(scene.db, ['frames', '--filter', RARE, ...NEWEST]);
  return [
    row(`filter \`${RARE}\`, first rows`, least(turns, 'ms'), 'ms', theirs, 'ms', '< 200 ms'),
    row('the same, server', least(turns, 'ownS') * 1000, 'ms of CPU', theirs, 'cpuMs'),
  ];
}

async function jumpToMiddle(scene) {
  const turns = await inTurns(scene, async (tab) => {
    await tab.visit(scene.url('/frames'), '.frame-row');
    await quiet(scene.server);
    const cpuBefore = scene.server.cpuSeconds();
    const ms = await tab.timeClick('.scroll-bar', '.frame-row');
    return { ms, ownS: scene.server.cpuSeconds() - cpuBefore };
  });
  const { source } = await (await globalThis.fetch(scene.url('/rest.json'))).json();
  const firstId = Math.round(source.lastId / 2);
  const filter = `id:${firstId}..${firstId + 199}`;
  const theirs = timeCommand(scene.db, ['frames', '--filter', filter, '--format', 'ndjson']);
  return [
    row('jump to the middle', least(turns, 'ms'), 'ms', theirs, 'ms'),
    row('the same, server', least(turns, 'ownS') * 1000, 'ms of CPU', theirs, 'cpuMs'),
  ];
}

async function scrollFrames(scene) {
  const tab = await Tab.open(scene.browser);
  await tab.visit(scene.url('/frames?at=0'), '.frame-row');
  await tab.startCounting();
  await tab.scroll('.list-scroller', 5);
  const { perSecond, longestMs } = await tab.stopCounting();
  await tab.close();
  return [
    {
      what: 'scrolling by the wheel: frames a second of the tab',
      figure: perSecond,
      unit: '/s',
      reach: '60',
    },
    { what: 'the same: longest pause between two', figure: longestMs, unit: 'ms' },
  ];
}

async function inTurns(scene, action) {
  const turns = [];
  for (let turn = 0; turn < TURNS; turn += 1) {
    const tab = await Tab.open(scene.browser);
    const before = scene.server.cpuSeconds();
    const found = await action(tab);
    await quiet(scene.server);
    turns.push({ cpuS: scene.server.cpuSeconds() - before, ...found });
    await tab.close();
  }
  return turns;
}

/** Resolves when the server has nothing left to do. */
async function quiet(server) {
  let before = server.cpuSeconds();
  for (let looks = 0; looks < QUIET_LOOKS;) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    const now = server.cpuSeconds();
    looks = now > before ? 0 : looks + 1;
    before = now;
  }
}

/** Least time and processor time that a command takes from start to end, in ms. */
function timeCommand(db, words) {
  const turns = Array.from({ length: TURNS }, () => {
    const cpuBefore = cpuSecondsOf(process.pid, { ofChildren: true });
    const startMs = performance.now();
    const { status } = spawnSync(process.execPath, [pathOf(GATETAPE), ...words, '--db', db], {
      stdio: 'ignore',
    });
    if (status !== 0) throw new Error(`gatetape ${words.join(' ')} ended with ${status}`);
    const ms = performance.now() - startMs;
    return { ms, cpuMs: (cpuSecondsOf(process.pid, { ofChildren: true }) - cpuBefore) * 1000 };
  });
  return { name: `\`gatetape ${words[0]}\``, ms: least(turns, 'ms'), cpuMs: least(turns, 'cpuMs') };
}

function least(turns, key) {
  return Math.min(...turns.map((turn) => turn[key]));
}

function row(what, figure, unit, theirs, key, reach = '') {
  return { what, figure, unit, reference: theirs.name, referenceFigure: theirs[key], reach };
}
