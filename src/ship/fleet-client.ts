/**
 * Fleet client: sends statements and rows to a ClickHouse server. It uses the official client, which users install
 * themselves.
 *
 * A request that fails for a temporary reason, such as a lost connection, is sent again after a pause; every statement
 * here is idempotent. No message contains the password of the URL.
 * Source: @clickhouse/client 1.23; ErrorCodes.cpp of ClickHouse 26.7.
 */
import { createRequire } from 'node:module';
import { setTimeout as wait } from 'node:timers/promises';
import { errorCode, NetworkError, UsageError } from '../errors.js';
import { quoteName } from './tables.js';

/** The used part of @clickhouse/client; its own types are missing if it is not installed. */
interface ClickHouseClient {
  ping(): Promise<{ readonly success: boolean; readonly error?: unknown }>;
  command(options: RequestOptions): Promise<unknown>;
  query(options: RequestOptions & { readonly format: string }): Promise<{
    json(): Promise<unknown>;
    stream(): AsyncIterable<readonly { readonly text: string }[]>;
  }>;
  insert(options: {
    readonly table: string;
    readonly values: readonly object[];
    readonly format: string;
    readonly clickhouse_settings: Settings;
    readonly abort_signal?: AbortSignal;
  }): Promise<unknown>;
  close(): Promise<void>;
}

type Settings = Readonly<Record<string, string | number>>;

interface RequestOptions {
  readonly query: string;
  readonly query_params?: Readonly<Record<string, unknown>>;
  readonly clickhouse_settings?: Settings;
  readonly abort_signal?: AbortSignal;
}

interface ClickHouseModule {
  readonly createClient: (options: object) => ClickHouseClient;
  readonly ClickHouseLogLevel?: { readonly OFF: number };
}

/** How to reach a fleet. */
export interface FleetAddress {
  /** `http://user:password@host:8123/database`. */
  readonly url: string;
  /** User and password, if the URL has none. */
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** Most repetitions of a request before it fails. */
  readonly retries: number;
  readonly stop?: AbortSignal | undefined;
  /** Receives a line before each pause. */
  readonly onPause?: ((line: string) => void) | undefined;
}

/** Values of a statement's parameters, such as `{id:UInt64}`. */
export type Parameters = Readonly<Record<string, string | number>>;

/** A statement with the values of its parameters. */
export interface Question {
  readonly sql: string;
  readonly parameters: Parameters;
}

const PACKAGE = '@clickhouse/client';
const DEFAULT_DATABASE = 'gatetape';
const REQUEST_TIMEOUT_MS = 120_000;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 30_000;
/** Most rows of an answer; more are an error. */
const MAX_ANSWER_ROWS = 1_000_000;

const ANSWER: Settings = {
  output_format_json_quote_64bit_integers: 0,
  // All rows of a recorder are on one shard of a cluster, so a subquery runs on that shard.
  distributed_product_mode: 'local',
};

/** For an answer of any length: the server sorts on disk what does not fit into memory, and waits for a slow reader. */
const LONG_ANSWER: Settings = { max_bytes_before_external_sort: 268_435_456, http_send_timeout: 600 };

/**
 * Codes of temporary errors: timeouts, too many queries, no memory, network, too many parts, read-only replicas, lost
 * Keeper sessions, too few replicas, an insert with an unknown result.
 */
const PASSING_CODES = new Set([
  159, 202, 203, 209, 210, 225, 236, 241, 242, 252, 285, 319, 394, 425, 745, 999,
]);

/** One fleet, over HTTP. */
export class FleetClient {
  readonly #client: ClickHouseClient;
  readonly #address: FleetAddress;
  readonly database: string;
  /** The URL without user and password. */
  readonly shownUrl: string;

