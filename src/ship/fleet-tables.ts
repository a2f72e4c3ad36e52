/**
 * Fleet tables: creates or updates the tables on a server before anything is sent.
 */
import type { FleetClient } from './fleet-client.js';
import { createStatements, FLEET_TABLES, upgradeStatements, type FleetPlace } from './tables.js';

/**
 * Creates the tables, or adds missing columns, and returns the id of the fleet. If nothing is missing, no statement
 * changes the schema, so that a user without that right can ship.
 */
export async function prepareFleet(client: FleetClient, place: FleetPlace): Promise<string> {
  const found = await readColumns(client);
  if (FLEET_TABLES.some(({ name }) => !found.has(name))) {
    for (const statement of createStatements(place)) await client.command(statement);
  }
  for (const statement of upgradeStatements(place, found)) await client.command(statement);
  return findFleetId(client);
}

async function readColumns(client: FleetClient): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const rows = await client.rows<{ table: string; name: string }>(
    'SELECT table, name FROM system.columns WHERE database = {database:String}',
    { database: client.database },
  );
  const columns = new Map<string, Set<string>>();
  for (const { table, name } of rows) columns.set(table, (columns.get(table) ?? new Set()).add(name));
  return columns;
}

/** Id of the fleet, made at the first call. If several are made at the same time, the smallest one is used. */
async function findFleetId(client: FleetClient): Promise<string> {
  const read = async (): Promise<string | undefined> => {
    const [row] = await client.rows<{ id: string }>(
      `SELECT id FROM ${client.table('fleet')} ORDER BY id LIMIT 1`,
    );
    return row?.id;
  };
  const known = await read();
  if (known !== undefined) return known;
  await client.command(
    `INSERT INTO ${client.table('fleet')} (id, version) SELECT toString(generateUUIDv4()), 1`,
  );
  return (await read()) ?? '';
}
