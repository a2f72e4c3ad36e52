/**
 * `gatetape demo`: the whole loop on this machine, with no network and no token.
 *
 *   tape ─► scripted gateway ◄── gatetape ◄── client          recorded
 *           database ─► mock gateway ◄─────── same client     replayed, and compared
 *
 * It leaves a database behind to look at, unless Ctrl-C ends it before.
 */
import { readFileSync } from 'node:fs';
import { basename, relative } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Command } from 'commander';
import { systemHost } from '../host.js';
import type { Diff, DiffItem } from '../replay/compare/payload-diff.js';
import type { Recording } from '../replay/recording.js';
import type { Addresses, ClientKind } from './demo-client.js';
import { formatDiff } from './print/diff-lines.js';
import type { Paint } from './print/paint.js';
import { DEFAULT_BY, statsLines } from './stats.js';
import type { Canvas } from './print/table.js';
import { endBySignal, releaseSignals, stopSignal } from './process/signals.js';
import { type Terminal, openTerminal } from './print/terminal.js';
import { formatBytes } from './print/units.js';

const DB = 'gatetape-demo.sqlite';
const TAPE = new URL('../../tapes/demo.tape.ndjson', import.meta.url);
const ANYWHERE = { host: '127.0.0.1', port: 0 } as const;
/** Pace of the scripted gateway: quick, but slow enough for rates to mean something. */
const SPEED = 8;
// A client waits a random part of it first: so much that no beat falls into these two seconds and changes the figures.
const HEARTBEAT_INTERVAL_MS = 9_000_000;

/** Adds the command `demo`. */
export function addDemo(program: Command): void {
  program
    .command('demo')
    .description('see the whole loop on this machine, with no network and no token')
    .addHelpText('after', `\nIt leaves ${DB} in this folder, to try the other commands on.`)
    .action((_options, command: Command) => run(command));
}

async function run(command: Command): Promise<void> {
  const terminal = openTerminal(command);
  const startedMs = performance.now();
  const [{ removeDatabase }, { findClient }, { parseTape }] = await Promise.all([
    import('./demo-database.js'),
    import('./demo-client.js'),
    import('../replay/tape/tape.js'),
  ]);
  const tape = parseTape(readFileSync(TAPE, 'utf8'), 'the demo tape');
  removeDatabase(DB);
  const stop = stopSignal();
  try {
    await playLoop(await findClient(tape), tape, stop, terminal, startedMs);
  } catch (error) {
    if (!stop.aborted) throw error;
    removeDatabase(DB);
    endBySignal(stop);
  } finally {
    releaseSignals();
  }
}

/** Records, replays and compares. Throws what `stop` says when it aborts, with everything closed. */
async function playLoop(
  client: ClientKind,
  tape: Recording,
  stop: AbortSignal,
  terminal: Terminal,
  startedMs: number,
): Promise<void> {
  const { output, paint } = terminal;
  const print = async (...lines: readonly string[]): Promise<void> => {
    stop.throwIfAborted();
    await output.print(lines);
  };
  await print(
    paint('bold', 'A client talks to a gateway, and gatetape listens in. Nothing leaves this machine.'),
    '',
  );
  const live = await recordLive(client, tape, stop, print, paint);
  await print('', ...(await captured(terminal)), '');
  const replayed = await replay(client, live.at(-1)?.seq ?? 0, stop, print, paint);
  const diff = await compare(live, replayed);
  await print('', ...verdict(diff, terminal));
  if (!diff.equal) {
    process.exitCode = 1;
    return;
  }
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
  await print(
    '',
    `That took ${seconds} s. ${DB} is yours to look at; try next:`,
    paint('cyan', `  ${programName()} frames --db ${DB} --event 'MESSAGE_*'`),
  );
}

type Print = (...lines: readonly string[]) => Promise<void>;

