/**
 * Every row of docs/clients.md: a client that is made as its row says comes through the recorder, and comes back there.
 *
 * Rows that cannot be run here say so on the page, and are printed.
 */
import { readFileSync } from 'node:fs';
import { globalAgent } from 'node:https';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SECRETS } from '../support/payloads.js';
import { scratchFile } from '../support/scratch.js';
import { readPage, RECIPES } from './page.js';
import { Stage } from './stage.js';

const AS_WRITTEN = 'as written';

const rows = readPage();
const run = rows.filter(({ tried }) => tried === AS_WRITTEN);
const others = rows.filter(({ tried }) => tried !== AS_WRITTEN);
for (const { client, tried } of others) console.log(`${client}: ${tried}`);

it('docs/clients.md marks the recipes that run here, with the reason for the others', () => {
  expect(run.map(({ client }) => client).sort()).toEqual(Object.keys(RECIPES).sort());
  for (const { tried } of others) expect(tried).toMatch(/^(?:not run: .+|by other tests)$/);
});

describe.concurrent('a client created as docs/clients.md describes resumes through the recorder:', () => {
  it.for(run)('$client', async ({ client, code }, { skip, onTestFinished }) => {
    const recipe = RECIPES[client];
    const reason = recipe?.whyNot() ?? null;
    if (reason !== null) console.log(`skipped: ${client}, because ${reason}`);
    skip(recipe === undefined || reason !== null, reason ?? undefined);
    const caDir = scratchFile('authority', onTestFinished);
    await using stage = await Stage.open(
      (target, logbook) => {
        // What NODE_EXTRA_CA_CERTS does for a whole process.
        if (recipe?.tls) globalAgent.options.ca = readFileSync(join(caDir, 'ca.pem'), 'utf8');
        return recipe?.start(code)(target, logbook) ?? (() => undefined);
      },
      scratchFile('page.sqlite', onTestFinished),
      recipe?.tls ? { tls: true, caDir } : {},
    );
    await stage.converse(3);
    await stage.interrupt('TCP reset');
    await stage.resumed(1);
    await stage.finish();
    expect(stage.gateway.peers).toHaveLength(2);
    const authorized = stage.gateway.requests.filter(({ line }) => !line.endsWith('/gateway'));
    for (const { authorization } of authorized) expect(authorization).toBe(`Bot ${SECRETS.token}`);
  });
});
