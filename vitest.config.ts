import { defineConfig } from 'vitest/config';

/** Pure folders, and values: their tests have nothing to leak, and share a process and what it has loaded. */
const SHARED = ['wire', 'gateway', 'capture', 'replay', 'config'].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);
/** Counts what its process has opened. */
const APART = 'test/wire/zlib/context.test.ts';

export default defineConfig({
  test: {
    pool: 'forks',
    testTimeout: 30_000,
    projects: [
      { extends: true, test: { name: 'core', include: SHARED, exclude: [APART], isolate: false } },
      {
        extends: true,
        test: {
          name: 'shells',
          include: ['test/**/*.test.ts'],
          exclude: ['test/clients/node_modules/**', ...SHARED],
        },
      },
      { extends: true, test: { name: 'apart', include: [APART] } },
    ],
  },
});
