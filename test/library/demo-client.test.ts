/** The client of the demo for those who have no discord.js, the player: it gets the same dispatches. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findClient, player } from '../../src/library/demo-client.js';
import { systemHost } from '../../src/host.js';
import { serveRecordings } from '../../src/mock/server.js';
import { parseTape } from '../../src/replay/tape/tape.js';

const tape = parseTape(readFileSync(new URL('../../tapes/demo.tape.ndjson', import.meta.url), 'utf8'));

describe('clients of the demo', () => {
  it('note the same dispatches, through a disconnect and a resume', async () => {
    const seen = [];
    for (const kind of [player(tape), await findClient(tape)]) {
      await using mock = await serveRecordings([tape], {
        host: systemHost(),
        listen: { host: '127.0.0.1', port: 0 },
        speed: 'max',
      });
      const client = await kind.connect(mock);
      const dispatches = await client.until(33, new AbortController().signal);
      await client.close();
      seen.push(dispatches.map(({ event, seq }) => `${seq ?? 0} ${event ?? ''}`));
    }
    expect(seen[0]).toHaveLength(33);
    expect(seen[0]).toEqual(seen[1]);
  });

  it('prefer discord.js, which is here', async () => {
    expect((await findClient(tape)).name).toMatch(/^discord\.js \d/);
  });
});
