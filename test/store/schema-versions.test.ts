/**
 * A database of each schema version, as the gatetape of its time recorded it (test/fixtures/databases): what an upgrade does to
 * it, and what is said until then.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readMigrations } from '../../src/store/migrate.js';
import { openReader } from '../../src/store/reader.js';
import { openStore } from '../../src/store/store.js';
import { checkDatabase } from '../../src/store/upkeep/check.js';
import { frame, opened } from '../support/capture/records.js';
import { scratchFile } from '../support/scratch.js';
import {
  captureInfo,
  expectConsistent,
  expectSound,
  openForTest,
  rowsOf,
  storeHost,
} from '../support/stores.js';

const FOLDER = new URL('../fixtures/databases/', import.meta.url);
const versions = readMigrations().map(({ version }) => version);
const newest = versions.at(-1)!;

/** A fresh copy of the fixture of a version. */
function copyOf(version: number): string {
  const path = scratchFile();
  const name = `${String(version).padStart(4, '0')}.sqlite.gz`;
  writeFileSync(path, gunzipSync(readFileSync(new URL(name, FOLDER))), { mode: 0o600 });
  return path;
}

/** What people ask of a recording, without ids and times of the run. */
function contentOf(path: string): unknown {
  using reader = openReader(path);
  const { total, heartbeat } = reader.stats();
  return {
    frames: [...reader.frames()].map(({ frameNo, sender, kind, op, event, seq, status, payloadBytes }) => ({
      ...{ frameNo, sender, kind, op, event, seq, status, payloadBytes },
    })),
    count: total.count,
    payloadBytes: total.payloadBytes,
    heartbeats: heartbeat.acked,
    sessions: reader.sessions().map(({ userId, shard, library, connections, resumes, frames, lastSeq }) => ({
      ...{ userId, shard, library, connections, resumes, frames, lastSeq },
    })),
    closes: reader.connections().map(({ closeCode, closedBy }) => ({ closeCode, closedBy })),
    messages: rowsOf(
      path,
      `SELECT payload ->> '$.d.content' AS content FROM frame_view WHERE event = 'MESSAGE_CREATE'`,
    ),
  };
}

it('has a database of every version', () => {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.gz'));
  expect(names.map((name) => Number(name.slice(0, 4)))).toEqual(versions);
});

describe.each(versions)('a database of schema version %i', (version) => {
  it.skipIf(version === newest)('is refused by what reads, with both versions and the remedy', () => {
    expect(() => openReader(copyOf(version))).toThrow(
      `has schema version ${version}, this gatetape reads version ${newest}`,
    );
    const { schemaVersion, pendingMigrations } = checkDatabase(copyOf(version));
    expect({ schemaVersion, pending: pendingMigrations.length }).toEqual({
      schemaVersion: version,
      pending: newest - version,
    });
  });

  it('is brought up to date by recording into it, with everything that it had', () => {
    const path = copyOf(version);
    const store = openStore(path, storeHost);
    store.close();
    expectSound(path);
    expectConsistent(path);
    expect(contentOf(path)).toEqual(contentOf(copyOf(newest)));
    const again = openStore(path, storeHost);
    again.beginCapture(captureInfo);
    again.append([opened(), frame()]);
    again.close();
    expectSound(path);
    using reader = openReader(path);
    expect(reader.captureIds()).toEqual([1, 2]);
  });
});

it('refuses a database of a newer gatetape in words, to read and to record, and does not change it', () => {
  const path = copyOf(newest);
  const db = openForTest(path);
  db.prepare(
    "INSERT INTO migration SELECT version + 1, 'future', checksum, applied_at_us FROM migration WHERE version = ?",
  ).run(newest);
  db.close();
  const before = readFileSync(path);
  const words = `has schema version ${newest + 1}, this gatetape knows versions up to ${newest}`;
  expect(() => openReader(path)).toThrow(words);
  expect(() => openStore(path, storeHost)).toThrow(words);
  expect(readFileSync(path).equals(before)).toBe(true);
});
