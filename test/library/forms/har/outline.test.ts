/** Outlines, judged by JSON.parse of the same file. */
import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { UsageError } from '../../../../src/errors.js';
import { HarOutline, readPicked, type OutlinedEntry } from '../../../../src/library/forms/har/outline.js';
import { InputFile } from '../../../../src/library/input-file.js';
import { scratchFile } from '../../../support/scratch.js';

const json = fc.jsonValue({ maxDepth: 2 });
/** An object with some of the keys, or sometimes another value. */
const orNot = <Value>(message: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> =>
  fc.oneof({ weight: 9, arbitrary: message }, fc.constant(null));
const entry = fc.record(
  {
    startedDateTime: json,
    request: orNot(fc.record({ url: json, headers: json, postData: json }, { requiredKeys: [] })),
    response: orNot(fc.record({ status: json, content: json }, { requiredKeys: [] })),
    _webSocketMessages: fc.array(json, { maxLength: 4 }),
    timings: json,
  },
  { requiredKeys: ['startedDateTime'] },
);

function outlined(path: string): { entries: OutlinedEntry[]; ownAt: number | null } {
  const outline = new HarOutline(new InputFile(path));
  const entries = [...outline.entries()];
  return { entries, ownAt: outline.ownAt };
}

it('the outline has the small fields of each entry, and the positions of its large ones', () => {
  const path = scratchFile('x.har');
  fc.assert(
    fc.property(
      fc.array(entry, { maxLength: 5 }),
      json,
      fc.constantFrom(undefined, 1),
      (entries, own, indent) => {
        writeFileSync(path, JSON.stringify({ log: { creator: {}, entries, _gatetape: own } }, null, indent));
        const file = new InputFile(path);
        const outline = outlined(path);
        const valueAt = (at: number | null): unknown =>
          at === null ? undefined : [...readPicked(file, at, () => 'take')][0]?.value;
        const parsed = JSON.parse(JSON.stringify(entries)) as typeof entries;
        expect(outline.entries.map(({ at }) => valueAt(at))).toEqual(parsed);
        expect(outline.entries.map(({ messagesAt }) => valueAt(messagesAt))).toEqual(
          parsed.map(({ _webSocketMessages }) => _webSocketMessages),
        );
        expect(valueAt(outline.ownAt)).toEqual(JSON.parse(JSON.stringify(own)));
        expect(outline.entries.map(({ index, fields }) => ({ index, ...fields }))).toEqual(
          parsed.map(({ startedDateTime, request, response }, index) => ({
            index,
            startedDateTime,
            request: {
              ...(request?.url === undefined ? {} : { url: request.url }),
              ...(request?.headers === undefined ? {} : { headers: request.headers }),
            },
            response: response?.status === undefined ? {} : { status: response.status },
          })),
        );
      },
    ),
    { numRuns: 60 },
  );
});

it('the outline of a broken file is an error', () => {
  const path = scratchFile('x.har');
  writeFileSync(path, '{"log":{"entries":[{]}}');
  expect(() => outlined(path)).toThrow(UsageError);
});
