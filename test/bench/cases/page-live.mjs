/**
 * The page while 5,000 frames a second are recorded: frames a second and pauses of the tab, changes of its document, memory; and
 * processor time of the tab, and of the server beside the recorder.
 *
 * Processor time is measured while nothing else is: a script that counts frames makes the tab draw 60 a second.
 */
import { measureTabs, Tab } from '../browser.mjs';
import { Program } from '../processes.mjs';
import { inScratch, MIDDLES, Scene } from '../scene.mjs';

const PER_SECOND = 5_000;
const PAYLOADS = 20_000;
const MIB = 2 ** 20;
const VIEWS = [
  { name: 'overview', path: '/overview', sign: '.figures dd' },
  { name: 'frames, following', path: '/frames', sign: '.frame-row' },
];

/** Rows of the report, from views that are watched for so many seconds each, three times. */
export async function watchLive(browser, seconds) {
  const scene = await Scene.set({ traffic: 'mix', count: PAYLOADS });
  const rows = await inScratch(async (folder) => {
    const recorder = await MIDDLES.gatetape(scene.upstream, folder);
    const server = Program.node(
      '../../dist/bundle/main.js',
      'ui',
      '--db',
      recorder.db,
      '--listen',
      '127.0.0.1:0',
    );
    const { uiUrl } = await server.nextLine();
    await scene.connect(recorder.url);
    const isOver = { value: false };
    const playing = keepPlaying(scene, isOver);
    const found = [];
    for (const view of VIEWS)
      found.push(...(await watchView(browser, uiUrl, view, { recorder, server, seconds })));
    isOver.value = true;
    await playing;
    await server.stop();
    await scene.hangUp();
    await recorder.program.stop();
    return found;
  });
  await scene.strike();
  return rows;
}

async function keepPlaying(scene, isOver) {
  while (!isOver.value) await scene.play(PER_SECOND, { perSecond: PER_SECOND });
}

async function watchView(browser, uiUrl, { name, path, sign }, { recorder, server, seconds }) {
  const tab = await Tab.open(browser);
  await tab.visit(new URL(path, uiUrl).href, sign);
  await pause(3);
  const before = await tab.contents();
  const costs = async () => {
    const { cpuSeconds } = await measureTabs(browser);
    return [cpuSeconds, server.cpuSeconds(), recorder.program.cpuSeconds()];
  };
  const shown = await during(seconds, costs);
  await tab.startCounting();
  await pause(seconds);
  const drawn = await tab.stopCounting();
  const after = await tab.contents();
  const { ownBytes } = await measureTabs(browser);
  await tab.hide();
  // What is being computed for a page that asks no more ends within 15 s.
  await pause(17);
  const hidden = await during(seconds / 2, costs);
  await tab.close();
  const percent = (share) => share * 100;
  const row = (what, figure, unit, rest = {}) => ({ what: `${name}: ${what}`, figure, unit, ...rest });
  const recorderShare = {
    unit: '% of a core',
    reference: 'the recorder',
    referenceFigure: percent(shown[2]),
  };
  return [
    row('frames a second of the tab', drawn.perSecond, '/s', { reach: '60' }),
    row('longest pause between two, of the tab', drawn.longestMs, 'ms'),
    row('pauses over 50 ms, a minute', (drawn.pauses * 60) / seconds, ''),
    row('changes of the document a second', drawn.changes, '/s', { reach: '≤ 10' }),
    row('tab', percent(shown[0]), '% of a core', { reach: '≤ 20 %' }),
    { ...row('server', percent(shown[1]), ''), ...recorderShare, reach: '≤ 0.03' },
    { ...row('server, page hidden', percent(hidden[1]), ''), ...recorderShare, reach: '0' },
    row('memory of the tab, JavaScript', after.heapBytes / MIB, 'MiB', { reach: '≤ 150 MB' }),
    row('growth of it meanwhile', (after.heapBytes - before.heapBytes) / MIB, 'MiB'),
    row('memory of the process of the tab, its own', ownBytes / MIB, 'MiB'),
    row('elements', after.elements, ''),
    row('resident memory of the server', server.residentBytes() / MIB, 'MiB'),
  ];
}

/** What each of some counters adds a second, over some seconds. */
async function during(seconds, read) {
  const before = await read();
  const startMs = performance.now();
  await pause(seconds);
  const tookS = (performance.now() - startMs) / 1000;
  return (await read()).map((value, index) => (value - before[index]) / tookS);
}

function pause(seconds) {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
