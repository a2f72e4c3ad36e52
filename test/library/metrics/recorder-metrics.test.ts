/** `record --metrics`, over HTTP: what it counts of real traffic, who may read it, and when it says that nothing is recorded. */
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startRecorder, UsageError, type Recorder } from '../../../src/index.js';
import { listFamilies } from '../../../src/library/metrics/families.js';
import { ChildRecorder } from '../../support/child-recorder.js';
import { findPromtool, parseMetrics, runPromtool } from '../../support/promtool.js';
import { scratchFile } from '../../support/scratch.js';
import { ScriptedGateway } from '../../support/scripted-gateway.js';
import { until } from '../../support/until.js';

async function start(gateway: ScriptedGateway): Promise<Recorder & { readonly metricsUrl: string }> {
  const recorder = await startRecorder({
    listen: '127.0.0.1:0',
    metrics: '127.0.0.1:0',
    upstream: gateway.url,
    api: gateway.apiUrl,
    db: scratchFile(),
  });
  return recorder as Recorder & { readonly metricsUrl: string };
}

const scrape = async (url: string, accept = 'text/plain'): Promise<string> =>
  (await fetch(`${url}/metrics`, { headers: { accept } })).text();

/** Status of an answer to a request with any headers. */
async function ask(
  url: string,
  headers: Record<string, string>,
  method = 'GET',
): Promise<number | undefined> {
  const asked = request(url, { headers, method });
  asked.end();
  const [answer] = (await once(asked, 'response')) as [{ statusCode?: number; resume(): void }];
  answer.resume();
  return answer.statusCode;
}

describe('the metrics of a recorder', () => {
  it('count its traffic, in text that Prometheus reads', async () => {
    await using gateway = await ScriptedGateway.start();
    await using recorder = await start(gateway);
    const client = new WebSocket(`${recorder.gatewayUrl}/?v=10&encoding=json`);
    await once(client, 'message');
    let series = new Map<string, number>();
    await until(async () => {
      series = parseMetrics(await scrape(recorder.metricsUrl));
      return series.get('gatetape_payloads_total{op="10"}') === 1;
    });
    expect(series.get('gatetape_frames_total{sender="gateway"}')).toBe(1);
    expect(
      series.get('gatetape_connections_open{encoding="json",compress="none",state="unidentified"}'),
    ).toBe(1);
    expect(series.get('gatetape_recording')).toBe(1);
    expect(series.get('gatetape_database_bytes{file="log"}')).toBeGreaterThan(0);
    expect(series.get('gatetape_commit_seconds_count')).toBeGreaterThan(0);
    const open = await scrape(recorder.metricsUrl, 'application/openmetrics-text; version=1.0.0');
    expect(parseMetrics(open).get('gatetape_payloads_total{op="10"}')).toBe(1);
    client.terminate();
  });

  it.skipIf(findPromtool() === null)(
    'pass promtool (skipped without it: Debian has it in prometheus)',
    async () => {
      await using gateway = await ScriptedGateway.start();
      await using recorder = await start(gateway);
      const { status, said } = runPromtool(
        findPromtool() ?? '',
        ['check', 'metrics'],
        await scrape(recorder.metricsUrl),
      );
      expect({ status, said }).toEqual({ status: 0, said: '' });
    },
  );

  it('are for local names and GET only', async () => {
    await using gateway = await ScriptedGateway.start();
    await using recorder = await start(gateway);
    const url = `${recorder.metricsUrl}/metrics`;
    expect(await ask(url, { host: 'rebound.example.com' })).toBe(403);
    expect(await ask(url, { host: 'not a host' })).toBe(400);
    expect(await ask(url, { host: 'gatetape:9464' })).toBe(200);
    expect(await ask(url, { origin: 'https://evil.example' })).toBe(403);
    expect(await ask(url, {}, 'POST')).toBe(405);
    expect(await ask(`${recorder.metricsUrl}/`, {})).toBe(404);
    expect(await ask(url, {}, 'HEAD')).toBe(200);
  });

  it('are not served to other machines unless that is allowed, nor without being asked for', async () => {
    const options = { listen: '127.0.0.1:0', db: scratchFile() };
    await expect(startRecorder({ ...options, metrics: '0.0.0.0:0' })).rejects.toThrow(UsageError);
    await using recorder = await startRecorder(options);
    expect(recorder.metricsUrl).toBeNull();
  });
});

describe('/healthz', () => {
  it('is 200 while it records, and 503 with the reason when it does not', async () => {
    await using gateway = await ScriptedGateway.start();
    const db = scratchFile();
    const child = await ChildRecorder.start({
      listen: '127.0.0.1:0',
      metrics: '127.0.0.1:0',
      upstream: gateway.url,
      api: gateway.apiUrl,
      db,
    });
    const health = async () => {
      const answer = await fetch(`${child.metricsUrl}/healthz`);
      return { code: answer.status, ...((await answer.json()) as object) };
    };
    expect(await health()).toEqual({ code: 200, status: 'recording' });
    // A folder in place of the database: threads that die cannot open it again.
    for (const end of ['', '-wal', '-shm', '-lock']) rmSync(db + end, { force: true });
    mkdirSync(db);
    child.endThread('writer');
    await until(async () => (await health()).code === 503);
    expect(await health()).toEqual({
      code: 503,
      status: 'failing',
      reason: expect.stringMatching(/^nothing is recorded, and traffic passes: /) as string,
    });
    expect(parseMetrics(await scrape(child.metricsUrl)).get('gatetape_recording')).toBe(0);
    rmdirSync(db);
    await until(async () => (await health()).code === 200);
    expect(parseMetrics(await scrape(child.metricsUrl)).get('gatetape_recorder_restarts_total')).toBe(1);
  });
});

describe('docs/service.md', () => {
  it('names every family, and no other', () => {
    const gauges = {
      isRecording: true,
      open: [],
      queueBytes: 0,
      queueLimitBytes: 0,
      lagUs: 0,
      unrecordedBytes: 0,
      restarts: 0,
      databaseBytes: 0,
      logBytes: 0,
      shipping: null,
      nowUs: 0,
      loopDelays: {},
      residentBytes: 0,
      startedAtUs: 0,
      version: '1',
      nodeVersion: '20',
    };
    const names = listFamilies([], gauges).map(({ name, type }) =>
      type === 'counter' ? `${name}_total` : name,
    );
    const text = readFileSync(new URL('../../../docs/service.md', import.meta.url), 'utf8');
    const rows = [...text.matchAll(/^\| `(gatetape_\w+)`/gm)].map(([, name]) => name);
    expect(rows).toEqual(names);
  });
});
