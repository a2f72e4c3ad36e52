/**
 * Fleet captures: what one recorder has shipped of its captures beside frames, as rows with the names of the database.
 */
import { UsageError } from '../errors.js';
import type { TableRow } from '../store/table-rows.js';
import type { FleetClient } from './fleet-client.js';
import { ownRows, type FleetRecorder } from './fleet-frames.js';

/** Rows of one recorder, in the order of their ids. */
export interface FleetCaptures {
  readonly captures: readonly TableRow[];
  readonly connections: readonly TableRow[];
  readonly gaps: readonly TableRow[];
  /** Those that rules ask for. */
  readonly observations: readonly TableRow[];
}

/** Reads the rows of a recorder. Rejects with UsageError if it was shipped by a gatetape that did not send them. */
export async function readCaptures(client: FleetClient, recorder: FleetRecorder): Promise<FleetCaptures> {
  const read = (table: string): Promise<readonly TableRow[]> =>
    client.rows(`SELECT * FROM ${client.table(table)} FINAL WHERE ${ownRows([recorder])} ORDER BY id`);
  const captures = await read('capture');
  if (captures.length === 0 && recorder.throughId > 0) {
    throw new UsageError(
      `the fleet does not know the captures of ${recorder.file}, which an older gatetape has shipped`,
      'ship it once more: gatetape ship --to URL',
    );
  }
  const connections = await read('connection');
  return {
    captures,
    // The version of a row has the name that the version of the gateway has in the database.
    connections: connections.map((row) => ({ ...row, version: row['version_asked'] ?? null })),
    gaps: await read('gap'),
    observations: await read('observation'),
  };
}
