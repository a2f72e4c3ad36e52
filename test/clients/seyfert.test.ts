/**
 * Seyfert, whose WebSocket knows no scheme and no port: it opens TLS on the default port of node:https.
 *
 * That default is the global agent's, and can be set to the recorder's port, so that no port below 1024 is needed.
 * With `--tls` the recorder shows it a certificate of the local authority, which the agent trusts.
 */
import { readFileSync } from 'node:fs';
import { globalAgent } from 'node:https';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startMockGateway } from '../../src/library/mock.js';
import { startRecorder } from '../../src/library/record.js';
import { SECRETS } from '../support/payloads.js';
import { scratchFile } from '../support/scratch.js';
import { rowsOf } from '../support/stores.js';
import { findErrors } from './journey.js';
import { loadLibrary, whyNot } from './libraries.js';
import { Logbook } from './logbook.js';
import { connectSeyfert, type SeyfertLibrary } from './seyfert.js';
import { Stage, type Target } from './stage.js';

const reason = whyNot(['seyfert']);
if (reason !== null) console.log(`skipped: Seyfert, because ${reason}`);

/** Leads the process's connections that name no port to a recorder. */
function leadTo(url: string, caDir: string): void {
  Object.assign(globalAgent, { defaultPort: Number(new URL(url).port) });
  globalAgent.options.ca = readFileSync(join(caDir, 'ca.pem'), 'utf8');
}

function start({ apiUrl }: Target, logbook: Logbook): () => void {
  const library = loadLibrary('seyfert') as SeyfertLibrary;
  const { origin } = new URL(apiUrl);
  return connectSeyfert(library, new library.ApiHandler({ token: SECRETS.token, domain: origin }), logbook);
}

it.skipIf(reason !== null)(
  'seyfert resumes through the proxy, is recorded completely, and behaves the same with a mock',
  async () => {
    const [db, caDir] = [scratchFile(), scratchFile('authority')];
    const options = { tls: true, caDir };
    await using stage = await Stage.open(
      (recorder, logbook) => {
        leadTo(recorder.apiUrl, caDir);
        // REST it does by fetch, which knows ports, and which the same port serves without TLS.
        return start({ apiUrl: recorder.apiUrl.replace('https:', 'http:') }, logbook);
      },
      db,
      options,
    );
    await stage.converse(60);
    for (const [index, how] of (['op 7', 'close 4000, FIN', 'TCP reset'] as const).entries()) {
      await stage.interrupt(how);
      await stage.resumed(index + 1);
      await stage.converse(5);
    }
    await stage.finish();
    expect(await findErrors(db), 'breaches of the protocol').toEqual([]);
    const connections = rowsOf(
      db,
      "SELECT is_client_tls, path LIKE '/r/%' AS resumed FROM connection ORDER BY id",
    );
    expect(connections).toEqual([0, 1, 1, 1].map((resumed) => ({ is_client_tls: 1, resumed })));
    const told = stage.logbook.dispatches.filter(({ t }) => t !== 'READY' && t !== 'RESUMED');

    await using mock = await startMockGateway({ db, session: 'latest', speed: 'max' });
    await using front = await startRecorder({
      listen: '127.0.0.1:0',
      upstream: mock.gatewayUrl,
      api: mock.apiUrl,
      db: scratchFile(),
      ...options,
    });
    leadTo(front.apiUrl, caDir);
    const logbook = new Logbook();
    const stop = start({ apiUrl: mock.apiUrl }, logbook);
    await logbook.until(() => logbook.dispatches.length >= stage.logbook.dispatches.length);
    stop();
    expect(logbook.dispatches.filter(({ t }) => t !== 'READY' && t !== 'RESUMED')).toEqual(told);
  },
);
