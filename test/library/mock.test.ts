import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { StoreError, UsageError } from '../../src/errors.js';
import { startMockGateway, type MockGatewayOptions } from '../../src/library/mock.js';
import type { MockGateway } from '../../src/mock/gateway.js';
import { captureScript } from '../support/capture/script.js';
import { BareClient, IDENTIFY } from '../support/mocks.js';
import { scratchFile } from '../support/scratch.js';

const demo = fileURLToPath(new URL('../../tapes/demo.tape.ndjson', import.meta.url));

async function start(options: MockGatewayOptions): Promise<MockGateway> {
  const mock = await startMockGateway(options);
  onTestFinished(() => mock.close());
  return mock;
}

/** A database with one session: IDENTIFY, READY, one message. */
const recorded = (): string =>
  captureScript(`
    open 1 zlib-stream
    1 > IDENTIFY {"shard":[2,4],"properties":{"browser":"a library"}}
    1 < READY
    1 < MESSAGE_CREATE
    end 1`).database();

describe('startMockGateway', () => {
  it.each([1, 'latest'] as const)('serves session %s of a database', async (session) => {
    const mock = await start({ session, db: recorded(), speed: 'max' });
    const client = new BareClient(mock.gatewayUrl);
    await client.next();
    client.ws.send(IDENTIFY);
    const [ready, message] = await client.texts(2);
    expect(JSON.parse(ready!)).toMatchObject({
      t: 'READY',
      s: 1,
      d: { session_id: expect.stringMatching(/^redacted:/) as string },
    });
    expect(message).toBe('{"op":0,"d":{},"s":2,"t":"MESSAGE_CREATE"}');
    const bot = await fetch(`${mock.apiUrl}/v10/gateway/bot`);
    expect(await bot.json()).toMatchObject({ shards: 4 });
  });

  it('serves a tape, at an address of choice', async () => {
    const mock = await start({ tape: demo, listen: 'localhost:0' });
    expect(new URL(mock.gatewayUrl).port).not.toBe('');
    await expect(new BareClient(mock.gatewayUrl).next()).resolves.toBeDefined();
  });

  it.each([
    ['neither session nor tape', {}, 'either sessions or tapes'],
    ['both', { session: 1, tape: demo }, 'either sessions or tapes'],
    ['a tape that is not there', { tape: '/nowhere.tape.ndjson' }, 'cannot read the tape'],
    ['a pace of 0', { tape: demo, speed: 0 }, '"speed" is'],
    ['a pace of infinity', { tape: demo, speed: Infinity }, '"speed" is'],
    ['an invalid address', { tape: demo, listen: 'here' }, '"listen" is'],
  ])('refuses %s', async (_, options, message) => {
    const starting = startMockGateway(options);
    await expect(starting).rejects.toThrow(UsageError);
    await expect(starting).rejects.toThrow(message);
  });

  it('names the file that is not a tape, and the line', async () => {
    const tape = scratchFile('bad.tape.ndjson');
    writeFileSync(tape, '{"tape":1}\noops\n');
    await expect(startMockGateway({ tape })).rejects.toThrow(`${tape} line 2`);
  });

  it('refuses a session that is not there, and a database that is not there', async () => {
    await expect(startMockGateway({ session: 99, db: recorded() })).rejects.toThrow(UsageError);
    await expect(startMockGateway({ session: 1, db: scratchFile() })).rejects.toThrow(StoreError);
  });
});

describe('obfuscate', () => {
  const channelsOf = async (options: MockGatewayOptions): Promise<[unknown[], unknown[], number]> => {
    const mock = await start({ tape: demo, speed: 'max', ...options });
    const client = new BareClient(mock.gatewayUrl);
    await client.next();
    client.ws.send(IDENTIFY);
    let guild: { t?: string; d?: { id: string; channels: { id: string; name: string }[] } } = {};
    while (guild.t !== 'GUILD_CREATE') guild = JSON.parse((await client.texts(1))[0]!) as typeof guild;
    const { id, channels } = guild.d!;
    const [list, one] = await Promise.all([
      fetch(`${mock.apiUrl}/v10/guilds/${id}/channels`),
      fetch(`${mock.apiUrl}/v10/channels/${channels[1]!.id}`),
    ]);
    const names = (list.status === 200 ? await list.json() : []) as { name: string }[];
    return [channels.map(({ name }) => name), names.map(({ name }) => name), one.status];
  };

  it('hides the named channels, in REST too', async () => {
    expect(await channelsOf({})).toEqual([['Harbour', 'radio', 'log'], ['Harbour', 'radio', 'log'], 200]);
    expect(await channelsOf({ obfuscate: ['584312684544000012'] })).toEqual([
      ['Harbour', '___hidden___', 'log'],
      ['Harbour', 'log'],
      403,
    ]);
  });

  it('hides the channels that the bot may not view', async () => {
    const [names] = await channelsOf({ obfuscate: 'permissions' });
    expect(names).toEqual(['Harbour', 'radio', 'log']);
  });

  it('refuses a channel that the recording lacks', async () => {
    await expect(startMockGateway({ tape: demo, obfuscate: ['5'] })).rejects.toThrow(
      'channel 5 is not in the recording',
    );
  });
});
