/** Starts command.ts from its source: Vitest's own loader compiles it. */
import { fileURLToPath } from 'node:url';
import { createViteServer } from 'vitest/node';

const server = await createViteServer({
  root: fileURLToPath(new URL('../../', import.meta.url)),
  configFile: false,
  logLevel: 'warn',
  server: { middlewareMode: true, watch: null, ws: false },
  optimizeDeps: { noDiscovery: true },
});
try {
  await server.ssrLoadModule('/test/sim/command.ts');
} finally {
  await server.close();
}
