/**
 * Fleet reader: answers questions on recordings from a server instead of their files. The answers have the same form, and
 * are equal if the server has all data of the files.
 */
import { UsageError } from '../errors.js';
import type { FilterContext } from '../filter/key-values.js';
import { systemNowUs } from '../host.js';
import type { FrameFilter, Scope } from '../store/filter.js';
import type { ServiceName } from '../store/filter-functions.js';
import type { SessionRow } from '../store/listings.js';
import type { GroupKey } from '../store/query-words.js';
import type { Stats, StatsQuery } from '../store/stats/stats.js';
import { readCaptures, type FleetCaptures } from './fleet-captures.js';
import type { FleetClient } from './fleet-client.js';
import {
  FleetFrames,
  ownRows,
  type FleetRecorder,
  type SelectedFrames,
  type WantedPayloads,
} from './fleet-frames.js';
import { FleetStats } from './fleet-stats.js';

interface SessionAnswer {
  readonly recorder: string;
  readonly id: number;
  readonly alias: string | null;
  readonly user_id: string | null;
  readonly shard_id: number | null;
  readonly shard_count: number | null;
  readonly library: string | null;
  readonly connections: number;
  readonly resumes: number;
  readonly frames: number;
  readonly first_at_us: number;
  readonly last_at_us: number;
  readonly last_seq: number | null;
  readonly close_code: number | null;
  readonly service: ServiceName | null;
}

/** Frames of one recorder that pass a filter. */
export interface FramesOfFile extends SelectedFrames {
  readonly file: string;
}

/** Reads from one server. */
export class FleetReader {
  readonly #client: FleetClient;
  readonly #chosen: readonly FleetRecorder[];
  /** What was asked, by readers of fewer recorders too. */
  readonly #asked: FleetFrames[];

  private constructor(client: FleetClient, chosen: readonly FleetRecorder[], asked: FleetFrames[] = []) {
    this.#client = client;
    this.#chosen = chosen;
    this.#asked = asked;
  }

  /**
   * A reader of all recorders, or of those whose id or file name is listed. Rejects with UsageError if one of them is
   * missing, or the fleet has no recorder.
   */
  static async open(client: FleetClient, names: readonly string[] = []): Promise<FleetReader> {
    const all = await client.rows<FleetRecorder>(
      `SELECT recorder, file, through_id AS throughId FROM ${client.table('recorder')} FINAL ORDER BY file, recorder`,
    );
    if (all.length === 0) {
      throw new UsageError(
        `nothing was shipped to ${client.shownUrl} yet`,
        'ship to it first: gatetape ship --to URL',
      );
    }
    return new FleetReader(client, all).choose(names);
  }

