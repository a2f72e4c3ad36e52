/** The recorder as a library: its options, its figures and its end. What it records: test/integration. */
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import {
  NetworkError,
  openCapture,
  startRecorder,
  UsageError,
  type RecorderOptions,
} from '../../src/index.js';
import { recordGateway } from '../support/recorders.js';
import { scratchFile } from '../support/scratch.js';
import { until } from '../support/until.js';
import { ScriptedGateway } from '../support/scripted-gateway.js';

async function connect(url: string): Promise<WebSocket> {
  const client = new WebSocket(`${url}/?v=10&encoding=json`);
  await once(client, 'message');
  return client;
}

describe('a recorder', () => {
  it('runs with the defaults of the command line, whatever form an option has', async () => {
    const db = scratchFile();
    const listen = { host: '127.0.0.1', port: 0 };
    const upstream = new URL('wss://gateway.example/');
    await using recorder = await startRecorder({ listen, upstream, db, maxPayloadBytes: 5000 });
    expect(recorder.config).toMatchObject({
      db,
      upstream: 'wss://gateway.example/',
      api: 'https://discord.com/api',
      maxPayloadBytes: 5000,
      onOverload: 'pause',
      redact: 'secrets',
      rewrite: true,
    });
    expect(Object.isFrozen(recorder.config)).toBe(true);
    expect(recorder.gatewayUrl).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/);
    expect(recorder.apiUrl).toBe(`${recorder.gatewayUrl.replace('ws:', 'http:')}/api`);
  });

  it('gives live figures, and the same figures in its summary after close', async () => {
    const db = scratchFile();
    await using gateway = await ScriptedGateway.start();
    const recorder = await recordGateway(gateway, db);
    expect(recorder.figures()).toMatchObject({
      connections: 0,
      openConnections: 0,
      frames: 0,
      queueBytes: 0,
    });
    await connect(recorder.gatewayUrl);
    await connect(recorder.gatewayUrl);
    await until(() => recorder.figures().frames === 2);
    expect(recorder.figures()).toMatchObject({ connections: 2, openConnections: 2, payloads: 2 });
    const summary = await recorder.close();
    expect(await recorder.close()).toBe(summary);
    expect(recorder.figures()).toEqual({
      ...summary,
      openConnections: 0,
      queueBytes: 0,
      restCalls: 0,
    });
    using capture = openCapture(db);
    expect(capture.stats().total.count).toBe(summary.frames);
    expect(capture.connections().map((connection) => connection.closedBy)).toEqual(['proxy', 'proxy']);
  });

  it('closes its connections and its port', async () => {
    await using gateway = await ScriptedGateway.start();
    const urls = { upstream: gateway.url, api: gateway.apiUrl };
    const recorder = await startRecorder({ listen: '127.0.0.1:0', ...urls, db: scratchFile() });
    const client = await connect(recorder.gatewayUrl);
    const closed = once(client, 'close');
    await recorder.close();
    await closed;
    const listen = new URL(recorder.gatewayUrl).host;
    await using again = await startRecorder({ listen, ...urls, db: scratchFile() });
    expect(again.gatewayUrl).toBe(recorder.gatewayUrl);
    await expect(startRecorder({ listen, db: scratchFile() })).rejects.toThrow(NetworkError);
  });

  it.each([
    [{ listen: 'nowhere' }, /startRecorder: listen/],
    [{ listen: { host: '::1', port: 70_000 } }, /startRecorder: listen/],
    [{ redact: 'all' }, /startRecorder: redact/],
    [{ dbFile: 'x' }, /startRecorder: dbFile is not a setting/],
  ])('refuses %j, and names what is wrong', async (options, message) => {
    const failure = startRecorder(options as RecorderOptions);
    await expect(failure).rejects.toThrow(UsageError);
    await expect(failure).rejects.toThrow(message);
  });
});
