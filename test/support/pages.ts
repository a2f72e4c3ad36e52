/** The page's server over a database, and requests to it over real HTTP, as a page or a stranger sends them. */
import { request, type IncomingHttpHeaders } from 'node:http';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { startPage, type WebPage, type PageOptions } from '../../src/ui/page.js';
import type { ScriptedCapture } from './capture/script.js';

/** An answer, whole. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** What a request says beyond its path. */
export interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Serves a database for the time of one test. */
export async function servePages(db: string, options: Partial<PageOptions> = {}): Promise<WebPage> {
  const page = await startPage({ db, listen: ':0', ...options });
  onTestFinished(() => page.close());
  return page;
}

/** Serves a capture for all tests of a suite, which is cheaper; for those that change neither the file nor the server. */
export function serveForAll(capture: ScriptedCapture): () => WebPage {
  let page: WebPage;
  const removals: (() => void)[] = [];
  beforeAll(async () => {
    const db = capture.database((remove) => removals.push(remove));
    page = await startPage({ db, listen: ':0' });
  });
  afterAll(async () => {
    await page.close();
    for (const remove of removals) remove();
  });
  return () => page;
}

/** Sends one request as it is written: `path` is not normalised. */
export function ask(
  { uiUrl }: Pick<WebPage, 'uiUrl'>,
  path: string,
  asking: Asking = {},
): Promise<HttpAnswer> {
  const { hostname, port } = new URL(uiUrl);
  const { method = 'GET', headers = {} } = asking;
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (text += part));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** The data at an address. Throws with the text of any answer but 200. */
export async function askData<Answer>(page: Pick<WebPage, 'uiUrl'>, address: string): Promise<Answer> {
  const [path, query] = address.split('?') as [string, string?];
  const { status, text } = await ask(page, `${path}.json${query === undefined ? '' : `?${query}`}`);
  if (status !== 200) throw new Error(`${status}: ${text}`);
  return JSON.parse(text) as Answer;
}

/** The data at an address when it is complete, however long it takes. */
export async function askComplete<Answer extends { readonly progress: { readonly isComplete: boolean } }>(
  page: Pick<WebPage, 'uiUrl'>,
  address: string,
): Promise<Answer> {
  for (;;) {
    const answer = await askData<Answer>(page, address);
    if (answer.progress.isComplete) return answer;
  }
}
