/** Chromium on the page: views that are opened in it, and what none of them may do. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type LaunchOptions, type Page } from 'playwright-core';
import { afterAll, beforeAll, onTestFinished } from 'vitest';

/** Chromium of Debian's packages: the shell without windows, at half of the cost, before the whole. */
const BROWSERS = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'];
const BROWSER = BROWSERS.find((path) => existsSync(path));
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Whether Chromium is installed; says aloud which tests are skipped if not. */
export function hasBrowser(tests: string): boolean {
  if (BROWSER === undefined) console.warn(`skipped: ${tests}; there is no ${BROWSERS.join(' or ')}`);
  return BROWSER !== undefined;
}

/** How Chromium is launched: it asks no host of its own. */
export function launchOptions(...args: readonly string[]): LaunchOptions {
  if (BROWSER === undefined) throw new Error(`there is no ${BROWSERS.join(' or ')}`);
  return { executablePath: BROWSER, args: [...FLAGS, ...args] };
}

/** How a view is opened. */
export interface Viewing {
  readonly colorScheme?: 'dark' | 'light';
  readonly width?: number;
  readonly height?: number;
}

/** What a page has done that it must not: errors, refused code, requests elsewhere. */
export type Misdeeds = readonly string[];

/** Opens an address of a page in a window of its own, and collects its misdeeds. */
export type OpenView = (
  page: { readonly uiUrl: string },
  address: string,
  viewing?: Viewing,
) => Promise<{ readonly view: Page; readonly misdeeds: Misdeeds }>;

/** Starts Chromium for all tests of a suite, and builds the page if its sources have changed. */
export function viewsForAll(): OpenView {
  let browser: Browser;
  beforeAll(async () => {
    execFileSync(process.execPath, ['page/build.mjs'], { cwd: ROOT });
    browser = await chromium.launch(launchOptions());
  });
  afterAll(() => browser.close());
  return (page, address, viewing = {}) => openView(browser, page.uiUrl, address, viewing);
}

async function openView(
  browser: Browser,
  uiUrl: string,
  address: string,
  { colorScheme = 'dark', width = 1280, height = 800 }: Viewing,
): ReturnType<OpenView> {
  const context = await browser.newContext({
    colorScheme,
    viewport: { width, height },
    reducedMotion: 'reduce',
  });
  onTestFinished(() => context.close());
  const view = await context.newPage();
  const misdeeds: string[] = [];
  view.on('pageerror', (error) => misdeeds.push(error.message));
  view.on('dialog', (dialog) => {
    misdeeds.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  view.on('console', (message) => {
    // An answer of 4xx is one that the page can show.
    const isAnswer = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !isAnswer) misdeeds.push(message.text());
  });
  view.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol !== 'data:' && origin !== new URL(uiUrl).origin) misdeeds.push(`asked ${request.url()}`);
  });
  await view.goto(new URL(address, uiUrl).href);
  return { view, misdeeds };
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

/** What axe-core finds on a page, as rules with the elements that break them; of all rules, or of those named. */
export async function findBarriers(view: Page, rules?: readonly string[]): Promise<readonly string[]> {
  await view.evaluate(AXE);
  const options = rules === undefined ? '{}' : JSON.stringify({ runOnly: rules });
  const { violations } = await view.evaluate<AxeResults>(`axe.run(document, ${options})`);
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 300)}`));
}