  /** Throws UsageError if the URL cannot be used or the client is not installed. */
  constructor(address: FleetAddress) {
    const url = readFleetUrl(address.url);
    this.#address = address;
    this.database = decodeURIComponent(url.pathname.slice(1)) || DEFAULT_DATABASE;
    this.shownUrl = `${url.origin}/${this.database}`;
    const { createClient, ClickHouseLogLevel } = loadClient();
    this.#client = createClient({
      url: url.origin,
      username: decodeURIComponent(url.username) || (address.user ?? 'default'),
      password: decodeURIComponent(url.password) || (address.password ?? ''),
      request_timeout: REQUEST_TIMEOUT_MS,
      application: 'gatetape',
      log: { level: ClickHouseLogLevel?.OFF ?? 127 },
    });
  }

  /** A table with its database, quoted. */
  table(name: string): string {
    return `${quoteName(this.database)}.${quoteName(name)}`;
  }

  /** Runs a statement without an answer. */
  async command(query: string): Promise<void> {
    await this.#attempt(() => this.#client.command({ query, ...this.#stopping }));
  }

  /** Rows of an answer, all of them. */
  async rows<Row>(query: string, parameters: Parameters = {}): Promise<readonly Row[]> {
    return this.#attempt(async () => {
      const answer = await this.#client.query({
        ...this.#stopping,
        query,
        query_params: parameters,
        format: 'JSONEachRow',
        clickhouse_settings: { ...ANSWER, max_result_rows: MAX_ANSWER_ROWS, result_overflow_mode: 'throw' },
      });
      return (await answer.json()) as readonly Row[];
    });
  }

  /**
   * Rows of an answer as they arrive, with bounded memory. If the answer breaks off, `ask` gets the last row that arrived
   * and returns the question for the rest, or null if nothing is left.
   */
  async *stream<Row>(ask: (last: Row | null) => Question | null): AsyncGenerator<readonly Row[], void> {
    let last: Row | null = null;
    for (let attempt = 0; ; attempt += 1) {
      try {
        const question = ask(last);
        if (question === null) return;
        const { sql, parameters } = question;
        const answer = await this.#client.query({
          ...this.#stopping,
          query: sql,
          query_params: parameters,
          format: 'JSONEachRow',
          clickhouse_settings: { ...ANSWER, ...LONG_ANSWER },
        });
        for await (const lines of answer.stream()) {
          const rows = lines.map(({ text }) => JSON.parse(text) as Row);
          last = rows.at(-1) ?? last;
          attempt = 0;
          yield rows;
        }
        return;
      } catch (error) {
        await this.#pause(error, attempt);
      }
    }
  }

  /** Adds rows to a table. `token` names them: if they are sent again, the server drops those that it has. */
  async insert(table: string, values: readonly object[], token: string): Promise<void> {
    if (values.length === 0) return;
    await this.#attempt(() =>
      this.#client.insert({
        ...this.#stopping,
        table: this.table(table),
        values,
        format: 'JSONEachRow',
        clickhouse_settings: {
          insert_deduplication_token: token,
          // One partition for each day of a block; a file can have many days.
          max_partitions_per_insert_block: 0,
          // On a cluster, the answer is sent only when the rows are on their shard.
          distributed_foreground_insert: 1,
          async_insert: 0,
        },
      }),
    );
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  /** Ends a request that the server has taken and does not answer. */
  get #stopping(): Pick<RequestOptions, 'abort_signal'> {
    const { stop } = this.#address;
    return stop === undefined ? {} : { abort_signal: stop };
  }

  async #attempt<Result>(request: () => Promise<Result>): Promise<Result> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await request();
      } catch (error) {
        await this.#pause(error, attempt);
      }
    }
  }

  /** Waits before a failed request is sent again; rejects with the failure if it must not be. */
  async #pause(error: unknown, attempt: number): Promise<void> {
    const { retries, stop, onPause } = this.#address;
    if (stop?.aborted === true || attempt >= retries || !canPass(error)) throw this.#describe(error);
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS);
    onPause?.(`${this.shownUrl} does not answer (${reason(error)}): trying again in ${pauseMs / 1000} s`);
    await wait(pauseMs, undefined, stop === undefined ? {} : { signal: stop }).catch(() => undefined);
  }

  #describe(error: unknown): Error {
    const what = `ClickHouse at ${this.shownUrl} cannot be used (${reason(error)})`;
    return new NetworkError(what, findHint(error), { cause: error });
  }
}

/** The URL of a fleet. Throws UsageError. */
export function readFleetUrl(given: string): URL {
  const url = URL.canParse(given) ? new URL(given) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || /[/%]/.test(url.pathname.slice(1))) {
    throw new UsageError(
      'the address of the fleet is not a URL of ClickHouse',
      'give one such as http://user:password@host:8123/gatetape',
    );
  }
  return url;
}

const require = createRequire(import.meta.url);

/** Throws a UsageError if the client is not installed; does not load it. */
export function requireClient(): void {
  withClient(() => require.resolve(PACKAGE));
}

/** The client, from beside gatetape or from NODE_PATH. */
function loadClient(): ClickHouseModule {
  return withClient(() => require(PACKAGE) as ClickHouseModule);
}

function withClient<Result>(find: () => Result): Result {
  try {
    return find();
  } catch (error) {
    if (errorCode(error) !== 'MODULE_NOT_FOUND') throw error;
    throw new UsageError(
      `a fleet needs the package ${PACKAGE}, which is not installed`,
      `install it beside gatetape: npm install ${PACKAGE}`,
      { cause: error },
    );
  }
}

/** Whether a request that failed with this error can succeed later. */
function canPass(error: unknown): boolean {
  const code = errorCode(error);
  return /^\d+$/.test(code) ? PASSING_CODES.has(Number(code)) : code !== 'DEPTH_ZERO_SELF_SIGNED_CERT';
}

/** Code and kind of a failure. The server's texts are left out, because they can contain data. */
function reason(error: unknown): string {
  const kind = error instanceof Error && 'type' in error ? ` ${String(error.type)}` : '';
  const code = errorCode(error);
  if (code !== '') return code + kind;
  return error instanceof Error ? error.message.slice(0, 80) : 'unknown reason';
}

function findHint(error: unknown): string {
  switch (errorCode(error)) {
    case '516':
    case '192':
    case '194':
      return 'check the user and the password in the URL';
    case '497':
      return 'grant the user CREATE, ALTER, INSERT and SELECT on the database';
    case '81':
    case '60':
      return 'ship to it first: gatetape ship --to URL';
    default:
      return 'check the address, and that the server runs';
  }
}
