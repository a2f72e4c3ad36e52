/**
 * `gatetape sql "SELECT …"`: runs one statement that reads the database, and prints its rows in any format.
 *
 * It installs no handler for Ctrl-C, because SQLite returns only when it has a row: the signal ends the process.
 */
import type { Command } from 'commander';
import { text } from '../config/kinds.js';
import type { SqlCell, SqlResult } from '../library/queries.js';
import { type RowShape } from './print/format.js';
import { addQueryOptions, printRows, withReader } from './options/query.js';
import { parseDuration } from '../filter/quantities.js';
import { typed } from './options/values.js';
import { NOTHING } from '../units.js';
import { within } from './process/time-limit.js';

const EXAMPLES = `
Tables and views: migrations/README.md, or SELECT name, sql FROM sqlite_schema.

Examples:
  gatetape sql "SELECT event, count(*) FROM frame_view GROUP BY event ORDER BY 2 DESC"
  gatetape sql "SELECT payload ->> '$.d.content' AS content FROM frame_view
                WHERE event = 'MESSAGE_CREATE'" --format csv`;

/** Characters of a cell that a table shows; the other formats show all. */
const CELL_WIDTH = 120;

/** Adds the command `sql`. */
export function addSql(program: Command): void {
  const command = program
    .command('sql')
    .description('run a SQL statement that reads the database')
    .argument('<statement>', 'SELECT, WITH, VALUES or EXPLAIN');
  addQueryOptions(command)
    .addOption(
      typed('--timeout <time>', 'how long it may take', text('10s, 5m, …', parseTimeout)).default(
        LIMIT_US,
        '60s',
      ),
    )
    .addHelpText('after', EXAMPLES)
    .action(run);
}

const LIMIT_US = 60_000_000;

/** At most a day: the longest timer has 24 days. */
function parseTimeout(text: string): number | null {
  const us = parseDuration(text);
  return us === null || us < 1_000 || us > 86_400_000_000 ? null : us;
}

async function run(
  statement: string,
  { timeout }: { readonly timeout: number },
  command: Command,
): Promise<void> {
  await withReader(command, async (reader, terminal) => {
    const { rows, shape } = shapedRows(limited(reader.sql(statement), timeout));
    await printRows(command, terminal, rows, shape);
  });
}

function limited({ columns, rows }: SqlResult, limitUs: number): SqlResult {
  return { columns, rows: within(limitUs / 1_000, rows) };
}

/** The rows and their shape, which the first row determines: numbers are aligned to the right. */
function shapedRows({ columns, rows }: SqlResult): {
  readonly rows: Iterable<readonly SqlCell[]>;
  readonly shape: RowShape<readonly SqlCell[]>;
} {
  const first = rows.next();
  const sample = first.done === true ? [] : first.value;
  function* all(): Generator<readonly SqlCell[], void> {
    if (first.done !== true) yield first.value;
    yield* rows;
  }
  return {
    rows: all(),
    shape: {
      columns: columns.map((title, index) => ({
        title,
        align: typeof sample[index] === 'bigint' || typeof sample[index] === 'number' ? 'right' : 'left',
        text: (row) => shown(row[index] ?? null),
        style: (row) => (row[index] === null ? 'dim' : 'plain'),
      })),
      keys: columns,
      values: (row) => row.map((cell) => (cell instanceof Uint8Array ? literal(cell) : plain(cell))),
      json: (row) =>
        JSON.stringify(Object.fromEntries(columns.map((key, index) => [key, plain(row[index] ?? null)]))),
    },
  };
}

function shown(cell: SqlCell): string {
  const text = cell === null ? NOTHING : cell instanceof Uint8Array ? literal(cell) : String(cell);
  return text.length > CELL_WIDTH ? `${text.slice(0, CELL_WIDTH - 1)}…` : text;
}

/** Bytes as SQL writes them. */
function literal(bytes: Uint8Array): string {
  return `X'${Buffer.from(bytes).toString('hex').toUpperCase()}'`;
}

/** A value for JSON: integers beyond ±2^53-1 are strings, bytes `{"$binary": "…"}`, as everywhere in gatetape. */
function plain(cell: SqlCell): unknown {
  if (typeof cell === 'bigint') return Number.isSafeInteger(Number(cell)) ? Number(cell) : String(cell);
  return cell instanceof Uint8Array ? { $binary: Buffer.from(cell).toString('base64') } : cell;
}
