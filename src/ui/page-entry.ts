/**
 * Page thread: the entry point of the worker that serves the page, so that no answer delays a relay.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { listenOn } from '../serving/http.js';
import { packFailure } from '../worker/boundary.js';
import { Desk } from './desk.js';
import { Guard } from './guard.js';
import { LatestFindings } from './latest-findings.js';
import { PageFile } from './page-file.js';
import { END, type PageNotice, type PageOrder } from './page-messages.js';
import { createPageServer } from './page-server.js';
import { StaticFiles } from './static-files.js';

const order = workerData as PageOrder;
const post = (notice: PageNotice): void => parentPort?.postMessage(notice);

async function serve(): Promise<void> {
  const { path, listen, token, views, thresholds, apiUrl, version, folder } = order;
  const file = new PageFile(path, { apiUrl, version }, () => performance.now());
  const desk = new Desk(path);
  const server = createPageServer({
    context: { file, desk, findings: new LatestFindings(), views, thresholds },
    guard: new Guard([listen.host], token),
    files: new StaticFiles(folder),
    report: (line) => post({ type: 'report', line }),
  });
  const authority = await listenOn(server, listen);
  parentPort?.once('message', (message: unknown) => {
    if (message !== END) return;
    server.close(() => {
      file.close();
      void desk.close().then(() => parentPort?.close());
    });
    server.closeAllConnections();
  });
  post({ type: 'listening', authority });
}

serve().catch((error: unknown) => {
  post({ type: 'failed', failure: packFailure(error) });
  parentPort?.close();
});
