/** The thread of run.mjs: loads command.ts from its source, with counters in all of src/. */
import { fileURLToPath } from 'node:url';
import { workerData } from 'node:worker_threads';
import { createViteServer } from 'vitest/node';
import { endInOrder } from '../run-source.mjs';

const { shared, args } = workerData;
const [header, bytes] = [new Int32Array(shared, 0, 4), new Uint8Array(shared, 4096)];
let instrument = null;

const server = await createViteServer({
  root: fileURLToPath(new URL('../../', import.meta.url)),
  configFile: false,
  logLevel: 'warn',
  server: { middlewareMode: true, watch: null, ws: false },
  optimizeDeps: { noDiscovery: true },
  oxc: { target: 'node20' },
  plugins: [
    {
      name: 'counters',
      enforce: 'pre',
      transform: (code, id) =>
        instrument !== null && id.includes('/src/') && id.endsWith('.ts') ? instrument(code, id) : null,
    },
  ],
});
try {
  ({ instrument } = await server.ssrLoadModule('/test/fuzz/instrument.ts'));
  const { runFuzzer } = await server.ssrLoadModule('/test/fuzz/command.ts');
  const note = (name, input) => {
    const length = Math.min(input.length, 2 ** 20);
    bytes.set(Buffer.from(name), 0);
    bytes.set(input.subarray(0, length), name.length);
    header.set([header[0] + 1, length, name.length, 1]);
  };
  process.exitCode = await endInOrder(() => runFuzzer(args, note));
  header[3] = 0;
} finally {
  await server.close();
}
