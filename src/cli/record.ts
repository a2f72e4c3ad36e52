/**
 * `gatetape record`: runs the proxy until it is stopped, then commits everything and prints a summary.
 *
 * For scripts it prints two lines of JSON on stdout: one when it listens, one when it has stopped.
 */
import type { Command } from 'commander';
import type { Config } from '../config/schema.js';
import { BUG_EXIT_CODE, GatetapeError } from '../errors.js';
import type { Log } from '../host.js';
import type { LintSeverity } from '../library/lint.js';
import type { Predecessor } from '../library/handover/predecessor.js';
import type { LiveFinding, Recorder, RecorderFigures, Summary } from '../library/record.js';
import type { WebPage } from '../ui/page.js';
import { addSettings, readConfig } from './options/config-options.js';
import { choiceOption, DURATION, typed } from './options/values.js';
import { askToHandOver, Handovers, nameMainProcess, requireHandover } from './process/handover.js';
import { aborted, stopSignal } from './process/signals.js';
import { withSteadyHeap } from './process/steady-heap.js';
import { formatLiveFinding, LINT_LEVELS } from './print/findings.js';
import { StatusLine } from './print/status-line.js';
import { createLog, openTerminal } from './print/terminal.js';
import { formatBytes, formatCount, formatRate, plural } from '../units.js';
import { PAGE_ADDRESS, servePage } from './ui.js';

const US_PER_MS = 1000;

const EXAMPLES = `
Examples:
  gatetape record
  gatetape record --listen :0 --db ci.sqlite
  gatetape record --upstream wss://gateway.example.org --api https://example.org/api
  gatetape record --lint                 say on stderr what the client does wrong, when it happens
  gatetape record --handover             go on in place of an older process, without closing a connection
  gatetape record --ui                   serve the web page too, at http://127.0.0.1:7332/

A client that takes the gateway's address from the REST API only needs the base URL that is printed
as "apiUrl". Ctrl-C stops: everything recorded is committed, and a summary is printed.`;

/** Adds the command `record`. */
export function addRecord(program: Command): void {
  const command = program.command('record').description('run the recording proxy until Ctrl-C');
  addSettings(command, [
    'listen',
    'upstream',
    'api',
    'upstreamCa',
    'db',
    'keyFile',
    'mode',
    'others',
    'tls',
    'tlsCert',
    'tlsKey',
    'caDir',
    'allowRemote',
    'allowOrigins',
    'rewrite',
    'redact',
    'onOverload',
    'onRecordError',
    'maxPayloadBytes',
    'maxBodyBytes',
    'queueBytes',
    'decoders',
    'maxDbSizeBytes',
    'compactAfter',
    'rotate',
    'keep',
    'metrics',
    'shipTo',
    'shipFrames',
    'shipBodies',
    'shipCluster',
    'shipTtl',
    'logFormat',
    'logLevel',
    'allowHosts',
    'lint',
  ])
    .addOption(
      choiceOption(
        '--lint [least]',
        'print breaches of the rules of lint, so bad and worse',
        LINT_LEVELS,
      ).preset('warning'),
    )
    .option(
      '--handover',
      'go on in place of the recorder of the same database, and hand over to the next one',
    )
    .addOption(
      typed('--drain <time>', 'after that the recorder that hands over ends its connections', DURATION),
    )
    .addOption(typed('--ui [host:port]', 'serve the web page too (default: 127.0.0.1:7332)', PAGE_ADDRESS))
    .addHelpText('after', EXAMPLES)
    .action((_options, self: Command) => run(self));
}

interface RecordFlags {
  readonly lint?: LintSeverity;
  /** True for the default address. */
  readonly ui?: true | Config['listen'];
  readonly handover?: boolean;
  /** In µs. */
  readonly drain?: number;
}

async function run(command: Command): Promise<void> {
  const flags = command.opts<RecordFlags>();
  const predecessor = await findPredecessorOf(flags);
  try {
    const config = readConfig(command);
    const { output } = openTerminal(command);
    if (flags.handover === true && predecessor === null) {
      requireHandover();
      const line = await askToHandOver(config.db);
      if (line !== null) {
        await output.print([line]);
        return;
      }
    }
    await record(command, config, predecessor);
  } catch (error) {
    await predecessor?.fail(error);
    throw error;
  }
}

/** The recorder that has started this process to go on in its place, or null. */
async function findPredecessorOf({ drain }: RecordFlags): Promise<Predecessor | null> {
  // Nothing of it is loaded by those who start a recorder of their own.
  if (process.send === undefined) return null;
  const { findPredecessor } = await import('../library/handover/predecessor.js');
  return findPredecessor(drain === undefined ? null : drain / US_PER_MS);
}

