/**
 * Tables of a fleet in ClickHouse. The statements that create them, on one server or on a cluster, and those that add
 * columns to older tables follow from one definition.
 *
 * Every table keeps the row of the greatest version for each key, so a query with FINAL sees a row once that was sent
 * twice. The key of a row never changes and decides its partition. Materialised views are not used: they would count a
 * row twice that was sent twice.
 * Source: clickhouse.com/docs, ReplacingMergeTree, Replication and Distributed, read 2026-11-30.
 */

/** One column and its codec. */
interface Column {
  readonly name: string;
  readonly type: string;
  readonly codec?: string;
}

/** One table. */
export interface FleetTable {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly orderBy: readonly string[];
  /** Column with a time in µs; the table is partitioned by its day. Null for small tables. */
  readonly timeColumn: string | null;
  /** Whether a row with `is_deleted` deletes an earlier one. */
  readonly isDeletable?: true;
  /** Whether `--ttl` applies. */
  readonly hasTtl?: true;
}

const text = (name: string): Column => ({ name, type: 'String', codec: 'ZSTD(1)' });
const word = (name: string): Column => ({ name, type: 'LowCardinality(String)' });
const time = (name: string): Column => ({ name, type: 'Int64', codec: 'Delta, ZSTD(1)' });
const count = (name: string): Column => ({ name, type: 'UInt64', codec: 'T64, ZSTD(1)' });
const nullable = ({ name, type }: Column): Column => ({ name, type: `Nullable(${type})`, codec: 'ZSTD(1)' });

const RECORDER = word('recorder');
const VERSION: Column = { name: 'version', type: 'UInt64', codec: 'Delta, ZSTD(1)' };
const DELETED: Column = { name: 'is_deleted', type: 'UInt8' };

const PLACE = [
  RECORDER,
  { name: 'connection_id', type: 'UInt64', codec: 'Delta, ZSTD(1)' },
  { name: 'session_id', type: 'UInt64', codec: 'Delta, ZSTD(1)' }, // 0 without a session
];

const TYPE: readonly Column[] = [
  word('service'),
  { name: 'op', type: 'Nullable(Int64)' },
  { name: 'event', type: 'LowCardinality(Nullable(String))' },
  word('sender'),
  word('kind'),
  word('status'),
];

