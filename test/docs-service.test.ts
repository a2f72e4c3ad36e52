/** The files for services beside docs/service.md: judged by systemd, promtool and Docker where these are installed. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { SETTINGS } from '../src/config/settings.js';
import { nameFlag } from '../src/config/load.js';
import { CONFIG_KEYS, type ConfigKey } from '../src/config/schema.js';
import { findPromtool, runPromtool } from './support/promtool.js';
import { scratchFile } from './support/scratch.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (name: string): string => readFileSync(`${root}/docs/${name}`, 'utf8');
const METRICS = [...read('service.md').matchAll(/^\| `(gatetape_\w+)`/gm)].map(([, name]) => name!);

/** Metrics that a text asks for which no recorder has. */
const strangeMetrics = (text: string): readonly string[] =>
  [...text.matchAll(/\bgatetape_\w+/g)]
    .map(([name]) => name.replace(/_(?:bucket|sum|count)$/, ''))
    .filter((name) => !METRICS.includes(name));

/** Flags of `record` with values that it does not accept. */
function wrongFlags(words: readonly string[]): readonly string[] {
  return words.flatMap((word, index) => {
    if (!word.startsWith('--')) return [];
    const key: ConfigKey | undefined = CONFIG_KEYS.find((each) => nameFlag(each) === word);
    if (key === undefined) return [word];
    const { read: readValue } = SETTINGS[key];
    return key === 'allowRemote' || readValue(words[index + 1]) !== undefined ? [] : [word];
  });
}

describe('docs/gatetape.service', () => {
  const unit = read('gatetape.service');

  it('starts record with flags that there are', () => {
    const [, command = ''] = /^ExecStart=\/usr\/bin\/gatetape record (.*)$/m.exec(unit) ?? [];
    expect(command).not.toBe('');
    expect(wrongFlags(command.split(' '))).toEqual([]);
  });

  const systemd = spawnSync('systemd-analyze', ['--version']).status === 0;
  it.skipIf(!systemd)('passes systemd-analyze (skipped without it)', () => {
    const path = scratchFile('gatetape.service');
    // It looks for the program, which is not installed here.
    writeFileSync(path, unit.replace('/usr/bin/gatetape', process.execPath));
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', path], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

describe('docs/Dockerfile', () => {
  const lines = read('Dockerfile')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const last = (word: string): string => lines.findLast((line) => line.startsWith(`${word} `)) ?? '';

  it('has two stages, runs as a user, and has a health check', () => {
    expect(lines.filter((line) => line.startsWith('FROM '))).toHaveLength(2);
    expect(last('USER')).toBe('USER node');
    expect(last('HEALTHCHECK')).toContain('/healthz');
    for (const line of lines)
      expect(line).toMatch(
        /^(?:FROM|WORKDIR|COPY|RUN|ENV|USER|VOLUME|EXPOSE|HEALTHCHECK|STOPSIGNAL|ENTRYPOINT|CMD) /,
      );
  });

  it('copies what there is, and starts record with flags that there are', () => {
    const copied = lines.flatMap((line) => /^COPY --from=build \/build\/(\S+)/.exec(line)?.[1] ?? []);
    expect(copied.filter((name) => !existsSync(`${root}/${name}`))).toEqual([]);
    expect(wrongFlags(JSON.parse(last('CMD').slice(4)) as string[])).toEqual([]);
  });
});

describe('docs/compose.yaml, prometheus.yaml and alerts.yaml', () => {
  it('name files that exist, and metrics that there are', () => {
    const mounted = [...read('compose.yaml').matchAll(/- \.\/(\S+?):/g)].map(([, name]) => name!);
    expect(mounted.map((name) => [name, existsSync(`${root}/docs/${name}`)])).toEqual([
      ['prometheus.yaml', true],
      ['alerts.yaml', true],
    ]);
    expect(strangeMetrics(read('alerts.yaml').replace(/^.*\b(?:alert|summary):.*$/gm, ''))).toEqual([]);
  });

  it.skipIf(findPromtool() === null)('pass promtool (skipped without it)', () => {
    const { status, said } = runPromtool(findPromtool() ?? '', [
      'check',
      'config',
      `${root}/docs/prometheus.yaml`,
    ]);
    expect({ status, isRead: said.includes('8 rules found') }).toEqual({ status: 0, isRead: true });
  });

  const compose = spawnSync('docker', ['compose', 'version']).status === 0;
  it.skipIf(!compose)('is read by docker compose (skipped without it)', () => {
    const { status, stderr } = spawnSync(
      'docker',
      ['compose', '-f', `${root}/docs/compose.yaml`, 'config', '--quiet'],
      { encoding: 'utf8' },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

describe('docs/grafana.json', () => {
  interface Panel {
    readonly id: number;
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
  }
  const { panels } = JSON.parse(read('grafana.json')) as { readonly panels: readonly Panel[] };

  it('asks for metrics that there are, each panel once', () => {
    expect(
      strangeMetrics(panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join('\n')),
    ).toEqual([]);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
  });
});
