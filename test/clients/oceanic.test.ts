/** The journeys and the ordeals of oceanic.js, in each of its transports; and the way to point it that docs/clients.md shows. */
import { readFileSync } from 'node:fs';
import { runInThisContext } from 'node:vm';
import { expect, it } from 'vitest';
import { scratchFile } from '../support/scratch.js';
import { OCEANIC, startOceanic } from './oceanic.js';
import { describeFaults } from './faults.js';
import { describeClient } from './journey.js';
import { whyNot } from './libraries.js';
import { Stage } from './stage.js';

it.skipIf(whyNot(['oceanic.js']) !== null)(
  'is pointed at the recorder as docs/clients.md says',
  async (context) => {
    const page = readFileSync(new URL('../../docs/clients.md', import.meta.url), 'utf8');
    const [, options] = /^\| oceanic\.js 1 +\| `new Client\((.*)\)` *\|$/m.exec(page) ?? [];
    await using stage = await Stage.open(
      ({ apiUrl }, logbook) => {
        const { host } = new URL(apiUrl);
        const pointed = runInThisContext(`(${options?.replaceAll('127.0.0.1:7331', host)})`) as object;
        return startOceanic(pointed, logbook);
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

describeClient('oceanic.js', 'same connection', OCEANIC);
describeFaults('oceanic.js', OCEANIC);
