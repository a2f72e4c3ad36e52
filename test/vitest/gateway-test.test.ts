/** The fixture, as a test of a bot uses it; and what is on the way to it in mode `none`. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { gatewayTest, openGateway } from '../../src/vitest/gateway-test.js';
import '../../src/vitest/index.js';
import { parseTape } from '../../src/replay/tape/tape.js';
import { BareClient, IDENTIFY } from '../support/mocks.js';
import { scratchFile } from '../support/scratch.js';
import { ScriptedGateway } from '../support/scripted-gateway.js';

const DEMO = new URL('../../tapes/demo.tape.ndjson', import.meta.url);
const passed = (): boolean => true;

describe('in mode none', () => {
  const test = gatewayTest({ tape: DEMO, mode: 'none' });

  test('a test gets a gateway that plays the tape', async ({ gateway }) => {
    const client = new BareClient(gateway.gatewayUrl);
    expect((await client.texts(1))[0]).toContain('"op":10');
    client.ws.send(IDENTIFY);
    expect((await gateway.received({ op: 2 }))[0]?.payload.d.intents).toBe(1);
    expect((await client.texts(1))[0]).toContain('"READY"');
    expect(gateway.state).toBe('playing');
    expect(gateway.send({ t: 'TYPING_START', d: { channel_id: '5' } })).toBe(1);
    expect(gateway.disconnect(4000)).toBe(1);
    expect(await client.closed()).toBe(4000);
  });

  test('a test judges its client', async ({ gateway }) => {
    const client = new BareClient(gateway.gatewayUrl);
    await client.next();
    await expect(gateway).toObeyTheProtocol();
    client.ws.send(IDENTIFY);
    client.ws.send('{"op":11,"d":null}');
    await gateway.received({ op: 11 });
    await expect(gateway).not.toObeyTheProtocol();
    expect((await gateway.lint()).findings.map(({ rule }) => rule)).toContain('tx-receive-only');
    await expect(gateway).toObeyTheProtocol({ ignore: ['tx-*'] });
  });

  test('each test gets one of its own', async ({ gateway }) => {
    expect(await gateway.received({}, { timeoutMs: 0 })).toEqual([]);
    await expect(gateway.received({ op: 2 }, { timeoutMs: 10 })).rejects.toMatchObject({
      message: 'no payload like {"op":2} came within 10 ms',
    });
  });

  gatewayTest({ tape: DEMO, mode: 'none', speed: 'step' })(
    'a test plays it step by step',
    async ({ gateway }) => {
      gateway.step();
      const client = new BareClient(gateway.gatewayUrl);
      await client.next();
      client.ws.send(IDENTIFY);
      expect((await client.texts(1))[0]).toContain('"READY"');
      gateway.step();
      expect((await client.texts(1))[0]).toContain('"s":2');
    },
  );

  it('a tape that is missing is an error', async () => {
    const opening = openGateway({ tape: 'nowhere.tape.ndjson', mode: 'none' }, passed);
    await expect(opening).rejects.toThrow('cannot read the tape nowhere.tape.ndjson (ENOENT)');
  });

  it('nothing that is loaded can dial out', () => {
    const files = [...reachable(fileURLToPath(new URL('../../dist/vitest/index.js', import.meta.url)))];
    expect(files.length).toBeGreaterThan(50);
    const rooms = new Set(files.map((file) => relative(dist, file).split('/')[0]));
    for (const room of ['proxy', 'player', 'worker', 'cli']) expect(rooms).not.toContain(room);
    for (const file of files) {
      const code = readFileSync(file, 'utf8');
      expect(code, file).not.toMatch(/\bfetch\(|new WebSocket\(/);
      for (const [, names, from] of code.matchAll(/^import (.+?) from '(node:http|node:net|ws)'/gm))
        expect(names, `${file} of ${from}`).toMatch(
          /^\{ (?:(?:createServer|Server|WebSocketServer|BlockList|isIP)(?:, | \}$))+$/,
        );
      expect(code, file).not.toMatch(/from '(?:node:https|node:tls|node:dns|node:http2|node:dgram|undici)'/);
    }
  });
});

describe('in modes that record', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('the tape is made of what the upstream says, then played', async () => {
    await using upstream = await ScriptedGateway.start();
    const tape = join(scratchFile('tapes'), 'join.tape.ndjson');
    const options = { tape, mode: 'once', upstream: upstream.url, api: upstream.apiUrl } as const;
    {
      await using gateway = await openGateway(options, passed);
      expect(gateway.state).toBe('recording');
      const client = new BareClient(gateway.gatewayUrl);
      await client.next();
      client.ws.send(IDENTIFY);
      await client.take(2);
      await expect(gateway).toHaveReceivedPayload({ op: 2 });
      await fetch(`${gateway.apiUrl}/v10/gateway`);
      await expect(gateway).toHaveCalledRest({ path: '/gateway' });
      expect(() => gateway.disconnect()).toThrow('disconnect() was called while the tape is being recorded');
    }
    expect(parseTape(readFileSync(tape, 'utf8')).steps.length).toBeGreaterThan(3);
    await using gateway = await openGateway(options, passed);
    expect(gateway.state).toBe('playing');
    expect(gateway.recorded.map(({ payload }) => payload.op)).toEqual([2]);
  });

  it('a test that fails leaves the tape as it was', async () => {
    await using upstream = await ScriptedGateway.start();
    const tape = scratchFile('old.tape.ndjson');
    writeFileSync(tape, 'old');
    {
      await using gateway = await openGateway({ tape, mode: 'all', upstream: upstream.url }, () => false);
      expect(gateway.state).toBe('recording');
    }
    expect(readFileSync(tape, 'utf8')).toBe('old');
  });

  it('an upstream has to be named', async () => {
    const opening = openGateway({ tape: 'nowhere.tape.ndjson', mode: 'once' }, passed);
    await expect(opening).rejects.toMatchObject({ hint: 'name an upstream, or use mode none' });
  });

  it('GATETAPE_TAPE_MODE comes before what the test says', async () => {
    vi.stubEnv('GATETAPE_TAPE_MODE', 'none');
    const opening = openGateway(
      { tape: 'nowhere.tape.ndjson', mode: 'all', upstream: 'ws://127.0.0.1:1' },
      passed,
    );
    await expect(opening).rejects.toThrow('cannot read the tape');
    expect(existsSync('nowhere.tape.ndjson')).toBe(false);
  });
});

const dist = fileURLToPath(new URL('../../dist/', import.meta.url));

/** Compiled files that importing `file` loads: static imports, followed to their end. */
function reachable(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, specifier] of readFileSync(file, 'utf8').matchAll(
    /^(?:import|export)\b[^;]*?from '(\.[^']+)'/gm,
  )) {
    reachable(normalize(join(dirname(file), specifier!)), found);
  }
  return found;
}
