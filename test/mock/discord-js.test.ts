import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { Client, Events, GatewayIntentBits } from 'discord.js';
import { expect, it } from 'vitest';
import type { Recording } from '../../src/replay/recording.js';
import { parseTape } from '../../src/replay/tape/tape.js';
import { serve } from '../support/mocks.js';
import { dispatch, step } from '../support/capture/steps.js';

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
    await expect.poll(() => seen.length).toBe(expected.length);
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

it('discord.js fetches members, and is answered with its own nonce', async () => {
  const guild = '584312684544000001';
  const asked = { op: 8, d: { guild_id: guild, presences: false, limit: 0, query: '', nonce: 'recorded' } };
  const member = {
    user: { id: '1', username: 'x' },
    roles: [],
    joined_at: '2024-01-01T00:00:00Z',
    mute: false,
    deaf: false,
  };
  const answer = {
    guild_id: guild,
    members: [member],
    chunk_index: 0,
    chunk_count: 1,
    not_found: [],
    nonce: 'recorded',
  };
  const last = demo.steps.findIndex((each) => each.type === 'payload' && each.payload.s === 4);
  const steps = [
    ...demo.steps.slice(0, last + 1),
    step(9e6, 1, 'client', JSON.stringify(asked)),
    dispatch(9.1e6, 5, 'GUILD_MEMBERS_CHUNK', answer),
  ];
  const mock = await serve({ ...demo, steps });
  const client = new Client({
    intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMembers],
    rest: { api: mock.apiUrl },
  });
  try {
    const ready = once(client, Events.ClientReady);
    await client.login('placeholder.token.of-the-test');
    await ready;
    const members = await client.guilds.cache.get(guild)!.members.fetch();
    expect(members.map(({ id }) => id)).toContain('1');
  } finally {
    await client.destroy();
  }
});

it('discord.js finds the commands that it registered', async () => {
  const mock = await serve(demo, 'max', { isStrict: true, isLockstep: true });
  const client = new Client({ intents: [], rest: { api: mock.apiUrl } });
  try {
    const ready = once(client, Events.ClientReady);
    await client.login('placeholder.token.of-the-test');
    await ready;
    const commands = client.application!.commands;
    const names = async (): Promise<string[]> => (await commands.fetch()).map(({ name }) => name);
    expect(await names()).toEqual([]);
    await commands.set([
      { name: 'tide', description: 'when the water is high' },
      { name: 'moon', description: 'its phase' },
    ]);
    expect(await names()).toEqual(['tide', 'moon']);
    const created = await commands.create({ name: 'wind', description: 'from where' });
    await commands.edit(created, { description: 'and how strong' });
    await commands.delete((await commands.fetch()).find(({ name }) => name === 'tide')!);
    expect(await names()).toEqual(['moon', 'wind']);
    expect(await commands.fetch(created.id)).toMatchObject({ description: 'and how strong' });
    expect(mock.restCalls.every(({ origin }) => origin === 'made')).toBe(true);
  } finally {
    await client.destroy();
  }
});
