/** Runs a command of the tests from its source, without a build: Vitest's own loader compiles it. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createViteServer } from 'vitest/node';

/**
 * Loads `module`, such as `/test/sim/command.ts`, which runs the command. `isInMemory`: temporary files are in memory, as the
 * disk would take a third of the time.
 */
export async function runSource(module, isInMemory) {
  if (isInMemory && existsSync('/dev/shm')) process.env.TMPDIR = '/dev/shm';
  const server = await createViteServer({
    root: fileURLToPath(new URL('../', import.meta.url)),
    configFile: false,
    logLevel: 'warn',
    server: { middlewareMode: true, watch: null, ws: false },
    // Node 20 has no `await using`.
    oxc: { target: 'es2023' },
    optimizeDeps: { noDiscovery: true },
  });
  try {
    await server.ssrLoadModule(module);
  } finally {
    await server.close();
  }
}