/** All tables. */
export const FLEET_TABLES: readonly FleetTable[] = [
  {
    // The recorders and their progress: `through_id` is the last frame on the server, `through_at_us` its time.
    name: 'recorder',
    columns: [RECORDER, text('file'), count('through_id'), time('through_at_us'), VERSION],
    orderBy: ['recorder'],
    timeColumn: null,
  },
  {
    name: 'session',
    columns: [
      RECORDER,
      count('id'),
      nullable(text('alias')),
      nullable(text('user_id')),
      nullable({ name: 'shard_id', type: 'UInt32' }),
      nullable({ name: 'shard_count', type: 'UInt32' }),
      nullable(text('library')),
      nullable({ name: 'intents', type: 'Int64' }),
      count('connections'),
      count('resumes'),
      nullable({ name: 'last_seq', type: 'Int64' }),
      nullable({ name: 'close_code', type: 'UInt16' }),
      nullable(text('service')),
      VERSION,
      DELETED,
    ],
    orderBy: ['recorder', 'id'],
    timeColumn: null,
    isDeletable: true,
  },
  {
    name: 'connection',
    columns: [
      RECORDER,
      count('id'),
      count('capture_id'),
      time('opened_at_us'),
      nullable({ name: 'closed_at_us', type: 'Int64' }),
      text('path'),
      text('upstream_url'),
      word('service'),
      nullable({ name: 'version_asked', type: 'Int64' }),
      word('encoding'),
      word('compress'),
      nullable(text('extensions')),
      nullable(text('user_agent')),
      { name: 'upgrade_status', type: 'UInt16' },
      nullable(text('relay_mode')),
      nullable({ name: 'close_code', type: 'UInt16' }),
      nullable(text('close_reason')),
      nullable(text('closed_by')),
      VERSION,
    ],
    orderBy: ['recorder', 'id'],
    timeColumn: null,
  },
  {
    name: 'capture',
    columns: [
      RECORDER,
      count('id'),
      word('mode'),
      // Start of the last REST call: the calls themselves are not shipped.
      nullable({ name: 'last_call_at_us', type: 'Int64' }),
      VERSION,
    ],
    orderBy: ['recorder', 'id'],
    timeColumn: null,
  },
  {
    name: 'gap',
    columns: [
      RECORDER,
      count('id'),
      count('connection_id'),
      word('sender'),
      time('from_us'),
      time('until_us'),
      count('bytes'),
      nullable({ name: 'frames', type: 'UInt64' }),
      VERSION,
    ],
    orderBy: ['recorder', 'id'],
    timeColumn: null,
  },
  {
    // Only those of RELAY_OBSERVATIONS.
    name: 'observation',
    columns: [RECORDER, count('id'), count('connection_id'), time('at_us'), word('name'), VERSION],
    orderBy: ['recorder', 'id'],
    timeColumn: null,
  },
  {
    name: 'pruning',
    columns: [
      RECORDER,
      count('id'),
      count('frames'),
      count('wire_bytes'),
      count('payload_bytes'),
      nullable({ name: 'first_at_us', type: 'Int64' }),
      nullable({ name: 'last_at_us', type: 'Int64' }),
      VERSION,
    ],
    orderBy: ['recorder', 'id'],
    timeColumn: null,
  },
  {
    name: 'heartbeat',
    columns: [
      ...PLACE,
      count('id'),
      time('sent_at_us'),
      nullable({ name: 'acked_at_us', type: 'Int64' }),
      VERSION,
    ],
    orderBy: ['recorder', 'id'],
    timeColumn: 'sent_at_us',
  },
  {
    // `sizes` and `size_counts` are a histogram: so many frames have this size exactly.
    name: 'minute_rollup',
    columns: [
      ...PLACE,
      ...TYPE,
      time('minute_at_us'),
      count('frames'),
      count('wire_bytes'),
      count('payload_bytes'),
      time('first_at_us'),
      time('last_at_us'),
      { name: 'sizes', type: 'Array(UInt32)', codec: 'Delta, ZSTD(1)' },
      { name: 'size_counts', type: 'Array(UInt32)', codec: 'ZSTD(1)' },
      VERSION,
    ],
    orderBy: [
      ...['service', 'op', 'event', 'minute_at_us', 'sender', 'kind', 'status'],
      ...['recorder', 'connection_id', 'session_id'],
    ],
    timeColumn: 'minute_at_us',
  },
  {
    name: 'frame',
    columns: [
      ...PLACE,
      ...TYPE,
      { name: 'frame_id', type: 'UInt64', codec: 'Delta, ZSTD(1)' },
      count('frame_no'),
      time('at_us'),
      nullable({ name: 'seq', type: 'Int64' }),
      { name: 'wire_bytes', type: 'UInt32', codec: 'T64, ZSTD(1)' },
      nullable({ name: 'payload_bytes', type: 'UInt32' }),
      nullable({ name: 'close_code', type: 'UInt16' }),
      VERSION,
    ],
    orderBy: ['service', 'op', 'event', 'at_us', 'recorder', 'frame_id'],
    timeColumn: 'at_us',
    hasTtl: true,
  },
  {
    name: 'frame_body',
    columns: [
      RECORDER,
      { name: 'frame_id', type: 'UInt64', codec: 'Delta, ZSTD(1)' },
      time('at_us'),
      { name: 'body', type: 'String', codec: 'ZSTD(3)' },
      VERSION,
    ],
    orderBy: ['recorder', 'frame_id'],
    timeColumn: 'at_us',
    hasTtl: true,
  },
  {
    // One row: the id of the fleet. Databases note their progress under it.
    name: 'fleet',
    columns: [text('id'), VERSION],
    orderBy: ['id'],
    timeColumn: null,
  },
];

/** Where the tables are. */
export interface FleetPlace {
  readonly database: string;
  /** Null for one server. */
  readonly cluster: string | null;
  /** Age in days at which frames and bodies are deleted; null for never. */
  readonly ttlDays: number | null;
}

/** A name in backquotes. */
export function quoteName(name: string): string {
  return `\`${name.replace(/[\\`]/g, '\\$&')}\``;
}

