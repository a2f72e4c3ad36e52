/** Runs a command of the tests from its source, without a build: Vitest's own loader compiles it. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createViteServer } from 'vitest/node';

/**
 * Loads `module`, such as `/test/sim/command.ts`, and calls its `run` with the arguments of the process. `isInMemory`: temporary
 * files are in memory, as the disk would take a third of the time.
 */
export async function runSource(module, isInMemory) {
  if (isInMemory && existsSync('/dev/shm')) process.env.TMPDIR = '/dev/shm';
  // Whoever reads the output has seen enough.
  process.stdout.on('error', () => process.exit(0));
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
    const { run } = await server.ssrLoadModule(module);
    process.exitCode = await endInOrder(() => run(process.argv.slice(2)));
  } finally {
    await server.close();
  }
}

/** Exit code of a command; wrong use (support/flags.ts) is a line and 2. */
export async function endInOrder(run) {
  try {
    return await run();
  } catch (error) {
    if (error.name !== 'WrongUse') throw error;
    console.error(error.message);
    return 2;
  }
}
