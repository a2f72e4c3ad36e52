/** Precedence of flags, environment and file, and errors that name what is wrong. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  completeConfig,
  type ConfigSources,
  nameFlag,
  loadConfig,
  strayVariables,
  nameVariable,
} from '../../src/config/load.js';
import type { Config } from '../../src/config/schema.js';
import { UsageError } from '../../src/errors.js';

const folder = mkdtempSync(join(tmpdir(), 'gatetape-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const path = join(folder, 'config.json');
const load = (sources: Partial<ConfigSources>): Config =>
  loadConfig({ file: null, environment: {}, flags: {}, ...sources });
const loadFile = (content: unknown): Config => {
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return load({ file: path });
};
const refusal = (attempt: () => unknown): string => {
  try {
    attempt();
  } catch (error) {
    if (error instanceof UsageError) return `${error.message}: ${error.hint}`;
    throw error;
  }
  throw new Error('nothing was refused');
};

describe('loadConfig', () => {
  it('has a default for everything', () => {
    expect(load({})).toEqual({
      listen: { host: '127.0.0.1', port: 7331 },
      upstream: 'wss://gateway.discord.gg',
      api: 'https://discord.com/api',
      db: 'gatetape.sqlite',
      mode: 'reverse',
      rewrite: true,
      redact: 'secrets',
      onOverload: 'pause',
      onRecordError: 'pass',
      maxPayloadBytes: 67_108_864,
      maxBodyBytes: 1_048_576,
      queueBytes: 67_108_864,
      decoders: 1,
      maxDbSizeBytes: null,
      compactAfter: null,
      rotate: null,
      keep: null,
      metrics: null,
      shipTo: null,
      shipFrames: false,
      shipBodies: false,
      shipCluster: null,
      shipTtl: null,
      logFormat: 'text',
      logLevel: 'info',
      allowHosts: [],
      lint: {},
      upstreamCa: null,
      views: {},
      others: 'refuse',
      tls: false,
      tlsCert: null,
      keyFile: null,
      tlsKey: null,
      caDir: null,
      allowRemote: false,
      allowOrigins: [],
    });
  });

  it.each([
    'ws://user:pass-word@gateway.example',
    'ws://pass-word@gateway.example',
    'ws://gateway.example/?token=pass-word',
    'ws://gateway.example#pass-word',
    String.raw`ws:\\user:pass-word@gateway.example`,
    'user:pass-word@gateway.example',
  ])('refuses secrets in %s from every source, without printing them', (upstream) => {
    const api = upstream.replace('ws:', 'http:');
    const attempts = [
      () => load({ flags: { upstream } }),
      () => load({ flags: { api } }),
      () => load({ environment: { GATETAPE_UPSTREAM: upstream } }),
      () => loadFile({ api }),
      () => completeConfig({ upstream }, 'startRecorder'),
    ];
    for (const attempt of attempts) {
      const line = refusal(attempt);
      expect(line).toMatch(
        /^(?:--upstream|--api|GATETAPE_UPSTREAM|.*"api"|startRecorder: upstream) has a user/,
      );
      expect(line).toContain('what a client sends to log in');
      expect(line).not.toContain('pass-word');
    }
  });

  it('lets flags override the environment, and the environment the file', () => {
    writeFileSync(
      path,
      JSON.stringify({ db: 'file', listen: ':1', redact: 'none', allowHosts: ['file.example'] }),
    );
    const config = load({
      file: path,
      environment: {
        GATETAPE_DB: 'environment',
        GATETAPE_LISTEN: ':2',
        GATETAPE_ALLOW_HOSTS: 'a.example, b.example',
      },
      flags: { db: 'flag', redact: undefined },
    });
    expect(config).toMatchObject({
      db: 'flag',
      listen: { host: '127.0.0.1', port: 2 },
      redact: 'none',
      allowHosts: ['a.example', 'b.example'],
    });
  });

  it.each([
    ['0', false],
    ['false', false],
    ['1', true],
    ['TRUE', true],
    ['', true],
  ])('reads GATETAPE_REWRITE=%s as %s', (text, rewrite) => {
    expect(load({ environment: { GATETAPE_REWRITE: text } }).rewrite).toBe(rewrite);
  });

  it('takes the file from GATETAPE_CONFIG unless a flag names one', () => {
    writeFileSync(path, '{"db":"named"}');
    expect(load({ environment: { GATETAPE_CONFIG: path } }).db).toBe('named');
    expect(() => load({ file: join(folder, 'other'), environment: { GATETAPE_CONFIG: path } })).toThrow(
      'other',
    );
  });

  it('is deeply frozen', () => {
    const config = load({});
    for (const part of [config, config.listen, config.allowHosts]) expect(Object.isFrozen(part)).toBe(true);
  });

  it('takes a file with a byte order mark', () => {
    expect(loadFile('\uFEFF{"db":"x"}').db).toBe('x');
  });

  it.each([
    [{ lsten: ':1' }, '"lsten" is not a setting: did you mean listen?'],
    [
      JSON.parse('{"__proto__": {"db": "x"}}'),
      '"__proto__" is not a setting: the settings are listen, upstream',
    ],
    [{ listen: 5 }, '"listen" is 5: expected HOST:PORT'],
    [{ redact: 'secret' }, '"redact" is "secret": did you mean secrets?'],
    [{ mode: 'sideways' }, '"mode" is "sideways": expected reverse (the client is pointed here)'],
    [{ tlsCert: 5 }, '"tlsCert" is 5: expected a file in PEM'],
    [{ allowOrigins: ['https://a/b'] }, '"allowOrigins" is ["https://a/b"]: expected a list of origins'],
    [{ rewrite: 'false' }, '"rewrite" is "false": expected true or false'],
    [{ maxPayloadBytes: [1] }, '"maxPayloadBytes" is [1]: expected bytes'],
    [{ allowHosts: [1] }, '"allowHosts" is [1]: expected a list of host names, without port and path'],
    [{ db: 'x'.repeat(1e6), api: 'x'.repeat(1e6) }, `"api" is "${'x'.repeat(78)}…: expected an http`],
    [{ $schema: 1 }, '"$schema" is 1: expected a path or URL'],
  ])('names the file and the key: %#', (content, expected) => {
    expect(refusal(() => loadFile(content))).toContain(`${path}: ${expected}`);
  });

  it('names everything that is wrong at once', () => {
    expect(refusal(() => loadFile({ lsten: ':1', redact: 'secret', db: 'x', speed: 2 }))).toMatch(
      /^3 settings of .* are wrong: .*"redact" is "secret" \(did you mean secrets\?\); .*"lsten" is not a setting \(did you mean listen\?\); .*"speed" is not a setting/,
    );
  });

  it.each(['[]', '5', 'null', '"x"'])('refuses a file that holds %s', (content) => {
    expect(refusal(() => loadFile(content))).toBe(
      `${path} holds no JSON object: compare it with config.example.json`,
    );
  });

  it('names the line of a JSON error', () => {
    expect(refusal(() => loadFile('{\n  "db": "x",\n  oops\n}'))).toContain(`${path} line 3 is not JSON`);
    expect(refusal(() => loadFile(''))).toContain('is not JSON');
  });

  it('says why a file cannot be read', () => {
    expect(refusal(() => load({ file: join(folder, 'missing.json') }))).toContain('missing.json (ENOENT)');
    expect(refusal(() => load({ file: folder }))).toContain('(EISDIR)');
  });

  it('names the variable or the flag', () => {
    expect(refusal(() => load({ environment: { GATETAPE_MAX_PAYLOAD_BYTES: 'much' } }))).toBe(
      'GATETAPE_MAX_PAYLOAD_BYTES is "much": expected bytes, such as 1048576 or 64MiB',
    );
    expect(refusal(() => load({ environment: { GATETAPE_REWRITE: 'maybe' } }))).toContain(
      'GATETAPE_REWRITE is "maybe"',
    );
    expect(refusal(() => load({ flags: { maxPayloadBytes: '-1' } }))).toContain('--max-payload is "-1"');
    expect(refusal(() => load({ flags: { onOverload: 'drip' } }))).toBe(
      '--on-overload is "drip": did you mean drop?',
    );
  });
});

describe('names of a setting', () => {
  it('follow from the key', () => {
    expect([nameFlag('onOverload'), nameVariable('onOverload')]).toEqual([
      '--on-overload',
      'GATETAPE_ON_OVERLOAD',
    ]);
    expect([nameFlag('maxPayloadBytes'), nameVariable('maxPayloadBytes')]).toEqual([
      '--max-payload',
      'GATETAPE_MAX_PAYLOAD_BYTES',
    ]);
    expect([nameFlag('rewrite'), nameVariable('db')]).toEqual(['--no-rewrite', 'GATETAPE_DB']);
  });
});

describe('strayVariables', () => {
  it('points out variables that look like settings', () => {
    expect(
      strayVariables({ GATETAPE_LISTN: 'x', GATETAPE_DB: 'x', GATETAPE_CONFIG: 'x', PATH: 'x' }),
    ).toEqual(['GATETAPE_LISTN is not a setting: did you mean GATETAPE_LISTEN?']);
    // What they all begin with makes no name close to another.
    expect(strayVariables({ GATETAPE_ROOT: 'x' })).toEqual(['GATETAPE_ROOT is not a setting: it is ignored']);
  });

  it('ignores a test mode in GATETAPE_MODE, and names GATETAPE_TAPE_MODE', () => {
    const environment = { GATETAPE_MODE: 'none' };
    expect(load({ environment }).mode).toBe('reverse');
    expect(strayVariables(environment)).toEqual([
      'GATETAPE_MODE is none, which is a mode of gatetape/vitest: its name is GATETAPE_TAPE_MODE since 0.2',
    ]);
  });
});