async function record(command: Command, config: Config, predecessor: Predecessor | null): Promise<void> {
  const { output, note } = openTerminal(command);
  const stop = stopSignal();
  let status: StatusLine | null = null;
  const { startRecorderAfter } = await import('../library/record.js');
  const log = createLog((line) => (status ?? { note }).note(line), config);
  const { lint: severity, ui, handover = false } = command.opts<RecordFlags>();
  const liveLint = severity && {
    severity,
    onFinding: (live: LiveFinding) => log('warn', formatLiveFinding(live), 'lint_finding'),
  };
  const recorder = await withSteadyHeap(() => startRecorderAfter(predecessor, { ...config, log, liveLint }));
  if (predecessor !== null) {
    await nameMainProcess(log);
    await predecessor.release();
  }
  const page = ui === undefined ? null : await startPageBeside(recorder, ui, log, predecessor === null);
  // Two processes print on the same stdout then.
  const who = handover || predecessor !== null ? { pid: process.pid } : {};
  const line = formatListening(recorder, page, who);
  let { db } = config;
  const handovers = new Handovers(recorder, {
    log,
    onReleased: async () => page?.close(),
    onHandedOver: (file) => {
      // The new process has a line of its own.
      status?.stop();
      db = file ?? db;
    },
  });
  // Before the line, after which a script may ask.
  await handovers.take(handover);
  await output.print([line]);
  status = new StatusLine(
    process.stderr,
    statusText(recorder, () => performance.now()),
  );
  status.start();
  process.on('SIGUSR1', () => void recorder.rotate());
  await predecessor?.leave(line);
  await Promise.race([aborted(stop), recorder.stopped, recorder.drained]);
  status.stop();
  handovers.close();
  try {
    // The page closes first: the recorder removes the -wal file only if no other connection has the database open.
    await page?.close();
    await recorder.close();
  } finally {
    // Also after an error, because scripts need the sums.
    const summary = toSummary(recorder.figures());
    if (config.logFormat === 'json') log('info', summaryText(summary, db), 'stopped');
    else note(summaryText(summary, db));
    await output.print([JSON.stringify({ event: 'stopped', ...summary, ...who })]);
    // A thread dies of a bug only: it waits until the database can be written.
    if (summary.restarts > 0) process.exitCode = BUG_EXIT_CODE;
  }
}

/** The line for scripts when a recorder listens. */
function formatListening(
  { gatewayUrl, apiUrl, metricsUrl, config }: Recorder,
  page: WebPage | null,
  who: { readonly pid?: number },
): string {
  const { upstream, db } = config;
  const listening = { event: 'listening', gatewayUrl, apiUrl, upstream, db };
  const uiUrl = page === null ? {} : { uiUrl: page.uiUrl };
  return JSON.stringify({ ...listening, ...(metricsUrl === null ? {} : { metricsUrl }), ...uiUrl, ...who });
}

/** Serves the page of `--ui`. If that fails and the page is needed, the recorder is closed; if not, the result is null. */
async function startPageBeside(
  recorder: Recorder,
  ui: true | Config['listen'],
  log: Log,
  isNeeded: boolean,
): Promise<WebPage | null> {
  try {
    const listen = ui === true ? undefined : ui;
    const page = await servePage(recorder.config, { listen, log, apiUrl: recorder.apiUrl });
    void page.ended.then((error) => {
      if (error !== null)
        log('error', `the page has ended (${error.message}): the recording goes on`, 'page_ended');
    });
    return page;
  } catch (error) {
    if (!isNeeded && error instanceof GatetapeError) {
      log('error', `there is no page (${error.message}): the recording goes on`, 'page_ended');
      return null;
    }
    await recorder.close();
    throw error;
  }
}

/** The sums over a capture, in the order in which they are printed. */
function toSummary({
  gaps,
  unrecordedBytes,
  restarts,
  wireBytes,
  payloadBytes,
  ...counts
}: RecorderFigures): Summary {
  const { connections, frames, payloads, undecodable } = counts;
  const sums = { connections, frames, payloads, undecodable };
  return { ...sums, gaps, unrecordedBytes, restarts, wireBytes, payloadBytes };
}

/** Text of the status line: figures, and the rate since the last call. */
export function statusText(recorder: Pick<Recorder, 'figures'>, nowMs: () => number): () => string {
  let before: { readonly frames: number; readonly atMs: number } | null = null;
  return () => {
    const figures = recorder.figures();
    const atMs = nowMs();
    const seconds = before === null ? 0 : (atMs - before.atMs) / 1_000;
    const perSecond = before === null || seconds <= 0 ? 0 : (figures.frames - before.frames) / seconds;
    before = { frames: figures.frames, atMs };
    return liveText(figures, perSecond);
  };
}

function liveText(figures: RecorderFigures, perSecond: number): string {
  const parts = [
    `${plural(figures.openConnections, 'connection')} open`,
    `${plural(figures.frames, 'frame')} (${formatRate(perSecond)})`,
    formatBytes(figures.wireBytes),
    ...(figures.restCalls > 0 ? [plural(figures.restCalls, 'REST call')] : []),
    `queue ${formatBytes(figures.queueBytes)}`,
  ];
  if (figures.undecodable > 0) parts.push(`${formatCount(figures.undecodable)} undecodable`);
  if (figures.gaps > 0) parts.push(plural(figures.gaps, 'gap'));
  if (figures.unrecordedBytes > 0) parts.push(`${formatBytes(figures.unrecordedBytes)} unrecorded`);
  return `recording: ${parts.join(', ')}`;
}

/** The summary for people. */
export function summaryText(summary: Summary, db: string): string {
  const { connections, frames, wireBytes, payloadBytes, undecodable, gaps, unrecordedBytes, restarts } =
    summary;
  const trouble = [
    ...(undecodable > 0 ? [`${formatCount(undecodable)} undecodable`] : []),
    ...(gaps > 0 ? [plural(gaps, 'gap')] : []),
    ...(unrecordedBytes > 0 ? [`${formatBytes(unrecordedBytes)} unrecorded`] : []),
    ...(restarts > 0 ? [plural(restarts, 'thread restart')] : []),
  ];
  const sizes = `${formatBytes(wireBytes)} on the wire, ${formatBytes(payloadBytes)} decoded`;
  return `recorded ${[plural(frames, 'frame'), ...trouble].join(', ')} on ${plural(connections, 'connection')} (${sizes}) in ${db}`;
}
