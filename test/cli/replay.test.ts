/** `replay`, of the built program: agreement is 0, differences are 1. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runHere } from '../support/command-line.js';
import { Gatetape, gatetape } from '../support/gatetape.js';
import { scratchFile } from '../support/scratch.js';

const TAPE = fileURLToPath(new URL('../../tapes/demo.tape.ndjson', import.meta.url));

describe('gatetape replay', () => {
  it('agrees with a mock of its own recording', async () => {
    const { stdout, stderr, exitCode } = await gatetape(['replay', '--tape', TAPE, '--format', 'json']);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(JSON.parse(stdout)).toEqual({
      equal: true,
      matched: 36,
      missing: [],
      unexpected: [],
      reordered: [],
      changed: [],
    });
  });

  it('reports what another gateway does differently, unless it is ignored', async () => {
    const other = scratchFile('other.tape.ndjson');
    writeFileSync(other, readFileSync(TAPE, 'utf8').replace('"name":"tea rota"', '"name":"tea party"'));
    const mock = new Gatetape(['mock', '--tape', other, '--listen', ':0', '--speed', 'max']);
    const { gatewayUrl } = JSON.parse(await mock.line()) as { gatewayUrl: string };
    const { stdout, exitCode } = await runHere(['replay', '--tape', TAPE, '--against', gatewayUrl]);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^different: 35 payloads alike, 1 changed field\n/);
    expect(stdout).toMatch(/\nchanged +33 +0 +THREAD_CREATE +d\.name +"tea rota" +"tea party"\n$/);
    mock.signal('SIGINT');
    await mock.ended();
    const again = new Gatetape(['mock', '--tape', other, '--listen', ':0', '--speed', 'max']);
    const url = (JSON.parse(await again.line()) as { gatewayUrl: string }).gatewayUrl;
    const ignoring = ['--ignore', 'THREAD_CREATE:d.name', '--patience', '10s'];
    expect(await runHere(['replay', '--tape', TAPE, '--against', url, ...ignoring])).toMatchObject({
      stdout: 'equal: 36 payloads alike\n',
      exitCode: 0,
    });
  });

  it.each([
    [[], 2, 'either a session or a tape'],
    [['--tape', TAPE, '--session', '1'], 2, 'either a session or a tape'],
    [['--tape', TAPE, '--ignore', 'nonsense'], 2, 'is not a rule'],
    [['--tape', TAPE, '--patience', 'long'], 2, '--patience is "long"'],
    [['--tape', TAPE, '--against', 'http://127.0.0.1'], 2, 'give a ws:// or wss:// URL'],
    [['--tape', TAPE, '--against', 'ws://127.0.0.1:9'], 4, '127.0.0.1:9'],
    [['--tape', TAPE, '--token-env', 'NOT_SET_AT_ALL'], 2, 'NOT_SET_AT_ALL is not set'],
    [['--session', 'latest', '--db', '/nonexistent/x.sqlite'], 3, 'there is no database'],
  ])('refuses %j with %i', async (flags, code, message) => {
    const { stdout, stderr, exitCode } = await runHere(['replay', ...flags]);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: code });
    expect(stderr).toMatch(/^gatetape: [^\n]+: [^\n]+\n$/);
    expect(stderr).toContain(message);
  });
});

describe('gatetape replay --format junit', () => {
  it('writes a report with a failure if no gateway answers', async () => {
    const dead = await new Promise<number>((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => {
        const { port } = server.address() as AddressInfo;
        server.close(() => resolve(port));
      });
    });
    const tape = fileURLToPath(new URL('../../tapes/demo.tape.ndjson', import.meta.url));
    const args = ['replay', '--tape', tape, '--against', `ws://127.0.0.1:${dead}`, '--format', 'junit'];
    const { exitCode, stdout, stderr } = await runHere(args);
    expect([exitCode, stderr]).toEqual([
      4,
      expect.stringContaining('cannot connect to the gateway') as unknown,
    ]);
    expect(stdout).toContain('tests="1" failures="1"');
    expect(stdout).toContain('<failure type="unreachable"');
  });
});
