/** Starts command.ts from its source: Vitest's own loader compiles it. */
import { fileURLToPath } from 'node:url';
import { createViteServer } from 'vitest/node';

const server = await createViteServer({
  root: fileURLToPath(new URL('../../', import.meta.url)),
  configFile: false,
  logLevel: 'warn',
  server: { middlewareMode: true, watch: null, ws: false },
  // Node 20 has no `await using`.
  oxc: { target: 'es2023' },
  optimizeDeps: { noDiscovery: true },
});
try {
  await server.ssrLoadModule('/test/chaos/command.ts');
} finally {
  await server.close();
}