/** Plays the tape to the client through a recorder, and returns what the client was dispatched. */
async function recordLive(
  client: ClientKind,
  tape: Recording,
  stop: AbortSignal,
  print: Print,
  paint: Paint,
): Promise<readonly DiffItem[]> {
  const [{ serveRecordings }, { startRecorder }] = await Promise.all([
    import('../mock/server.js'),
    import('../library/record.js'),
  ]);
  await using gateway = await serveRecordings([tape], {
    host: systemHost(),
    listen: ANYWHERE,
    speed: SPEED,
    heartbeatIntervalMs: HEARTBEAT_INTERVAL_MS,
  });
  await print(step(paint, 1, 'a scripted gateway', gateway.gatewayUrl));
  await using recorder = await startRecorder({
    listen: ANYWHERE,
    upstream: gateway.gatewayUrl,
    api: gateway.apiUrl,
    db: DB,
  });
  await print(step(paint, 2, 'gatetape in front of it', recorder.gatewayUrl));
  const dispatches = await attend(client, recorder, findLastSeq(tape), stop);
  await print(
    step(paint, 3, client.name, `${dispatches.length} dispatches, a disconnect and a resume on the way`),
  );
  const { frames, wireBytes, payloadBytes } = await recorder.close();
  const sizes = `${formatBytes(wireBytes)} on the wire, ${formatBytes(payloadBytes)} decoded`;
  await print(step(paint, 4, DB, `${frames} frames, ${sizes}`));
  return dispatches;
}

/** Plays the recording to the same client. */
async function replay(
  client: ClientKind,
  lastSeq: number,
  stop: AbortSignal,
  print: Print,
  paint: Paint,
): Promise<readonly DiffItem[]> {
  const { startMockGateway } = await import('../library/mock.js');
  await using mock = await startMockGateway({ session: 'latest', db: DB, speed: 'max', listen: ANYWHERE });
  await print(step(paint, 5, 'a mock that plays the recording', mock.gatewayUrl));
  const dispatches = await attend(client, mock, lastSeq, stop);
  await print(step(paint, 6, `${client.name} again`, `${dispatches.length} dispatches`));
  return dispatches;
}

async function compare(live: readonly DiffItem[], replayed: readonly DiffItem[]): Promise<Diff> {
  const [{ diffPayloads }, { Mask, VOLATILE_RULES }] = await Promise.all([
    import('../replay/compare/payload-diff.js'),
    import('../replay/compare/mask.js'),
  ]);
  return diffPayloads(live, replayed, new Mask(VOLATILE_RULES));
}

/** Connects the client, and returns what it was dispatched up to a sequence number. */
async function attend(
  client: ClientKind,
  addresses: Addresses,
  lastSeq: number,
  stop: AbortSignal,
): Promise<readonly DiffItem[]> {
  const connected = await client.connect(addresses);
  try {
    return await connected.until(lastSeq, stop);
  } finally {
    await connected.close();
  }
}

function findLastSeq(recording: Recording): number {
  return recording.steps.reduce(
    (last, each) => Math.max(last, each.type === 'payload' ? (each.payload.s ?? 0) : 0),
    0,
  );
}

async function captured(canvas: Canvas): Promise<readonly string[]> {
  const { openReader } = await import('../store/reader.js');
  const reader = openReader(DB);
  try {
    return [...statsLines(reader.stats({ by: DEFAULT_BY }), DEFAULT_BY, 'table', canvas)];
  } finally {
    reader.close();
  }
}

function step(paint: Paint, no: number, what: string, detail: string): string {
  return `${paint('dim', `${no}.`)} ${what.padEnd(32)} ${paint('dim', detail)}`;
}

function verdict(diff: Diff, canvas: Canvas): Iterable<string> {
  if (!diff.equal) return formatDiff(diff, 'table', canvas);
  return [canvas.paint('green', `Both sides agree: the same ${diff.matched} dispatches, in the same order.`)];
}

/** How this program was called, so that the next command can be typed as it is printed. */
function programName(): string {
  const path = process.argv[1] ?? 'gatetape';
  return basename(path) === 'gatetape' ? 'gatetape' : `node ${relative(process.cwd(), path)}`;
}
