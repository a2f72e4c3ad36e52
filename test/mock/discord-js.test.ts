import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { Client, Events, GatewayIntentBits } from 'discord.js';
import { expect, it } from 'vitest';
import type { Recording } from '../../src/replay/recording.js';
import { parseTape } from '../../src/replay/tape.js';
import { serve } from '../support/mocks.js';

const demo = parseTape(readFileSync(new URL('../../tapes/demo.tape.ndjson', import.meta.url), 'utf8'));

/** Dispatches of a recording in order, each once. */
function dispatchesOf(recording: Recording): { t: string | null; s: number | null; d: unknown }[] {
  return recording.steps.flatMap((step) =>
    step.type === 'payload' && step.sender === 'gateway' && step.payload.op === 0
      ? [{ t: step.payload.t, s: step.payload.s, d: step.payload.d }]
      : [],
  );
}

it('discord.js reaches ready, survives RECONNECT, resumes, and is dispatched what was recorded', async () => {
  const mock = await serve(demo);
  const client = new Client({
    intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages, GatewayIntentBits.MessageContent],
    rest: { api: mock.apiUrl },
  });
  const seen: { t: string; s: number; d: unknown }[] = [];
  // discord.js goes on to change what it hands out, so what came is copied.
  client.on(Events.Raw, (packet: { op: number; t: string; s: number; d: unknown }) => {
    if (packet.op === 0) seen.push(structuredClone({ t: packet.t, s: packet.s, d: packet.d }));
  });
  const ready = once(client, Events.ClientReady);
  const resumed = once(client, Events.ShardResume);
  try {
    await client.login('placeholder.token.of-the-test');
    await ready;
    await resumed;
    await mock.finished();
    const expected = dispatchesOf(demo);
    await expect.poll(() => seen.length, { timeout: 5000 }).toBe(expected.length);
    expect(seen.map(({ t, s }) => [t, s])).toEqual(expected.map(({ t, s }) => [t, s]));
    expect(seen.slice(1)).toEqual(expected.slice(1));
    expect(client.guilds.cache.map((guild) => guild.name)).toEqual([
      'Harbour Radio',
      'Lighthouse Keepers',
      'Chess at Noon',
    ]);
    const [resume] = mock.received({ op: 6 });
    expect(resume).toMatchObject({ connection: 2, payload: { d: { session_id: 'redacted:e1d95c3a7b60' } } });
  } finally {
    await client.destroy();
  }
});
