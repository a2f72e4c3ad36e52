/** Edited files: an import is sound, or refused in one line and leaves nothing behind. */
import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StoreError, UsageError } from '../../../src/errors.js';
import type { FormName } from '../../../src/library/forms/form.js';
import { openReader } from '../../../src/store/reader.js';
import { checkDatabase } from '../../../src/store/upkeep/check.js';
import { exchange } from '../../support/capture/records.js';
import { contentOf, exportedAs, importedAs } from '../../support/round-trips.js';
import { sampleCapture } from '../../support/capture/samples.js';
import { scratchFile } from '../../support/scratch.js';
import { storeRecords } from '../../support/stores.js';

const FILES = 50;
const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const value = fc.constantFrom(
  ...['0', '-1', '1', '2', '1.5', '1e400', '9007199254740993', '99999999999999999999', 'null', 'true'],
  ...['"x"', '""', '[]', '{}', '"\\ud800"', '"\\u0000"', '"__proto__"', '['.repeat(3000)],
);

type Change = (text: string) => string;

const at = (text: string, where: number): number => Math.floor(where * text.length);
const onLines =
  (change: (lines: string[]) => string[]): Change =>
  (text) =>
    change(text.split('\n')).join('\n');

const change: fc.Arbitrary<Change> = fc.oneof(
  place.map((where): Change => onLines((lines) => lines.toSpliced(Math.floor(where * lines.length), 1))),
  fc.tuple(place, place).map(([from, to]): Change =>
    onLines((lines) => {
      const line = lines[Math.floor(from * lines.length)] ?? '';
      return lines.toSpliced(Math.floor(to * lines.length), 0, line);
    }),
  ),
  fc.tuple(place, place).map(([one, other]): Change =>
    onLines((lines) => {
      const [i, j] = [Math.floor(one * lines.length), Math.floor(other * lines.length)];
      return lines.with(i, lines[j] ?? '').with(j, lines[i] ?? '');
    }),
  ),
  place.map(
    (where): Change =>
      (text) =>
        text.slice(0, at(text, where)),
  ),
  fc.tuple(place, value).map(([where, other]): Change => (text) => {
    const values = [...text.matchAll(/(?<=[:,])(?:-?\d+|"[^"\\]*"|null)(?=[,}\n])/g)];
    const found = values[Math.floor(where * values.length)];
    if (found === undefined) return text;
    return text.slice(0, found.index) + other + text.slice(found.index + found[0].length);
  }),
  fc.tuple(place, place).map(([where, length]): Change => (text) => {
    const start = at(text, where);
    return text.slice(0, start) + text.slice(start + Math.floor(length * 40));
  }),
  fc.tuple(place, fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', ':', '\r\n', '\uFEFF', '\0')).map(
    ([where, sign]): Change =>
      (text) =>
        text.slice(0, at(text, where)) + sign + text.slice(at(text, where)),
  ),
);
const changes = fc.array(change, { minLength: 1, maxLength: 3 });

function sample(): string {
  return storeRecords([exchange()], sampleCapture());
}

function requireSound(db: string): void {
  expect(checkDatabase(db).faults).toEqual([]);
  using reader = openReader(db);
  expect([...reader.frames(), ...reader.exchanges()]).toBeDefined();
}

describe.each<FormName>(['tape', 'har', 'jsonl', 'csv'])('an edited file of the format %s', (as) => {
  it('is sound when it is imported, or refused and leaves nothing', () => {
    const text = exportedAs(as, sample());
    const kept = scratchFile();
    importedAs(as, text, kept);
    const before = contentOf(kept);
    let refused = 0;
    fc.assert(
      fc.property(changes, (all) => {
        const changed = all.reduce((rest, next) => next(rest), text);
        const db = scratchFile();
        try {
          importedAs(as, changed, db);
          requireSound(db);
        } catch (error) {
          if (!(error instanceof UsageError)) throw error;
          refused += 1;
          expect(error.message).not.toContain('\n');
          expect(existsSync(db)).toBe(false);
          if (refused > 5) return;
          expect(() => importedAs(as, changed, kept)).toThrow(UsageError);
          expect(contentOf(kept)).toEqual(before);
        }
      }),
      { numRuns: FILES, seed: 20_260_801 },
    );
    requireSound(kept);
    expect(refused).toBeGreaterThan(0);
  }, 60_000);
});

describe('an import', () => {
  it('is refused with the name of the first row that is missing', () => {
    const lines = exportedAs('jsonl', sample()).split('\n');
    const without = (table: string): string =>
      lines.filter((line) => !line.startsWith(`{"${table}"`)).join('\n');
    expect(() => importedAs('jsonl', without('capture'))).toThrow(
      'is of a capture that the file does not have',
    );
    expect(() => importedAs('jsonl', without('session'))).toThrow(
      'is of a session that the file does not have',
    );
    expect(() => importedAs('jsonl', without('connection'))).toThrow(UsageError);
  });

  it('that is refused leaves a file of another program unchanged', () => {
    expect(() => importedAs('jsonl', '{"capture":{}}', '/proc/none/x.sqlite')).toThrow(StoreError);
  });

  it.each<FormName>(['jsonl', 'har', 'csv'])('accepts 8 MiB of bytes as %s', (as) => {
    const db = sampleCapture();
    const large = Buffer.alloc(2 ** 23, 'Zm9v').toString('base64');
    const text = exportedAs(as, db).replace(/AGJyb2tlbg==/g, large);
    expect(text).toContain(large);
    requireSound(importedAs(as, text));
  });

  it.each<FormName>(['jsonl', 'tape'])('refuses deep nesting as %s', (as) => {
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    const text = exportedAs(as, sample()).replace(/"payload":\{"op":2/, `"payload":{"x":${deep},"op":2`);
    expect(text).toContain(deep);
    expect(() => importedAs(as, text)).toThrow(UsageError);
  });
});
