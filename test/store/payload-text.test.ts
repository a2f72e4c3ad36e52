/** Damaged bodies: `check` names the frame, and every reader of one ends with one line and exit code 3. */
import { deflateSync, inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findTextDefect } from '../../src/store/payload-text.js';
import { openSqlite } from '../../src/store/sqlite.js';
import { checkDatabase } from '../../src/store/upkeep/check.js';
import { compact } from '../../src/store/upkeep/upkeep.js';
import { runHere } from '../support/command-line.js';
import { sampleCapture } from '../support/capture/samples.js';

const DEEP = `{"op":0,"t":"READY","d":${'['.repeat(2000)}${']'.repeat(2000)}}`;

function withBody(body: Uint8Array): string {
  const path = sampleCapture();
  const db = openSqlite(path);
  db.prepare('UPDATE payload SET body = CAST(? AS TEXT) WHERE frame_id = 3').run(body);
  db.close();
  return path;
}

async function expectRefused(path: string, what: string): Promise<void> {
  for (const args of [
    ['show', '3'],
    ['show', '3', '--format', 'json'],
    ['frames', '--format', 'ndjson'],
    ['frames', '--format', 'csv'],
    ['export', '--session', '1'],
    ['export', '--as', 'jsonl'],
    ['export', '--as', 'csv'],
    ['export', '--as', 'har'],
    ['drift', '1', '1'],
    ['replay', '--session', '1', '--speed', 'max'],
    ['mock', '--session', '1', '--listen', '127.0.0.1:0'],
  ]) {
    const { exitCode, stderr } = await runHere([...args, '--db', path]);
    expect({ exitCode, stderr }, args.join(' ')).toEqual({
      exitCode: 3,
      stderr: `gatetape: the database ${path} is damaged (${what}): restore a copy; gatetape check lists the defects\n`,
    });
  }
}

describe('a damaged body', () => {
  it.each([
    ['{"op":0,"t":"READY"', 'is not JSON'],
    ['{"op":0,"t":"READY"}}', 'is not JSON'],
    ['["op"]', 'is not a JSON object'],
    ['', 'is not a JSON object'],
    [DEEP, 'is nested deeper than 1000'],
  ])('is named, by the check and by every reader: %.20s', async (text, what) => {
    const path = withBody(Buffer.from(text));
    expect(checkDatabase(path).faults).toEqual([
      { check: 'bodies', detail: `the payload of frame 3 ${what}` },
    ]);
    await expectRefused(path, `the payload of frame 3 ${what}`);
  });

  it('is reported for one byte that is not UTF-8', () => {
    expect(checkDatabase(withBody(Buffer.from('7b2261223a22ff227d', 'hex'))).faults).toEqual([
      { check: 'bodies', detail: 'the payload of frame 3 is not UTF-8' },
    ]);
  });

  it('is named in a block of packed bodies too', async () => {
    const path = sampleCapture();
    Array.from(compact(path, { nowUs: () => 0 }));
    const db = openSqlite(path);
    const { id, bytes, at } = db
      .prepare<[], { id: number; bytes: Uint8Array; at: number }>(
        `SELECT id, bytes, at_byte AS at FROM packed_payload JOIN payload_block ON id = block_id WHERE frame_id = 3`,
      )
      .get()!;
    const bodies = inflateSync(bytes);
    bodies[at + 1] = 0x2c;
    db.prepare('UPDATE payload_block SET bytes = ? WHERE id = ?').run(deflateSync(bodies), id);
    db.close();
    expect(checkDatabase(path).faults).toEqual([
      { check: 'bodies', detail: 'the payload of frame 3 is not JSON' },
    ]);
    await expectRefused(path, 'the payload of frame 3 is not JSON');
  });
});

describe('findPayloadFault', () => {
  it('finds none in what JSON.stringify makes of an object, and one in what JSON.parse refuses', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 })),
        fc.nat(),
        fc.nat(255),
        (value, at, byte) => {
          const text = Buffer.from(JSON.stringify(value));
          expect(findTextDefect(text)).toBeNull();
          text[at % text.length] = byte;
          let isObject = false;
          try {
            const parsed: unknown = JSON.parse(text.toString('latin1'));
            isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
          } catch {
            // Not JSON.
          }
          expect(findTextDefect(text) === null).toBe(isObject);
        },
      ),
    );
  });
});
