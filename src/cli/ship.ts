/**
 * `gatetape ship`: copies databases to ClickHouse, to ask the recordings of a whole fleet at once.
 */
import type { Command } from 'commander';
import { digits, text } from '../config/kinds.js';
import type { ShipSums } from '../library/ship.js';
import { plural } from '../units.js';
import { addSeveral, readConfig, readDatabasePaths } from './options/config-options.js';
import { typed } from './options/values.js';
import { StatusLine } from './print/status-line.js';
import { openTerminal } from './print/terminal.js';
import { endBySignal, releaseSignals, stopSignal } from './process/signals.js';

const EXAMPLES = `
Examples:
  gatetape ship --to http://gatetape@clickhouse:8123/gatetape
  gatetape ship --to http://clickhouse:8123 --db 'captures/*.sqlite' --frames --bodies
  gatetape ship --to http://clickhouse:8123 --follow        while it is being recorded

Roll-ups by minute are always sent; --frames and --bodies send more. A user and a password that the URL does not name are
read from CLICKHOUSE_USER and CLICKHOUSE_PASSWORD. Needs the package @clickhouse/client beside gatetape: docs/fleet.md.`;

const DEFAULT_BATCH_ROWS = 50_000;
const MOST_BATCH_ROWS = 1_000_000;

interface ShipFlags {
  readonly to: string;
  readonly frames?: true;
  readonly bodies?: true;
  readonly follow?: true;
  readonly batchRows?: number;
  readonly cluster?: string;
  readonly ttl?: number;
}

/** Adds the command `ship`. */
export function addShip(program: Command): void {
  const command = program
    .command('ship')
    .description('copy databases to ClickHouse, to ask many recorders at once')
    .requiredOption('--to <url>', 'ClickHouse, over HTTP: http://user:password@host:8123/database');
  addSeveral(command)
    .option('--frames', 'send a row for each frame, too')
    .option('--bodies', 'send payloads, too, redacted as they are in the database')
    .option('--follow', 'go on until Ctrl-C, while the databases grow and the server comes and goes')
    .addOption(
      typed('--batch-rows <count>', `frames of one batch (default: ${DEFAULT_BATCH_ROWS})`, BATCH_ROWS),
    )
    .addOption(typed('--cluster <name>', 'make replicated tables on this cluster', CLUSTER))
    .addOption(typed('--ttl <days>', 'let the server delete frames and payloads that are older', DAYS))
    .addHelpText('after', EXAMPLES)
    .action(run);
}

const BATCH_ROWS = text(`a whole number up to ${MOST_BATCH_ROWS}`, (given) => {
  const rows = Number(given);
  return /^\d+$/.test(given) && rows >= 1 && rows <= MOST_BATCH_ROWS ? rows : null;
});
const CLUSTER = text('a name of letters, digits, _ and -', (given) =>
  /^[\w-]{1,64}$/.test(given) ? given : null,
);
const DAYS = digits(1, 'a number of days');

async function run(flags: ShipFlags, command: Command): Promise<void> {
  const { to, frames = false, bodies = false, follow = false, batchRows, cluster, ttl } = flags;
  readConfig(command);
  const { output } = openTerminal(command);
  const { shipDatabases } = await import('../library/ship.js');
  let line = 'shipping';
  const status = new StatusLine(process.stderr, () => line);
  status.start();
  const stop = stopSignal();
  try {
    const shipped = await shipDatabases({
      to,
      user: process.env['CLICKHOUSE_USER'],
      password: process.env['CLICKHOUSE_PASSWORD'],
      db: readDatabasePaths(command),
      hasFrames: frames,
      hasBodies: bodies,
      batchRows: batchRows ?? DEFAULT_BATCH_ROWS,
      cluster: cluster ?? null,
      ttlDays: ttl ?? null,
      isFollowing: follow,
      stop,
      onProgress: (sums) => (line = describeSums(sums)),
      onPause: (line) => status.note(`gatetape: ${line}`),
    });
    if (stop.aborted && !follow) endBySignal(stop);
    await output.print(shipped.map((database) => JSON.stringify({ event: 'shipped', ...database })));
  } finally {
    releaseSignals();
    status.stop();
  }
}

/** What was sent so far, part by part. */
function describeSums({ frames, bodies, rollups, summedFrames }: ShipSums): string {
  const parts = [
    `${plural(rollups, 'roll-up')} of ${plural(summedFrames, 'frame')}`,
    ...(frames === 0 ? [] : [plural(frames, 'frame')]),
    ...(bodies === 0 ? [] : [plural(bodies, 'payload')]),
  ];
  return `shipping: ${parts.join(', ')} sent`;
}
