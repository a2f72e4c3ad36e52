import { statfsSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes longest: `npm run test:long` runs it, so that `npm test` takes less than two minutes on two cores. */
const LONG = [
  'test/package/*.test.ts',
  'test/cli/{demo,search}.test.ts',
  'test/clients/scaffold.test.ts',
  'test/integration/{backpressure,bad-input,crash,full-disk,handover,lint-faults,long-recording}.test.ts',
  'test/integration/{marker-matrix,rotation,strange-databases,survival}.test.ts',
  'test/library/handover/{predecessor,successor}.test.ts',
  'test/library/forms/{growth,mutations,har/read}.test.ts',
  'test/library/shrink.test.ts',
  'test/gateway/redact/growth.test.ts',
  'test/gateway/rewrite-bounds.test.ts',
  'test/capture/bounds.test.ts',
  'test/page/{compare,findings,rest,screenshots,views}.test.ts',
  'test/ui/{command,guard,views}.test.ts',
  'test/store/upkeep/upkeep.test.ts',
];

/**
 * Files with a process of their own, which start first: what counts the things that its process has opened, and what
 * loads libraries anew with and without their addons. All others share one for each core, and what it has loaded: they
 * leave nothing behind in it.
 */
const APART = [
  'test/wire/zlib/{context,node-deflate,node-inflate}.test.ts',
  'test/store/sqlite.test.ts',
  'test/integration/many-mocks.test.ts',
  'test/clients/*.test.ts',
];

/** What takes long, by the end of the path; it starts first, so that no core waits for it at the end. */
const EARLY = [
  'page/views.test.ts',
  'page/rest.test.ts',
  'integration/bad-input.test.ts',
  'cli/demo.test.ts',
  'integration/survival.test.ts',
  'test/docs.test.ts',
];

/** By what else Vitest knows, which is the size of files on a fresh checkout, but for those. */
class EarlyFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId, project }: TestSpecification): number => {
      const place = EARLY.findIndex((path) => moduleId.endsWith(path));
      return (project.config.isolate ? 0 : EARLY.length + 1) + (place === -1 ? EARLY.length : place);
    };
    return sorted.sort((one, other) => rank(one) - rank(other));
  }
}

/** As long as a machine with much else to do may need, in ms; nothing waits for it that succeeds. */
const PATIENCE_MS = 120_000;

const GIB = 2 ** 30;

/** Where tests make their files: in memory where there is plenty, as waiting for the disk took two fifths of the time. */
function scratchFolder(): string {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    if (bavail * bsize > 2 * GIB) return '/dev/shm';
  } catch {
    // There is none: not Linux.
  }
  return tmpdir();
}

/** A file for a report in JSON beside what is printed; `.ci/run` counts by it. */
const REPORT = process.env['TEST_REPORT'];

export default defineConfig({
  test: {
    globalSetup: 'test/support/bundle.ts',
    reporters: REPORT === undefined ? ['default'] : ['default', ['json', { outputFile: REPORT }]],
    env: { TMPDIR: scratchFolder() },
    pool: 'forks',
    sequence: { sequencer: EarlyFirst },
    // By itself Vitest leaves a core to its own process, which has little to do: half of a machine with two. One more
    // than there are cores, as tests wait for sockets, children and locks.
    maxWorkers: availableParallelism() + 1,
    testTimeout: PATIENCE_MS,
    hookTimeout: PATIENCE_MS,
    expect: { poll: { timeout: PATIENCE_MS / 2 } },
    projects: [
      { extends: true, test: { name: 'apart', include: APART, exclude: LONG } },
      {
        extends: true,
        test: {
          name: 'shared',
          include: ['test/**/*.test.ts'],
          exclude: ['test/*/node_modules/**', ...APART, ...LONG],
          isolate: false,
        },
      },
      { extends: true, test: { name: 'long', include: LONG } },
    ],
  },
});
