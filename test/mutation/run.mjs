/** Starts command.ts from its source: Vitest's own loader compiles it. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createViteServer } from 'vitest/node';

// Files in memory: the disk would take a third of the time.
if (existsSync('/dev/shm')) process.env.TMPDIR = '/dev/shm';

const server = await createViteServer({
  root: fileURLToPath(new URL('../../', import.meta.url)),
  configFile: false,
  logLevel: 'warn',
  server: { middlewareMode: true, watch: null, ws: false },
  optimizeDeps: { noDiscovery: true },
});
try {
  await server.ssrLoadModule('/test/mutation/command.ts');
} finally {
  await server.close();
}
