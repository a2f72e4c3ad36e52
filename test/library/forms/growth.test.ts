/** Readers of files from strangers take time in proportion to what they read, whatever it is. */
import { describe, expect, it } from 'vitest';
import { csvRecords } from '../../../src/library/forms/csv-read.js';
import { MessageClock, parseHarTime } from '../../../src/library/forms/har/entry.js';
import { Mask } from '../../../src/replay/compare/mask.js';
import { mapLeaves } from '../../../src/replay/tape/json-leaves.js';
import { findLeaks } from '../../../src/replay/tape/leaks.js';
import { withoutSecrets } from '../../../src/replay/tape/free-text.js';
import { parseTape } from '../../../src/replay/tape/tape.js';
import { parseJson } from '../../../src/replay/tape/line.js';
import { growth } from '../../support/growth.js';

/** Sixteen times as much takes this many times as long at most, on a busy machine too; what is quadratic takes 256. */
const MOST = 100;
const PARTS = ['a', '"', '[', '{"', '""', ',1,', 'aB1', 'a@', '0.', '\\n'];

const attempt = (work: () => unknown) => (): void => {
  try {
    work();
  } catch {
    // What is refused has been read, too.
  }
};

const READERS: readonly (readonly [string, (text: string) => () => unknown])[] = [
  ['CSV', (text) => () => [...csvRecords(text.split('\n'))]],
  ['a tape', (text) => () => parseTape(`{"tape":1}\n${text}`)],
  [
    'a payload of a tape',
    (text) => () => parseTape(`{"tape":1}\n{"atUs":1,"connection":1,"sender":"client","payload":${text}}`),
  ],
  ['JSON', (text) => () => parseJson(text)],
  ['the search for leaks', (text) => () => [...findLeaks(text)]],
  ['the nets of a tape', (text) => () => withoutSecrets(text, () => 'x')],
  ['names of a rule', (text) => () => new Mask(['*A*B*C*D:d']).apply({}, 0, text.toUpperCase())],
  ['a date', (text) => () => new MessageClock(0).next(`${parseHarTime(text)}${text}`)],
];

describe.each(READERS)('time grows with the length: %s', (_, read) => {
  it('from 64 KiB to 1 MiB', () => {
    for (const part of PARTS) {
      const ratio = growth((length) => attempt(read(part.repeat(length / part.length))));
      expect(ratio, JSON.stringify(part)).toBeLessThan(MOST);
    }
  }, 60_000);
});

it('takes texts with millions of escapes', () => {
  const text = `{"a":"${'\\n'.repeat(2 ** 23)}"}`;
  const same = {
    string: (value: string) => value,
    key: (name: string) => name,
    number: (digits: string) => digits,
    cover: () => null,
  };
  expect(mapLeaves(text, same)).toBe(text);
});
