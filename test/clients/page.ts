/** docs/clients.md: whether a client that is made as its row says comes through the recorder, and comes back there. */
import { readFileSync } from 'node:fs';
import { runInThisContext } from 'node:vm';
import { expect, it } from 'vitest';
import { scratchFile } from '../support/scratch.js';
import { whyNot } from './libraries.js';
import type { Logbook } from './logbook.js';
import { Stage } from './stage.js';

// Of the recorder on that page.
const EXAMPLE_PORT = '7331';

/** Tests the options in a row of the page; `start` makes a client with them. */
export function testRow(
  library: string,
  row: RegExp,
  start: (options: object, logbook: Logbook) => () => unknown,
): void {
  it.skipIf(whyNot([library]) !== null)(
    'is pointed at the recorder as docs/clients.md says',
    async (context) => {
      const page = readFileSync(new URL('../../docs/clients.md', import.meta.url), 'utf8');
      const [, options] = row.exec(page) ?? [];
      await using stage = await Stage.open(
        ({ apiUrl }, logbook) => {
          const { port } = new URL(apiUrl);
          return start(runInThisContext(`(${options?.replaceAll(EXAMPLE_PORT, port)})`) as object, logbook);
        },
        scratchFile('page.sqlite', context.onTestFinished),
      );
      await stage.converse(3);
      await stage.interrupt('TCP reset');
      await stage.resumed(1);
      await stage.finish();
      expect(stage.gateway.peers).toHaveLength(2);
    },
  );
}