  /** A reader of those recorders whose id or file name is listed, or of all. Throws UsageError if one is missing. */
  choose(names: readonly string[]): FleetReader {
    if (names.length === 0) return this;
    const isNamed = ({ recorder, file }: FleetRecorder, name: string): boolean =>
      recorder === name || file === name;
    const missing = names.find((name) => !this.#chosen.some((one) => isNamed(one, name)));
    if (missing === undefined) {
      const chosen = this.#chosen.filter((one) => names.some((name) => isNamed(one, name)));
      return new FleetReader(this.#client, chosen, this.#asked);
    }
    throw new UsageError(
      `the fleet has no recorder ${missing}`,
      `name one of ${listFiles(this.#chosen)}, or ship to it first`,
    );
  }

  /** The selected recorders, by the names of their files. */
  get recorders(): readonly FleetRecorder[] {
    return this.#chosen;
  }

  /** Statistics. Rejects with UsageError for a filter or groups that need the frames themselves. */
  async stats(query: StatsQuery, by: readonly GroupKey[]): Promise<Stats> {
    await this.#requireIds(query);
    return new FleetStats(this.#client, this.#chosen).read(query, by, fleetContext());
  }

  /** Sessions of each recorder, oldest first. */
  async sessions(): Promise<readonly { readonly file: string; readonly rows: readonly SessionRow[] }[]> {
    const rollups = this.#client.table('minute_rollup');
    const rows = await this.#client.rows<SessionAnswer>(
      `SELECT recorder, id, alias, user_id, shard_id, shard_count, library, connections, resumes, sums.of_session AS frames,
         sums.since_us AS first_at_us, sums.until_us AS last_at_us, last_seq, close_code, service
       FROM (SELECT * FROM ${this.#client.table('session')} FINAL WHERE ${this.#recorderList()}) AS session
       LEFT JOIN (
         SELECT recorder, session_id, sum(frames) AS of_session, min(first_at_us) AS since_us, max(last_at_us) AS until_us
         FROM (SELECT * FROM ${rollups} FINAL WHERE ${this.#recorderList()}) WHERE frames > 0 GROUP BY recorder, session_id
       ) AS sums ON sums.recorder = session.recorder AND sums.session_id = session.id
       ORDER BY id`,
    );
    return this.#chosen.map(({ recorder, file }) => ({
      file,
      rows: rows.filter((row) => row.recorder === recorder).map(toSessionRow),
    }));
  }

  /** Frames of each recorder that pass a filter, with the payloads that are needed. Rejects as `FleetFrames.select` does. */
  async frames(filter: FrameFilter, payloads: WantedPayloads): Promise<readonly FramesOfFile[]> {
    await this.#requireIds(filter);
    const sources: FramesOfFile[] = [];
    for (const recorder of this.#chosen) {
      const frames = new FleetFrames(this.#client, recorder);
      this.#asked.push(frames);
      sources.push({ file: recorder.file, ...(await frames.select(filter, fleetContext(), payloads)) });
    }
    return sources;
  }

  /** Captures, connections, gaps and observations of the only recorder. Rejects as `readCaptures` does. */
  async captures(): Promise<FleetCaptures> {
    const [recorder] = this.#chosen;
    if (recorder === undefined) throw new RangeError('a fleet is asked without a recorder');
    return readCaptures(this.#client, recorder);
  }

  /** What the answers so far lack because it is not on the server, as lines. */
  listGaps(): readonly string[] {
    return [...new Set(this.#asked.flatMap((frames) => frames.listGaps()))];
  }

  /** Rejects with UsageError if a capture, connection or session is not there. */
  async #requireIds(ids: Pick<Scope, 'capture' | 'connection' | 'session'>): Promise<void> {
    for (const [name, table, column] of ID_COLUMNS) {
      const id = ids[name];
      if (id === undefined) continue;
      const found = await this.#client.rows(
        `SELECT 1 FROM ${this.#client.table(table)} FINAL WHERE ${this.#recorderList()} AND ${column} = {id:UInt64} LIMIT 1`,
        { id },
      );
      if (found.length > 0) continue;
      throw new UsageError(
        `the recorder ${listFiles(this.#chosen)} has no ${name} ${id} in the fleet`,
        'list its sessions with `gatetape sessions --from URL`',
      );
    }
  }

  #recorderList(): string {
    return ownRows(this.#chosen);
  }
}

/** Where ids are found. */
const ID_COLUMNS = [
  ['capture', 'connection', 'capture_id'],
  ['connection', 'connection', 'id'],
  ['session', 'session', 'id'],
] as const;

/** Most files that a message lists. */
const MOST_LISTED = 5;

function listFiles(recorders: readonly FleetRecorder[]): string {
  const names = recorders.slice(0, MOST_LISTED).map(({ file }) => file);
  return names.join(', ') + (recorders.length > MOST_LISTED ? ', …' : '');
}

/** Refuses `latest`, which means something in one database only. */
function fleetContext(): FilterContext {
  return {
    nowUs: systemNowUs(),
    findLatest: (key) => {
      throw new UsageError(
        `latest is the newest ${key} of one database`,
        'name its id, or ask the file with --db',
      );
    },
  };
}

function toSessionRow(row: SessionAnswer): SessionRow {
  const { shard_id, shard_count, frames } = row;
  return {
    id: row.id,
    sessionAlias: row.alias,
    userId: row.user_id,
    shard: shard_id === null || shard_count === null ? null : [shard_id, shard_count],
    library: row.library,
    connections: row.connections,
    resumes: row.resumes,
    frames,
    firstAtUs: frames === 0 ? null : row.first_at_us,
    lastAtUs: frames === 0 ? null : row.last_at_us,
    lastSeq: row.last_seq,
    closeCode: row.close_code,
    service: row.service,
  };
}
