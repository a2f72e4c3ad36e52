/**
 * Connections that come and go, 15 at a time, through a recorder: `node test/churn.mjs [SECONDS]` (default 300).
 *
 * Built addons are finalized by the collector, which has aborted Node 24 within seconds (src/store/sqlite.ts). Ends with
 * 0 when every client was served to the last message and the recorder ended in an orderly way.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { startMockGateway } from '../dist/index.js';

const seconds = Number(process.argv[2] ?? 300);
const AT_A_TIME = 15;
const folder = mkdtempSync(join(tmpdir(), 'gatetape-churn-'));
const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const mock = await startMockGateway({
  tape: fileURLToPath(new URL('../tapes/demo.tape.ndjson', import.meta.url)),
  speed: 'max',
});
const recorder = spawn(
  process.execPath,
  [
    main,
    'record',
    '--listen',
    ':0',
    '--upstream',
    mock.gatewayUrl,
    '--api',
    mock.apiUrl,
    '--db',
    join(folder, 'c.sqlite'),
  ],
  { stdio: ['ignore', 'pipe', 'inherit'] },
);
const lines = createInterface({ input: recorder.stdout })[Symbol.asyncIterator]();
const { gatewayUrl } = JSON.parse((await lines.next()).value);
const end = Date.now() + seconds * 1_000;
let served = 0;
await Promise.all(Array.from({ length: AT_A_TIME }, come));
recorder.kill('SIGINT');
const [code, signal] = await once(recorder, 'exit');
await mock.close();
rmSync(folder, { recursive: true, force: true });
console.log(
  `${served} connections in ${seconds} s on Node ${process.versions.node}; the recorder ended with ${code ?? signal}`,
);
process.exitCode = code === 0 && served > 0 ? 0 : 1;

async function come() {
  while (Date.now() < end && recorder.exitCode === null && recorder.signalCode === null) {
    const socket = new WebSocket(`${gatewayUrl}/?v=10&encoding=json&compress=zlib-stream`);
    socket.on('error', () => undefined);
    socket.on('open', () =>
      socket.send(JSON.stringify({ op: 2, d: { token: 'a', intents: 513, properties: {} } })),
    );
    let messages = 0;
    socket.on('message', () => {
      if (++messages === 8) {
        served += 1;
        socket.close();
      }
    });
    await once(socket, 'close');
  }
}
