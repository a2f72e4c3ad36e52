/** Doctor: each check, for a machine that is well and for one that is not. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { completeConfig } from '../../src/config/load.js';
import { systemNowUs } from '../../src/host.js';
import { openAuthority } from '../../src/library/interception.js';
import { type HealthCheck, examine, judgeNode, judgeSqliteError } from '../../src/library/doctor.js';
import { sampleCapture } from '../support/capture/samples.js';
import { scratchFile } from '../support/scratch.js';
import { START_US } from '../support/capture/records.js';

async function listening(status = 404, date?: string): Promise<number> {
  const server: Server = createServer((_request, response) => {
    if (date !== undefined) response.setHeader('Date', date);
    response.writeHead(status).end();
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
}

/** The checks by their names, with settings of a folder of its own. */
async function checksOf(
  own: object = {},
  options: Partial<Parameters<typeof examine>[0]> = {},
): Promise<Partial<Record<HealthCheck['check'], HealthCheck>>> {
  const db = scratchFile();
  const settings = completeConfig({ db, listen: '127.0.0.1:0', caDir: `${dirname(db)}/ca`, ...own }, 'test');
  const checks = await examine({
    settings,
    isOnline: false,
    nodeVersion: '22.1.0',
    nowUs: systemNowUs,
    ...options,
  });
  return Object.fromEntries(checks.map((check) => [check.check, check]));
}

describe('examine', () => {
  it('finds a healthy machine, sends no request, and leaves no file behind', async () => {
    const db = scratchFile();
    const checks = await checksOf({ db, caDir: `${dirname(db)}/ca` });
    expect(Object.keys(checks)).toEqual([
      'node',
      'better-sqlite3',
      'zlib',
      'port',
      'folder',
      'views',
      'ca',
      'clock',
    ]);
    for (const { check, state, advice } of Object.values(checks)) {
      expect({ check, state, advice }).toEqual({ check, state: 'ok', advice: null });
    }
    expect(readdirSync(dirname(db))).toEqual([]);
  });

  it('finds a port that is taken', async () => {
    const { port } = await checksOf({ listen: `127.0.0.1:${await listening()}` });
    expect(port).toMatchObject({ state: 'failure', detail: expect.stringContaining('is taken') as string });
  });

  it('finds a folder that is not there, or is a file', async () => {
    const file = scratchFile('file');
    writeFileSync(file, '');
    expect((await checksOf({ db: `${file}-none/x.sqlite` })).folder).toMatchObject({
      state: 'failure',
      advice: 'make it, or name another file with --db',
    });
    expect((await checksOf({ db: `${file}/x.sqlite` })).folder?.state).toBe('failure');
  });

  it('finds an authority that was made for other hosts, and one that is damaged', async () => {
    const caDir = scratchFile('ca');
    await openAuthority(completeConfig({ caDir }, 'test'));
    expect((await checksOf({ caDir })).ca?.state).toBe('ok');
    expect((await checksOf({ caDir, upstream: 'wss://gw.example.org' })).ca).toMatchObject({
      state: 'warning',
      detail: expect.stringContaining('gw.example.org') as string,
    });
    for (const name of readdirSync(caDir)) writeFileSync(`${caDir}/${name}`, 'nothing');
    expect((await checksOf({ caDir })).ca?.state).toBe('failure');
  });

  it('finds a clock that is before the newest record, and a database that it cannot read', async () => {
    const db = sampleCapture();
    expect((await checksOf({ db })).clock?.state).toBe('ok');
    expect((await checksOf({ db }, { nowUs: () => START_US })).clock).toMatchObject({
      state: 'warning',
      detail: expect.stringContaining('before the newest record') as string,
    });
    const broken = scratchFile();
    writeFileSync(broken, 'no database');
    expect((await checksOf({ db: broken })).clock?.advice).toBe('gatetape check says why');
  });
});

describe('examine, online', () => {
  it('takes any answer as reached, and an error of the server as a warning', async () => {
    const [upstream, api] = [await listening(426), await listening(503)];
    const urls = { upstream: `ws://127.0.0.1:${upstream}`, api: `http://127.0.0.1:${api}/api/v10` };
    const checks = await checksOf(urls, { isOnline: true });
    expect(checks.upstream).toMatchObject({ state: 'ok', detail: expect.stringContaining('426') as string });
    expect(checks.api).toMatchObject({
      state: 'warning',
      detail: expect.stringContaining('/gateway') as string,
    });
    expect(checks.clock).toMatchObject({ state: 'ok', detail: expect.stringContaining('server') as string });
  });

  it('finds a clock that differs from that of the server', async () => {
    const port = await listening(200, 'Thu, 01 Jan 2026 00:00:00 GMT');
    const urls = { upstream: `ws://127.0.0.1:${port}`, api: `http://127.0.0.1:${port}` };
    expect((await checksOf(urls, { isOnline: true })).clock).toMatchObject({
      state: 'warning',
      detail: expect.stringContaining('2026-01-01T00:00:00.000Z at the server') as string,
    });
  });

  it('finds a server that is not reached', async () => {
    const urls = { upstream: 'ws://127.0.0.1:1', api: 'http://127.0.0.1:1' };
    const { upstream, api } = await checksOf(urls, { isOnline: true });
    expect([upstream?.state, api?.state]).toEqual(['failure', 'failure']);
  });
});

describe('judgeNode', () => {
  it('accepts what package.json does', () => {
    const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } };
    const [, major, minor] = /^>=(\d+)\.(\d+)$/.exec(engines.node)!;
    expect(judgeNode(`${major}.${minor}.0`).state).toBe('ok');
    expect(judgeNode(`${major}.${Number(minor) - 1}.0`).state).toBe('failure');
  });

  it.each([
    ['18.20.4', 'failure'],
    ['20.18.9', 'failure'],
    ['20.19.0', 'ok'],
    ['22.0.0', 'ok'],
  ])('%s: %s', (version, state) => {
    expect(judgeNode(version).state).toBe(state);
  });
});

describe('judgeSqliteError', () => {
  it.each([
    [
      Object.assign(
        new Error('compiled against a different Node.js version using\nNODE_MODULE_VERSION 115.'),
        {
          code: 'ERR_DLOPEN_FAILED',
        },
      ),
      'npm rebuild better-sqlite3',
    ],
    [
      Object.assign(new Error('Cannot find it'), { code: 'ERR_MODULE_NOT_FOUND' }),
      'npm install better-sqlite3',
    ],
    [new Error('Could not locate the bindings file.'), 'npm rebuild better-sqlite3'],
  ])('%s', (error, advice) => {
    expect(judgeSqliteError(error)).toMatchObject({ state: 'failure', advice });
  });
});
