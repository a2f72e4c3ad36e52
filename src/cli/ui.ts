/**
 * `gatetape ui`: serves the web page over a recording until it is asked to stop.
 */
import type { Command } from 'commander';
import { text } from '../config/kinds.js';
import { parseListen } from '../config/values.js';
import type { Config } from '../config/schema.js';
import type { Log } from '../host.js';
import type { WebPage } from '../ui/page.js';
import { addSettings, readConfig } from './options/config-options.js';
import { createLog, openTerminal } from './print/terminal.js';
import { aborted, stopSignal } from './process/signals.js';

const EXAMPLES = `
Examples:
  gatetape ui                                    the recording of gatetape.sqlite, at http://127.0.0.1:7332/
  gatetape ui --db bot.sqlite --open             another one, in the browser at once
  gatetape ui --listen :0                        at a free port, which is printed as "uiUrl"
  curl -s http://127.0.0.1:7332/frames.json      the data of the page, for scripts: docs/page.md

The page reads the file, and never writes to it. Ctrl-C stops.`;

/** An address to listen on. */
export const PAGE_ADDRESS = text('HOST:PORT, with port 0 for a free one', parseListen);

/** Adds the command `ui`. */
export function addUi(program: Command): void {
  const command = program.command('ui').description('serve a web page to look at a recording, until Ctrl-C');
  addSettings(command, ['db', 'logFormat', 'logLevel'])
    // The setting, in the words of this server.
    .option('--allow-remote', 'let other machines see the page, by the token in the address that is printed')
    // Read as the setting of that name, but without its default and other sources: those are of the proxy.
    .option('--listen <host:port>', `where to serve it: ${PAGE_ADDRESS.expected} (default: 127.0.0.1:7332)`)
    .option('--open', 'open it in the browser')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

interface UiFlags {
  readonly listen?: string;
  readonly open?: boolean;
}

async function run({ listen, open = false }: UiFlags, command: Command): Promise<void> {
  const config = readConfig(command);
  const { output, note } = openTerminal(command);
  const stop = stopSignal();
  const log = createLog(note, config);
  const page = await servePage(config, { listen: listen === undefined ? undefined : config.listen, log });
  try {
    await output.print([JSON.stringify({ event: 'listening', uiUrl: page.uiUrl, db: config.db })]);
    if (open) await openPage(page, log);
    const failure = await Promise.race([aborted(stop).then(() => null), page.ended]);
    if (failure !== null) throw failure;
  } finally {
    await page.close();
  }
}

/** What a page is served with. */
export interface PageServing {
  readonly listen?: Config['listen'] | undefined;
  readonly log: Log;
  /** Of the recorder beside it. */
  readonly apiUrl?: string;
}

/** Serves the page of a configuration. Rejects as `startPage` does. */
export async function servePage(
  { db, allowRemote, views, lint }: Config,
  { listen, log, apiUrl }: PageServing,
): Promise<WebPage> {
  const { startPage } = await import('../ui/page.js');
  return startPage({
    ...{ db, allowRemote, views, thresholds: lint, log },
    ...(listen === undefined ? {} : { listen }),
    ...(apiUrl === undefined ? {} : { apiUrl }),
  });
}

/** Opens the page in the browser, or says that none could be. */
async function openPage({ uiUrl }: WebPage, log: Log): Promise<void> {
  const { openBrowser } = await import('../ui/browser.js');
  if (!(await openBrowser(uiUrl)))
    log('warn', `no browser could be opened: the page is at ${uiUrl}`, 'browser_not_opened');
}