/** Statements that create the database and missing tables. */
export function createStatements(place: FleetPlace): readonly string[] {
  const on = onCluster(place);
  return [
    `CREATE DATABASE IF NOT EXISTS ${quoteName(place.database)}${on}`,
    ...FLEET_TABLES.flatMap((table) => createTable(table, place)),
  ];
}

function createTable(table: FleetTable, place: FleetPlace): readonly string[] {
  const { cluster } = place;
  const stored = createStored(table, place);
  if (cluster === null) return [stored];
  const [database, local] = [quoteName(place.database), quoteName(storedName(table, place))];
  const key = table.name === 'fleet' ? 'cityHash64(id)' : 'cityHash64(recorder)';
  // All rows of a recorder go to one shard, so that rows of the same key replace each other.
  return [
    stored,
    `CREATE TABLE IF NOT EXISTS ${database}.${quoteName(table.name)}${onCluster(place)} AS ${database}.${local}
ENGINE = Distributed(${quoteName(cluster)}, ${database}, ${local}, ${key})`,
  ];
}

function createStored(table: FleetTable, place: FleetPlace): string {
  const { columns, orderBy, timeColumn, isDeletable } = table;
  const versioned = isDeletable === true ? 'version, is_deleted' : 'version';
  // The path in Keeper contains the stored name of the table; replicas have names of their own.
  const engine =
    place.cluster === null
      ? `ReplacingMergeTree(${versioned})`
      : `ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', ${versioned})`;
  const ttl = formatTtl(table, place);
  return [
    `CREATE TABLE IF NOT EXISTS ${quoteName(place.database)}.${quoteName(storedName(table, place))}${onCluster(place)}`,
    `(\n${columns.map((column) => `  ${formatColumn(column)}`).join(',\n')}\n)`,
    `ENGINE = ${engine}`,
    ...(timeColumn === null ? [] : [`PARTITION BY toDate(fromUnixTimestamp64Micro(${timeColumn}, 'UTC'))`]),
    `ORDER BY (${orderBy.join(', ')})`,
    ...(ttl === null ? [] : [`TTL ${ttl}`]),
    `SETTINGS allow_nullable_key = 1${place.cluster === null ? ', non_replicated_deduplication_window = 1000' : ''}`,
  ].join('\n');
}

/** Existing columns of a table, by the table's stored name. */
export type ColumnsByTable = ReadonlyMap<string, ReadonlySet<string>>;

/** Statements that add columns to tables of an older gatetape, and that set `--ttl` if it is given. */
export function upgradeStatements(place: FleetPlace, found: ColumnsByTable): readonly string[] {
  return FLEET_TABLES.flatMap((table) => {
    const stored = storedName(table, place);
    const ttl = formatTtl(table, place);
    const names = place.cluster === null ? [stored] : [stored, table.name];
    const added = names.flatMap((name) => {
      const columns = found.get(name);
      if (columns === undefined) return [];
      return table.columns
        .filter((column) => !columns.has(column.name))
        .map((column) => alter(name, place, `ADD COLUMN IF NOT EXISTS ${formatColumn(column)}`));
    });
    return ttl === null ? added : [...added, alter(stored, place, `MODIFY TTL ${ttl}`)];
  });
}

function alter(name: string, place: FleetPlace, change: string): string {
  return `ALTER TABLE ${quoteName(place.database)}.${quoteName(name)}${onCluster(place)} ${change}`;
}

function storedName({ name }: FleetTable, { cluster }: FleetPlace): string {
  return cluster === null ? name : `${name}_local`;
}

function onCluster({ cluster }: FleetPlace): string {
  return cluster === null ? '' : ` ON CLUSTER ${quoteName(cluster)}`;
}

function formatTtl({ timeColumn, hasTtl }: FleetTable, { ttlDays }: FleetPlace): string | null {
  if (hasTtl !== true || timeColumn === null || ttlDays === null) return null;
  return `toDateTime(fromUnixTimestamp64Micro(${timeColumn}, 'UTC')) + INTERVAL ${ttlDays} DAY`;
}

function formatColumn({ name, type, codec }: Column): string {
  return `${name} ${type}${codec === undefined ? '' : ` CODEC(${codec})`}`;
}
