/** Filters in SQL, judged frame by frame by a plain reading of the same filters over the same frames. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FilterFrame } from '../../src/filter/evaluate.js';
import { printFilter } from '../../src/filter/print.js';
import { openReader, type CaptureReader } from '../../src/store/reader.js';
import { compact } from '../../src/store/upkeep/upkeep.js';
import { contentArb, FIRST_US } from '../support/filter-frames.js';
import { LATEST, PLACES, recordFrames, recordingArb } from '../support/filter-recordings.js';
import { passes } from '../support/filter-referee.js';
import { filterArb } from '../support/filters.js';
import { scratchFile } from '../support/scratch.js';

function readerOver(frames: readonly FilterFrame[], isPacked: boolean): CaptureReader {
  const path = scratchFile();
  recordFrames(path, frames);
  if (isPacked)
    for (const step of compact(path, { nowUs: () => FIRST_US })) expect(step.bodies).toBeGreaterThan(0);
  return openReader(path);
}

describe('a filter in SQL', () => {
  it('selects the frames that a plain reading selects, in every way to ask', () => {
    fc.assert(
      fc.property(
        recordingArb,
        fc.array(filterArb, { minLength: 5, maxLength: 15 }),
        fc.boolean(),
        (frames, filters, isPacked) => {
          using reader = readerOver(frames, isPacked);
          const rows = [...reader.frames()];
          const latest = { ...LATEST, id: frames.length };
          for (const filter of filters) {
            const text = printFilter(filter);
            const expected = frames.filter((one) => passes(filter, one, latest)).map(({ id }) => id);
            expect(
              [...reader.frames({ filter: text })].map(({ id }) => id),
              text,
            ).toEqual(expected);
            expect(
              [...reader.frames({ filter, limit: 3 })].map(({ id }) => id),
              text,
            ).toEqual(expected.slice(-3));
            const test = reader.frameTest(filter);
            expect(
              rows.filter(test).map(({ id }) => id),
              text,
            ).toEqual(expected);
            const { total } = reader.stats({ filter, by: ['sender'] });
            expect(total.count, text).toBe(expected.length);
            const wireBytes = frames.filter(
              ({ id, status }) => expected.includes(id) && status !== 'partial',
            );
            expect(total.wireBytes, text).toBe(wireBytes.reduce((sum, one) => sum + one.wireBytes, 0));
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('finds ids however JSON spells them, and nothing else', () => {
    const spellings = [
      '"\\u0037"',
      '7.0',
      'true',
      '["7"]',
      '{"7":7}',
      '9007199254740993',
      '"9007199254740993"',
      '1,"guild_id":"7"',
      '"7","guild_id":"1"',
    ];
    const content = fc.sample(
      contentArb.filter(({ status }) => status === 'ok'),
      1,
    );
    const frames = spellings.map((id, index) => {
      const payloadText = `{"op":0,"t":"READY","d":{"guild_id":${id}}}`;
      return { ...content[0]!, payloadText, id: index + 1, atUs: FIRST_US, ...PLACES[0] };
    });
    using reader = readerOver(frames, false);
    const rows = [...reader.frames()];
    const found = (filter: string): number[] => {
      const ids = [...reader.frames({ filter })].map(({ id }) => id);
      expect(rows.filter(reader.frameTest(filter)).map(({ id }) => id)).toEqual(ids);
      return ids;
    };
    expect(found('guild:7')).toEqual([1, 2, 8]);
    expect(found('guild:1')).toEqual([9]);
    // As a number, it has lost its last digit.
    expect(found('guild:9007199254740993')).toEqual([7]);
    expect(found('guild:!*')).toEqual([]);
  });

  it('stops a regular expression that takes too long, with an error that says so', () => {
    let random = 1;
    const content = Array.from({ length: 30_000 }, () => {
      random = (random * 48_271) % 2_147_483_647;
      return random % 2 === 0 ? 'a' : 'b';
    }).join('');
    const [content1] = fc.sample(
      contentArb.filter(({ status }) => status === 'ok'),
      1,
    );
    const payloadText = JSON.stringify({ op: 0, d: { content } });
    using reader = readerOver([{ ...content1!, payloadText, id: 1, atUs: FIRST_US, ...PLACES[0] }], false);
    expect(() => [...reader.frames({ filter: '/a.{900}c/' })]).toThrow(
      expect.objectContaining({
        name: 'UsageError',
        message: 'a regular expression takes too long for one of the payloads',
      }) as Error,
    );
    expect([...reader.frames({ filter: '/(a+)+c|(b|a)+"/' })]).toHaveLength(1);
  });
});

describe('the plan of SQLite', () => {
  const plan = (filter: string): string => {
    using reader = readerOver([], false);
    const { sql, values } = reader.frameCondition({ filter });
    const bound = values.reduce<string>(
      (text, value) =>
        text.replace('?', () =>
          typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value),
        ),
      `EXPLAIN QUERY PLAN SELECT * FROM frame WHERE id BETWEEN 1 AND 100 AND ${sql}`,
    );
    return [...reader.sql(bound).rows].map((row) => String(row[3])).join('\n');
  };

  it.each([
    'deploy',
    'event:MESSAGE_CREATE deploy',
    '-event:MESSAGE_CREATE (d.author.bot:true or /x/)',
    'session:1 guild:7 -user:8 "a b"',
    'kind:close or (op:1 -d:*)',
    'close:4000..4014',
  ])('opens the bodies of %s by the ids of the frames that are left', (filter) => {
    const steps = plan(filter);
    expect(steps).toContain('SEARCH frame USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)');
    expect(steps).not.toMatch(/SCAN (?:main\.)?(?:frame|payload|packed_payload|payload_block|frame_bytes)\b/);
    const opened = /SEARCH main.payload USING INTEGER PRIMARY KEY \(rowid=\?\)/;
    if (filter.startsWith('close')) expect(steps).not.toMatch(opened);
    else expect(steps).toMatch(opened);
  });

  it('opens one body once, whatever a filter asks of it', () => {
    const steps = plan('event:A "x y" d.content:~a* guild:7 -/z/ (op:0 or sender:client)');
    expect(steps.match(/SEARCH main.payload\b/g)).toHaveLength(1);
  });
});
