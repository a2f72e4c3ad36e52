/** A recorder with sockets on both sides, for cells about the network: what all of them ask for at the end. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Cell, Outcome, Run } from './cell.js';
import { startRecording } from './kill-cells.js';
import { findUnsound } from './oracle.js';
import type { Program } from './program.js';
import { Traffic } from './traffic.js';

/** What a cell acts on. */
export interface Scene {
  readonly traffic: Traffic;
  readonly program: Program;
  readonly gatewayUrl: string;
  readonly run: Run;
}

/** What a cell of the network is made of. */
export interface SceneCell {
  readonly name: string;
  readonly fault: string;
  readonly load: string;
  readonly runs?: number;
  /** Whether connections are refused, some of which are rows, too. */
  readonly hasRefused?: boolean;
  /** Returns what is wrong. */
  readonly act: (scene: Scene) => Promise<readonly string[]>;
}

export const MIB = 2 ** 20;

/** Memory that a process may have more after many connections: what its heap has not given back. */
const SPARE_BYTES = 150 * MIB;

/** Descriptors of a process that has no connection any more, over those before the first: timers and logs of its threads. */
const SPARE_FILES = 4;

/**
 * A cell in which all that was sent is recorded: nothing stays open, each connection that the gateway answered is one, and there
 * is no gap.
 */
export function sceneCell({ name, fault, load, runs = 3, hasRefused = false, act }: SceneCell): Cell {
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
    const { stopped } = program;
    const { connections = 0, unrecordedBytes } = stopped ?? {};
    const expected = traffic.lanes.length;
    if ((hasRefused ? connections < expected : connections !== expected) || unrecordedBytes !== 0)
      faults.push(`${traffic.lanes.length} connections, and it says ${JSON.stringify(stopped)}`);
    return { faults: [...faults, ...(await findUnsound(of.files))], lost: 0 };
  };
  return { name, fault, moment: 'any', load, runs, run };
}

/** What has not arrived as it was sent. */
export async function findUndelivered(traffic: Traffic): Promise<string[]> {
  if (!(await traffic.isDelivered())) return ['a connection was closed'];
  return traffic.findChanged();
}

function countFiles({ process }: Program): number {
  return readdirSync(`/proc/${process.pid}/fd`).length;
}

/** Memory of a process, in bytes. */
export function readResidentBytes({ process }: Program): number {
  const status = readFileSync(`/proc/${process.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024;
}

/** Whether a process has got much larger since it had `earlyBytes`. */
export function findGrowth(program: Program, earlyBytes: number): string[] {
  const growth = readResidentBytes(program) - earlyBytes;
  return growth > SPARE_BYTES ? [`${Math.round(growth / MIB)} MiB more are resident`] : [];
}

/** Whether something comes true within so many ms. */
export async function becomes(isTrue: () => boolean, withinMs = 20_000): Promise<boolean> {
  const endMs = performance.now() + withinMs;
  while (!isTrue() && performance.now() < endMs) await pause(50);
  return isTrue();
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
