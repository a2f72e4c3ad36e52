/** Sockets that reset, stall, crawl, come by the thousand, or lead nowhere: both legs get every byte, and nothing stays behind. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Cell, Outcome, Run } from './cell.js';
import { connectAll, startRecording } from './kill-cells.js';
import { findUnsound } from './oracle.js';
import type { Program } from './program.js';
import { Traffic, type Lane } from './traffic.js';

interface Scene {
  readonly traffic: Traffic;
  readonly program: Program;
  readonly gatewayUrl: string;
  readonly run: Run;
}

/** Descriptors of a process that has no connection any more, over those before the first: timers and logs of its threads. */
const SPARE_FILES = 4;

const MIB = 2 ** 20;

/** Memory that a process may have more after many connections: what its heap has not given back. */
const SPARE_BYTES = 150 * MIB;

/** Rows of the table about the network. */
export const NETWORK_CELLS: readonly Cell[] = [
  cell('reset by the gateway', 'reset', 'trickle', (scene) =>
    endAll(scene, ({ gateway }) => gateway?.resetAndDestroy()),
  ),
  cell('reset by the client', 'reset', 'trickle', (scene) =>
    endAll(scene, ({ client }) => client?.resetAndDestroy()),
  ),
  cell('half-close by the gateway', 'FIN', 'trickle', (scene) =>
    endAll(scene, ({ gateway }) => gateway?.end()),
  ),
  cell('half-close by the client', 'FIN', 'trickle', (scene) => endAll(scene, ({ client }) => client?.end())),
  cell('one-byte segments', 'a byte at a time', '200 messages', sendByByte),
  cell('slow reader', 'client stops reading', '128 MiB wait', readSlowly),
  cell('connections come and go', '1,000 connections, one after the other', '22 bytes each', comeAndGo),
  cell('connections held', '300 connections at a time', 'trickle', hold),
];

function cell(
  name: string,
  fault: string,
  load: string,
  act: (scene: Scene) => Promise<readonly string[]>,
): Cell {
  const run = async (of: Run): Promise<Outcome> => {
    await using traffic = await Traffic.start();
    const program = startRecording(of.files, traffic.url);
    const listening = await program.listening();
    if (listening === null) return { faults: [program.stderr], lost: 0 };
    const before = countFiles(program);
    const faults = [...(await act({ traffic, program, gatewayUrl: listening.gatewayUrl, run: of }))];
    for (const { client, gateway } of traffic.lanes) {
      client?.destroy();
      gateway?.destroy();
    }
    if (!(await becomes(() => countFiles(program) <= before + SPARE_FILES)))
      faults.push(`${countFiles(program)} files are open, ${before} were at the start`);
    program.kill('SIGTERM');
    const code = await program.ended();
    if (code !== 0) faults.push(`ended with ${code}: ${program.stderr}`);
    if (program.stopped?.['connections'] !== traffic.lanes.length || program.stopped['unrecordedBytes'] !== 0)
      faults.push(`${traffic.lanes.length} connections, and it says ${JSON.stringify(program.stopped)}`);
    return { faults: [...faults, ...(await findUnsound(of.files))], lost: 0 };
  };
  return { name, fault, moment: 'any', load, runs: 3, run };
}

/** Ends each connection on one side when all has arrived: the other side ends, too. */
async function endAll({ traffic, gatewayUrl, run }: Scene, end: (lane: Lane) => unknown): Promise<string[]> {
  await connectAll(traffic, gatewayUrl);
  traffic.load('trickle');
  await pause(100 + run.random.below(300));
  traffic.stop();
  const faults = await findUndelivered(traffic);
  for (const lane of traffic.lanes) end(lane);
  const areClosed = (): boolean =>
    traffic.lanes.every(({ client, gateway }) => client?.closed === true && gateway?.closed === true);
  if (!(await becomes(areClosed))) faults.push('a side is still open');
  return faults;
}

async function sendByByte({ traffic, gatewayUrl }: Scene): Promise<string[]> {
  await connectAll(traffic, gatewayUrl);
  for (const { gateway, client } of traffic.lanes)
    for (const socket of [gateway, client]) splitWrites(socket!);
  for (let message = 0; message < 200; message += 1)
    for (const lane of traffic.lanes) {
      lane.dispatch(1);
      lane.beat();
      await new Promise((resolve) => setImmediate(resolve));
    }
  return findUndelivered(traffic);
}

/** Each byte becomes a packet of its own, as sockets here have no delay. */
function splitWrites(socket: NonNullable<Lane['client']>): void {
  const write = socket.write.bind(socket);
  socket.write = (bytes: Uint8Array | string): boolean => {
    let isReady = true;
    for (const byte of Buffer.from(bytes as Uint8Array)) isReady = write(Buffer.of(byte));
    return isReady;
  };
}

async function readSlowly({ traffic, gatewayUrl, program }: Scene): Promise<string[]> {
  const lane = await traffic.connect(gatewayUrl);
  lane.client!.pause();
  while (lane.fromGateway.sentBytes < 128 * MIB) lane.dispatch(1_000);
  await pause(1_000);
  const bytes = readResidentBytes(program);
  const faults = bytes < 400 * MIB ? [] : [`${Math.round(bytes / MIB)} MiB are resident`];
  lane.client!.resume();
  return [...faults, ...(await findUndelivered(traffic))];
}

async function comeAndGo({ traffic, gatewayUrl, program }: Scene): Promise<string[]> {
  const faults: string[] = [];
  let early = 0;
  for (let count = 0; count < 1_000; count += 1) {
    const lane = await traffic.connect(gatewayUrl, count % 3 === 0);
    lane.client!.destroy();
    if (count === 300) early = readResidentBytes(program);
  }
  const growth = readResidentBytes(program) - early;
  if (growth > SPARE_BYTES) faults.push(`${Math.round(growth / MIB)} MiB more are resident`);
  return faults;
}

async function hold({ traffic, gatewayUrl }: Scene): Promise<string[]> {
  for (let count = 0; count < 300; count += 1) await traffic.connect(gatewayUrl, count % 3 === 0);
  for (let round = 0; round < 20; round += 1) {
    for (const lane of traffic.lanes) {
      lane.dispatch(2);
      lane.beat();
    }
    await pause(100);
  }
  return findUndelivered(traffic);
}

async function findUndelivered(traffic: Traffic): Promise<string[]> {
  if (!(await traffic.isDelivered())) return ['a connection was closed'];
  return traffic.findChanged();
}

function countFiles({ process }: Program): number {
  return readdirSync(`/proc/${process.pid}/fd`).length;
}

function readResidentBytes({ process }: Program): number {
  const status = readFileSync(`/proc/${process.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024;
}

/** Whether something comes true within 10 s. */
async function becomes(isTrue: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < 200 && !isTrue(); tries += 1) await pause(50);
  return isTrue();
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
