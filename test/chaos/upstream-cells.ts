/** An upstream that is away, silent, slow or restarted: clients get an answer, and what connects afterwards is recorded whole. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { upgradeRequest } from '../support/raw-peers.js';
import type { Cell } from './cell.js';
import { connectAll } from './kill-cells.js';
import { findUndelivered, pause, sceneCell, type Scene } from './scene.js';

/** Longer than the relay waits for an upstream (`DIAL_TIMEOUT_MS` of proxy/server.ts), on a machine with much to do. */
const PATIENCE_MS = 40_000;

const ATTEMPTS = 20;

/** Rows of the table about upstreams and handshakes. */
export const UPSTREAM_CELLS: readonly Cell[] = [
  sceneCell({
    name: 'upstream absent',
    fault: 'refused',
    load: '20 attempts',
    hasRefused: true,
    act: dialAbsent,
  }),
  sceneCell({
    name: 'upstream silent',
    fault: 'no answer',
    load: '20 attempts',
    hasRefused: true,
    act: dialSilent,
  }),
  sceneCell({
    name: 'upstream restarted',
    fault: 'reset, refused, there again',
    load: 'trickle, 5 times',
    hasRefused: true,
    act: restart,
  }),
  sceneCell({
    name: 'slow handshake by the gateway',
    fault: 'an answer a byte at a time',
    load: '3 connections',
    act: async ({ traffic, gatewayUrl }) => {
      traffic.answer = writeSlowly;
      await connectAll(traffic, gatewayUrl);
      for (const lane of traffic.lanes) lane.dispatch(50);
      return findUndelivered(traffic);
    },
  }),
  sceneCell({
    name: 'slow handshake by the client',
    fault: 'a request a byte at a time',
    load: '3 connections',
    act: async ({ traffic, gatewayUrl }) => {
      const lanes = [false, true, false].map((isCompressed) =>
        traffic.connect(gatewayUrl, isCompressed, writeSlowly),
      );
      for (const lane of await Promise.all(lanes)) lane.dispatch(50);
      return findUndelivered(traffic);
    },
  }),
];

/** A byte at a time, with a pause before each, of 2 s together: what is behind the last one follows at once. */
async function writeSlowly(socket: Socket, text: string): Promise<void> {
  for (const byte of Buffer.from(text)) {
    await pause(2_000 / text.length);
    socket.write(Buffer.of(byte));
  }
}

/** The status that a client gets. */
async function attempt(gatewayUrl: string): Promise<number | null> {
  const { hostname, port } = new URL(gatewayUrl);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.write(upgradeRequest('/?v=10&encoding=json'));
  const late = setTimeout(() => socket.destroy(), PATIENCE_MS);
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
  await once(socket, 'close');
  clearTimeout(late);
  const status = /^HTTP\/1\.1 (\d+)/.exec(text)?.[1];
  return status === undefined ? null : Number(status);
}

async function attemptAll(gatewayUrl: string, expected: number): Promise<string[]> {
  const statuses = await Promise.all(Array.from({ length: ATTEMPTS }, () => attempt(gatewayUrl)));
  const others = statuses.filter((status) => status !== expected);
  return others.length === 0 ? [] : [`clients got ${others.map(String).join()} and not ${expected}`];
}

/** Afterwards it is there, and all is as if it had always been. */
async function recover({ traffic, gatewayUrl }: Scene): Promise<string[]> {
  await connectAll(traffic, gatewayUrl);
  traffic.load('trickle');
  await pause(200);
  traffic.stop();
  return findUndelivered(traffic);
}

async function dialAbsent(scene: Scene): Promise<string[]> {
  await scene.traffic.leave();
  const faults = await attemptAll(scene.gatewayUrl, 502);
  await scene.traffic.listen();
  return [...faults, ...(await recover(scene))];
}

async function dialSilent(scene: Scene): Promise<string[]> {
  const { answer } = scene.traffic;
  scene.traffic.answer = null;
  const faults = await attemptAll(scene.gatewayUrl, 504);
  scene.traffic.answer = answer;
  return [...faults, ...(await recover(scene))];
}

async function restart(scene: Scene): Promise<string[]> {
  const { traffic, gatewayUrl, run } = scene;
  const faults: string[] = [];
  for (let round = 0; round < 5; round += 1) {
    const before = traffic.lanes.length;
    await connectAll(traffic, gatewayUrl);
    for (const lane of traffic.lanes.slice(before)) lane.dispatch(1 + run.random.below(100));
    for (const { fromGateway } of traffic.lanes.slice(before))
      while (fromGateway.receivedBytes < fromGateway.sentBytes) await pause(5);
    await traffic.leave();
    await traffic.clientsClosed();
    faults.push(...(await attemptAll(gatewayUrl, 502)));
    await traffic.listen();
  }
  return [...faults, ...traffic.findChanged()];
}
