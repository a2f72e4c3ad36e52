/** The tables of a fleet, judged by ClickHouse's own parser where its engine is installed. */
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { createStatements, FLEET_TABLES, upgradeStatements, type FleetPlace } from '../../src/ship/tables.js';
import { isFleetInstalled } from '../support/fleet.js';

const ONE: FleetPlace = { database: 'gatetape', cluster: null, ttlDays: null };
const CLUSTER: FleetPlace = { database: "odd`na'me", cluster: 'three-nodes', ttlDays: 30 };

const columnsOf = (without: string): Map<string, Set<string>> =>
  new Map(
    FLEET_TABLES.map(({ name, columns }) => [
      name,
      new Set(columns.map((column) => column.name).filter((column) => column !== without)),
    ]),
  );

describe('the tables of a fleet', () => {
  it.each(FLEET_TABLES)(
    '$name: a key that decides the partition, and a version',
    ({ columns, orderBy, timeColumn }) => {
      const names = columns.map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
      expect(names).toEqual(expect.arrayContaining([...orderBy, 'version']));
      // Rows of one key have one time: either it is in the key, or the key is an id of the recorder.
      if (timeColumn !== null) expect(orderBy.includes(timeColumn) || orderBy[0] === 'recorder').toBe(true);
    },
  );

  it('need nothing if they are complete, and a column if they lack it', () => {
    expect(upgradeStatements(ONE, columnsOf(''))).toEqual([]);
    expect(upgradeStatements(ONE, columnsOf('close_code')).map((sql) => sql.split(' CODEC')[0])).toEqual([
      'ALTER TABLE `gatetape`.`session` ADD COLUMN IF NOT EXISTS close_code Nullable(UInt16)',
      'ALTER TABLE `gatetape`.`connection` ADD COLUMN IF NOT EXISTS close_code Nullable(UInt16)',
      'ALTER TABLE `gatetape`.`frame` ADD COLUMN IF NOT EXISTS close_code Nullable(UInt16)',
    ]);
  });

  it('on a cluster are replicated ones, with a table over all shards for each', () => {
    const statements = createStatements(CLUSTER);
    expect(statements).toHaveLength(1 + 2 * FLEET_TABLES.length);
    expect(statements.every((sql) => sql.includes('ON CLUSTER `three-nodes`'))).toBe(true);
    expect(statements.filter((sql) => sql.includes('ENGINE = ReplicatedReplacingMergeTree'))).toHaveLength(
      FLEET_TABLES.length,
    );
    expect(statements.filter((sql) => sql.includes('ENGINE = Distributed'))).toHaveLength(
      FLEET_TABLES.length,
    );
    expect(statements.filter((sql) => sql.includes('TTL '))).toHaveLength(2);
  });
});

describe.skipIf(!isFleetInstalled("ClickHouse's parser"))('every statement', () => {
  it.each([
    ['one server', ONE],
    ['a cluster', CLUSTER],
  ])('for %s is one to the parser', (_name, place) => {
    const { query } = createRequire(new URL('../fleet/package.json', import.meta.url))('chdb') as {
      readonly query: (sql: string, format: string) => string;
    };
    for (const sql of [...createStatements(place), ...upgradeStatements(place, columnsOf('version'))]) {
      const literal = sql.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
      expect(query(`SELECT length(formatQuery('${literal}')) > 0`, 'CSV').trim()).toBe('1');
    }
  });
});
