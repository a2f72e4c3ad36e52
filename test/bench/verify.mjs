/**
 * Verification: every frame that was sent is in the database, decoded, in order, and without its secrets.
 *
 * Read with SQLite itself, and compared with the texts that the traffic generator makes again from its seed.
 */
import { Buffer } from 'node:buffer';
import Sqlite from 'better-sqlite3';
import { loginTraffic } from './traffic.mjs';

/** Stands for what was not sent at all. */
const MISSING = { text: 'nothing', hasSecrets: false };
const PLACEHOLDER = /redacted:[0-9a-f]{16}/g;

/** Throws unless `db` holds a login for each connection, and behind it `frames` payloads, which repeat `payloads`. */
export function verifyRecording(db, { payloads, frames, connections = 1, compress }) {
  // Whatever READY's URL is, it is masked.
  const [hello, identify, ready] = loginTraffic('wss://gateway.example').map(masked);
  const sent = { first: [hello, ready], loop: payloads.map(masked), length: 2 + frames };
  const database = new Sqlite(db, { readonly: true });
  try {
    expectCounts(database, payloads, frames, connections);
    for (let id = 1; id <= connections; id += 1) {
      expectBodies(database, id, 'client', { first: [identify], loop: [], length: 1 });
      expectBodies(database, id, 'gateway', sent);
    }
    expectKind(database, frames, connections, compress);
  } finally {
    database.close();
  }
}

function expectCounts(database, payloads, frames, connections) {
  const { count, bytes } = database
    .prepare(
      `SELECT count(*) AS count, sum(payload_bytes) AS bytes FROM frame
       WHERE type_id IN (SELECT id FROM frame_type WHERE sender = 'gateway' AND status = 'ok') AND frame_no > 3`,
    )
    .get();
  expectEqual(count, frames * connections, 'payloads in the database');
  const turnBytes = payloads.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  const rest = payloads.slice(0, frames % payloads.length);
  const restBytes = rest.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  expectEqual(
    bytes,
    (Math.floor(frames / payloads.length) * turnBytes + restBytes) * connections,
    'bytes decoded',
  );
  const other = database
    .prepare(`SELECT count(*) FROM frame_type WHERE status NOT IN ('ok', 'control')`)
    .pluck()
    .get();
  expectEqual(other, 0, 'kinds of frames that were not decoded');
}

/** Compares each body of one sender with its text: IDENTIFY, its token masked, or HELLO, READY and what came then. */
function expectBodies(database, connection, sender, { first, loop, length }) {
  const rows = database
    .prepare(
      `SELECT body FROM frame JOIN payload ON frame_id = frame.id
       WHERE connection_id = ? AND type_id IN (SELECT id FROM frame_type WHERE sender = ?) ORDER BY frame.id`,
    )
    .pluck()
    .iterate(connection, sender);
  let index = 0;
  for (const body of rows) {
    const { text, hasSecrets } = first[index] ?? loop[(index - first.length) % loop.length] ?? MISSING;
    const found = hasSecrets ? body.replaceAll(PLACEHOLDER, '?') : body;
    if (found !== text)
      throw new Error(
        `payload ${index} of the ${sender} on connection ${connection} was recorded as ${found}, not ${text}`,
      );
    index += 1;
  }
  expectEqual(index, length, `bodies of the ${sender} on connection ${connection}`);
}

function masked({ text, secrets }) {
  return {
    text: secrets.reduce((rest, secret) => rest.replaceAll(secret, '?'), text),
    hasSecrets: secrets.length > 0,
  };
}

function expectKind(database, frames, connections, compress) {
  const rows = database.prepare('SELECT compress, count(*) AS count FROM connection GROUP BY compress').all();
  expectEqual(JSON.stringify(rows), JSON.stringify([{ compress, count: connections }]), 'connections');
}

function expectEqual(found, expected, what) {
  if (found !== expected) throw new Error(`${what}: ${found} instead of ${expected}`);
}
