/** `--log-format json` and `--log-level`, of the built program: every line of stderr is an event. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { LOG_EVENTS } from '../../src/host.js';
import { Gatetape } from '../support/gatetape.js';
import { scratchFile } from '../support/scratch.js';
import { until } from '../support/until.js';

const START = [
  'record',
  '--listen',
  ':0',
  '--upstream',
  'ws://127.0.0.1:9',
  '--api',
  'http://127.0.0.1:9/api',
];

/** Sends something that is no HTTP, and a request of a strange Host. */
async function misbehave(gatewayUrl: string): Promise<void> {
  for (const text of [
    'nonsense\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: rebound.example.com\r\nConnection: close\r\n\r\n',
  ]) {
    const socket = connect(Number(new URL(gatewayUrl).port), '127.0.0.1');
    socket.end(text).resume();
    await once(socket, 'close');
  }
}

it('record logs an object a line, its summary too', async () => {
  const program = new Gatetape([...START, '--db', scratchFile(), '--log-format', 'json']);
  const { gatewayUrl } = JSON.parse(await program.line()) as { gatewayUrl: string };
  await misbehave(gatewayUrl);
  await until(() => program.stderr.includes('request_refused'));
  program.signal('SIGUSR1');
  await until(() => program.stderr.includes('"rotated"'));
  program.signal('SIGINT');
  const { stderr } = await program.ended();
  const events = stderr
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string; level: string });
  expect(events.map(({ event }) => event)).toEqual([
    'connection_refused',
    'request_refused',
    'rotated',
    'stopped',
  ]);
  expect(events.every(({ event }) => event in LOG_EVENTS)).toBe(true);
});

it('record leaves out lines that are less important than --log-level', async () => {
  const program = new Gatetape([
    ...START,
    '--db',
    scratchFile(),
    '--log-format',
    'json',
    '--log-level',
    'error',
  ]);
  const { gatewayUrl } = JSON.parse(await program.line()) as { gatewayUrl: string };
  await misbehave(gatewayUrl);
  program.signal('SIGINT');
  expect((await program.ended()).stderr).toBe('');
});
