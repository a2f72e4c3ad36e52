/** Archives with a HAR: what is refused in one line. Good ones are Playwright's, in integration/har.test.ts. */
import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { openImportFile } from '../../src/library/archived-file.js';
import { UsageError } from '../../src/errors.js';
import { scratchFile } from '../support/scratch.js';

const HAR = strToU8('{"log":{"entries":[]}}');

const MANY = Object.fromEntries(Array.from({ length: 10_001 }, (_, index) => [`${index}`, new Uint8Array()]));

/** Path of a file in a scratch folder with these bytes. */
function written(bytes: Uint8Array): string {
  const path = scratchFile('page.har.zip');
  writeFileSync(path, bytes);
  return path;
}

describe('an archive', () => {
  it('is read as the HAR in it, with the files beside that', () => {
    const path = written(zipSync({ 'har.har': [HAR, { level: 0 }], 'a1.json': strToU8('[1]') }));
    const file = openImportFile(path);
    expect(file.name).toBe(`${path}/har.har`);
    expect(file.head).toBe('{"log":{"entries":[]}}');
    expect([...file.readPiecesFrom(2, 6)].map((piece) => Buffer.from(piece).toString()).join('|')).toBe(
      'log":{|"entri|es":[]|}}',
    );
    expect(file.readBytes).toBe(HAR.length - 2);
    expect(file.beside('a1.json')?.text()).toBe('[1]');
    expect(file.beside('../a1.json')).toBeNull();
  });

  it.each([
    ['is an archive without a HAR file', zipSync({ 'a.txt': HAR })],
    ['has 2 HAR files', zipSync({ 'a.har': HAR, 'b.har': HAR })],
    ['holds more than 256 MiB, or 10000 files', zipSync(MANY)],
    ['is an archive that cannot be read', Uint8Array.from(zipSync({ 'a.har': HAR })).fill(0x99, 8, 10)],
  ])('%s: it is refused', (message, bytes) => {
    expect(() => openImportFile(written(bytes))).toThrow(message);
  });

  it('of any bytes is read or refused', () => {
    const whole = zipSync({ 'a.har': HAR, b: strToU8('text'.repeat(50)) });
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.uint8Array({ maxLength: 20 }), (at, bytes) => {
        const damaged = Uint8Array.from(whole);
        damaged.set(bytes.subarray(0, whole.length - at), at);
        try {
          openImportFile(written(damaged.subarray(0, at + 40)));
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }),
      { numRuns: 300 },
    );
  });
});
