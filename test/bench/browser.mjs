/**
 * Chromium, as a benchmark sees it: tabs that are opened, what they hold and what their processes cost.
 *
 * Each tab has a profile of its own, so nothing is in its cache; Chromium itself runs already.
 */
/* global document, Event, MutationObserver, requestAnimationFrame -- functions that run in the page */
import { existsSync, readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { cpuSecondsOf } from './processes.mjs';

const CHROMIUM = '/usr/bin/chromium';

/** Whether Chromium is installed. */
export const hasChromium = existsSync(CHROMIUM);

/** Starts Chromium. */
export function startChromium() {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  });
}

/** A tab. */
export class Tab {
  #context;
  #session;

  /** Opens an empty tab. */
  static async open(browser) {
    const tab = new Tab();
    tab.#context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    await tab.#context.addInitScript(installCounters);
    tab.view = await tab.#context.newPage();
    tab.#session = await tab.#context.newCDPSession(tab.view);
    await tab.#session.send('Performance.enable');
    return tab;
  }

  /** Goes to an address and resolves with the time from the request until `selector` is in sight, in ms. */
  async visit(url, selector) {
    const startMs = performance.now();
    await this.view.goto(url, { waitUntil: 'commit' });
    await this.view.locator(selector).first().waitFor();
    return performance.now() - startMs;
  }

  /** Time from the request to the first text or picture, in ms. */
  firstPaintMs() {
    return this.view.evaluate(
      () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
    );
  }

  /** Bytes of JavaScript that live after a collection of garbage, and elements. */
  async contents() {
    await this.#session.send('HeapProfiler.collectGarbage');
    const { metrics } = await this.#session.send('Performance.getMetrics');
    const elements = await this.view.evaluate(() => document.querySelectorAll('*').length);
    return { heapBytes: metrics.find(({ name }) => name === 'JSHeapUsedSize').value, elements };
  }

  /** Presses a key and resolves with the time until all `selector` have a text, in ms. */
  async timeKey(key, selector, text) {
    const startMs = performance.now();
    await this.view.keyboard.press(key);
    await this.view.waitForFunction(
      ([rows, wanted]) => {
        const found = [...document.querySelectorAll(rows)];
        return found.length > 0 && found.every(({ textContent }) => textContent.includes(wanted));
      },
      [selector, text],
    );
    return performance.now() - startMs;
  }

  /** Clicks into the middle of an element and resolves with the time until no `selector` has the id that it had, in ms. */
  async timeClick(element, selector) {
    const ids = await this.view.locator(selector).evaluateAll((rows) => rows.map(({ id }) => id));
    const { x, y, width, height } = await this.view.locator(element).boundingBox();
    const startMs = performance.now();
    await this.view.mouse.click(x + width / 2, y + height / 2);
    await this.view.waitForFunction(
      ([rows, before]) => {
        const found = [...document.querySelectorAll(rows)];
        return found.length > 0 && found.every(({ id }) => !before.includes(id));
      },
      [selector, ids],
    );
    return performance.now() - startMs;
  }

  /** Turns the wheel over an element for some seconds, some rows at each turn. */
  async scroll(element, seconds) {
    await this.view.locator(element).hover();
    const endMs = performance.now() + seconds * 1000;
    while (performance.now() < endMs) await this.view.mouse.wheel(0, 120);
  }

  /** Begins to count frames of the screen, and changes of the document. */
  startCounting() {
    return this.view.evaluate(() => globalThis.startCounting());
  }

  /** What was counted: { perSecond, longestMs, pauses, changes }. */
  stopCounting() {
    return this.view.evaluate(() => globalThis.stopCounting());
  }

  /** Makes the page believe that another tab is in front of it. */
  hide() {
    return this.view.evaluate(() => {
      Object.defineProperty(document, 'hidden', { get: () => true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
  }

  /** Closes it. */
  async close() {
    await this.#context.close();
  }
}

/** CPU seconds so far, and private memory in bytes, of the processes that draw tabs: of the one tab that is open, and spares. */
export async function measureTabs(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const ids = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
  return {
    cpuSeconds: ids.reduce((sum, id) => sum + cpuSecondsOf(id), 0),
    ownBytes: Math.max(...ids.map(readPrivateBytes)),
  };
}

function readPrivateBytes(pid) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return [...text.matchAll(/^Private_\w+:\s+(\d+) kB$/gm)].reduce((sum, [, kib]) => sum + kib * 1024, 0);
}

/** Runs in the page. A change is what the document does between two frames, however much that is. */
function installCounters() {
  globalThis.startCounting = () => {
    const gaps = [];
    let changes = 0;
    let hasChanged = false;
    const observer = new MutationObserver(() => (hasChanged = true));
    observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
    const startMs = performance.now();
    let beforeMs = startMs;
    let isOver = false;
    const onFrame = (nowMs) => {
      gaps.push(nowMs - beforeMs);
      beforeMs = nowMs;
      if (hasChanged) changes += 1;
      hasChanged = false;
      if (!isOver) requestAnimationFrame(onFrame);
    };
    requestAnimationFrame(onFrame);
    globalThis.stopCounting = () => {
      isOver = true;
      observer.disconnect();
      const seconds = (performance.now() - startMs) / 1000;
      return {
        perSecond: gaps.length / seconds,
        longestMs: Math.max(...gaps),
        pauses: gaps.filter((ms) => ms > 50).length,
        changes: changes / seconds,
      };
    };
  };
}
