/**
 * Page: serves a recording to browsers on this machine, from a thread of its own.
 */
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { anyText, makeKind, someText, yesOrNo } from '../config/kinds.js';
import { parseListen } from '../config/values.js';
import type { ViewTexts } from '../filter/views.js';
import type { Log } from '../host.js';
import { checkedOptions, FUNCTION, LISTEN, type OptionRules } from '../library/options.js';
import { checkRemote } from '../library/remote.js';
import { version } from '../library/version.js';
import type { Thresholds } from '../lint/thresholds.js';
import type { ListenAddress } from '../serving/address.js';
import { isLoopback } from '../serving/addresses.js';
import { unpackFailure } from '../worker/boundary.js';
import { END, type PageNotice, type PageOrder } from './page-messages.js';

// Resolved by name, so that sources find the compiled thread too: a worker cannot run TypeScript.
const require = createRequire(import.meta.url);

/** Default address of the page. */
const PAGE_LISTEN = '127.0.0.1:7332';
/** Heap limit of the thread, in MiB. */
const MEMORY_MIB = 512;
const TOKEN_BYTES = 24;
const PAGE_SERVER = { server: 'the page', beyond: ': it shows the recording to everyone who has its token' };

/** Options of a page. */
export interface PageOptions {
  /** Path of the database; default `gatetape.sqlite`. */
  readonly db?: string;
  /** Address as `HOST:PORT` or as a value; default `127.0.0.1:7332`; port 0 picks a free one. */
  readonly listen?: string | ListenAddress;
  /** Allows other machines, which then need a token in the URL; required if `listen` is not loopback; default false. */
  readonly allowRemote?: boolean;
  /** Saved filters by name, as in the setting `views`. */
  readonly views?: ViewTexts;
  /** Thresholds of lint, as in the setting `lint`. */
  readonly thresholds?: Partial<Thresholds>;
  /** Base URL of the recorder's REST API, which an empty page shows. */
  readonly apiUrl?: string;
  /** Receives diagnostics; without it the page is silent. */
  readonly log?: Log;
}

/** A running page server. */
export interface WebPage extends AsyncDisposable {
  /** URL to open, with the token if one is required. */
  readonly uiUrl: string;
  /** Resolves when the page has ended: with the error if it failed, else with null. */
  readonly ended: Promise<Error | null>;
  /** Ends every connection and frees the port. */
  close(): Promise<void>;
}

const AN_OBJECT = makeKind('an object', (given) =>
  typeof given === 'object' && given !== null ? given : undefined,
);
const RULES: OptionRules<PageOptions> = {
  db: someText,
  listen: LISTEN,
  allowRemote: yesOrNo,
  views: AN_OBJECT,
  thresholds: AN_OBJECT,
  apiUrl: anyText,
  log: FUNCTION,
};

/**
 * Serves the page over a database, which may be growing. Rejects with UsageError for wrong options, NetworkError if the
 * address is not available, StoreError if the database cannot be read; nothing is left running then.
 */
export async function startPage(options: PageOptions = {}): Promise<WebPage> {
  const given = checkedOptions('startPage', options, RULES);
  const { db = 'gatetape.sqlite', allowRemote = false, views = {}, thresholds = {}, apiUrl = null } = given;
  const listen = readListen(given.listen ?? PAGE_LISTEN);
  checkRemote({ listen, allowRemote }, PAGE_SERVER, given.log);
  const token = isLoopback(listen.host) ? null : randomBytes(TOKEN_BYTES).toString('base64url');
  const folder = join(dirname(fileURLToPath(import.meta.url)), '../../dist/page');
  const order: PageOrder = { path: resolve(db), listen, token, views, thresholds, apiUrl, version, folder };
  const page = new ServedPage(order, given.log);
  await page.listening;
  return page;
}

function readListen(listen: string | ListenAddress): ListenAddress {
  const address = typeof listen === 'string' ? parseListen(listen) : listen;
  // The rules above refuse any other text.
  return address ?? { host: '127.0.0.1', port: 0 };
}

class ServedPage implements WebPage {
  readonly listening: Promise<void>;
  readonly ended: Promise<Error | null>;
  readonly #worker: Worker;
  readonly #token: string | null;
  #authority = '';
  #isClosing = false;

  constructor(order: PageOrder, log: Log = () => undefined) {
    const worker = new Worker(require.resolve('#page-thread'), {
      name: 'gatetape page',
      workerData: order,
      // The caller's own flags, such as a loader, do not apply to the compiled thread.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MIB },
    });
    this.#worker = worker;
    this.#token = order.token;
    let failure: Error | null = null;
    this.ended = new Promise((done) => {
      worker.once('exit', () =>
        done(failure ?? (this.#isClosing ? null : new Error('the page has ended without a word'))),
      );
    });
    this.listening = new Promise((listens, fails) => {
      worker.on('message', (notice: PageNotice) => {
        if (notice.type === 'report') log('error', notice.line, 'page_failed');
        if (notice.type === 'failed') failure = unpackFailure(notice.failure);
        if (notice.type !== 'listening') return;
        this.#authority = notice.authority;
        listens();
      });
      worker.on('error', (error) => (failure = error instanceof Error ? error : new Error(String(error))));
      void this.ended.then((error) => fails(error ?? new Error('the page was closed before it listened')));
    });
  }

  get uiUrl(): string {
    const query = this.#token === null ? '' : `?token=${this.#token}`;
    return `http://${this.#authority}/${query}`;
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#worker.postMessage(END);
    await this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
