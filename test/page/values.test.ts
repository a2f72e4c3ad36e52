/** Values of the page that need no browser: lines of a payload, terms of a filter, marks of an axis, areas, completions. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ExactNumber,
  formatJson,
  joinPath,
  listAncestors,
  listLines,
  parseJson,
  searchJson,
  type Json,
} from '../../page/data/json-lines.js';
import { completeWord, findWord } from '../../page/data/words.js';
import { drawArea, sumStack } from '../../page/parts/stack.js';
import { listAmounts, listTimes } from '../../page/parts/ticks.js';
import { addTerm, hasTerm, quoteValue, removeTerm } from '../../page/state/filter-terms.js';
import { parseFilter } from '../../src/filter/parse.js';
import { printFilter } from '../../src/filter/print.js';
import type { WordsAnswer } from '../../src/ui/answers.js';

const DEPTH = 10_000;
const everything = (): boolean => true;

/** A payload with many levels, one in the other. */
const deepText = `{"op":0,"d":${'{"a":['.repeat(DEPTH / 2)}"needle"${']}'.repeat(DEPTH / 2)}}`;

describe('lines of a payload', () => {
  it('are one for each member when all is open, and one for each member of the top when nothing is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const root = parseJson(JSON.stringify({ d: value }));
        const count = (one: Json): number =>
          typeof one === 'object' && one !== null && !(one instanceof ExactNumber)
            ? Object.values(one).reduce<number>((sum, inner) => sum + 1 + count(inner), 0)
            : 0;
        expect(listLines(root, everything)).toHaveLength(count(root));
        expect(listLines(root, () => false)).toHaveLength(1);
      }),
    );
  });

  it('have paths that are unlike each other, whose ancestors are those of open lines', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const lines = listLines({ d: value as Json }, everything);
        const paths = new Set(lines.map(({ path }) => path));
        expect(paths.size).toBe(lines.length);
        for (const { path, depth } of lines) {
          const ancestors = listAncestors(path);
          expect(ancestors).toHaveLength(depth);
          for (const ancestor of ancestors) expect(paths).toContain(ancestor);
        }
      }),
    );
  });

  it('hold ten thousand levels, and a search finds the innermost', () => {
    const root = parseJson(deepText);
    expect(listLines(root, everything)).toHaveLength(DEPTH + 2);
    const [found] = searchJson(root, 'NEEDLE');
    expect(listAncestors(found!)).toHaveLength(DEPTH);
    expect(formatJson(root)).toSatisfy((text) => text === null || typeof text === 'string');
  });

  it('are bounded, however many members there are', () => {
    const root = parseJson(`[${'0,'.repeat(400_000)}0]`);
    expect(listLines({ d: root }, everything)).toHaveLength(200_000);
    expect(searchJson(root, '0')).toHaveLength(500);
  });

  it('keep the digits of numbers that JavaScript rounds, where the engine passes them', () => {
    const text = '{"d":{"id":1234567890123456789,"small":7,"text":"1234567890123456789"}}';
    const { d } = parseJson(text) as { d: Record<string, Json> };
    const { id } = d;
    // Node 20 does not pass the source; the browsers of today do.
    expect(id instanceof ExactNumber ? id.digits : id).toBeOneOf([
      '1234567890123456789',
      Number('1234567890123456789'),
    ]);
    expect([d['small'], d['text']]).toEqual([7, '1234567890123456789']);
  });

  it('take keys that are no names in quotation marks', () => {
    expect(joinPath('d', 'a b')).toBe('d["a b"]');
    expect(listAncestors('d["a].b"][3].c')).toEqual(['d', 'd["a].b"]', 'd["a].b"][3]']);
  });
});

describe('a term that is added to a filter', () => {
  const term = 'event:READY';
  const texts = fc.constantFrom('', 'op:1', 'op:1 or op:2', '(op:1 or op:2) seq:5', '"a or b"');

  it.each([
    ['', term],
    ['op:1', `op:1 ${term}`],
    ['op:1 or op:2', `(op:1 or op:2) ${term}`],
    ['(op:1 or op:2) seq:5', `(op:1 or op:2) seq:5 ${term}`],
    ['(op:1) or op:2', `((op:1) or op:2) ${term}`],
    ['(op:1 or op:2) or (op:3)', `((op:1 or op:2) or (op:3)) ${term}`],
    ['op:1 (op:2 or "x")', `op:1 (op:2 or "x") ${term}`],
    ['"a or b"', `"a or b" ${term}`],
  ])('holds together with %j', (text, both) => {
    expect(printFilter(parseFilter(addTerm(text, term)))).toBe(printFilter(parseFilter(both)));
    expect(parseFilter(addTerm(text, term)).type).not.toBe('any');
  });

  it('is found, and can be removed again', () => {
    fc.assert(
      fc.property(texts, fc.constantFrom('-event:TYPING_START', 'seq:7'), (text, one) => {
        const added = addTerm(text, one);
        expect(hasTerm(added, one)).toBe(true);
        expect(hasTerm(removeTerm(added, one), one)).toBe(false);
        expect(() => parseFilter(removeTerm(added, one))).not.toThrow();
      }),
    );
  });

  it('is not there twice, and has values in quotation marks if they need them', () => {
    expect(addTerm('a event:READY', 'event:READY')).toBe('a event:READY');
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (value) => {
        const parsed = parseFilter(`d.name:${quoteValue(value)}`);
        expect(printFilter(parsed)).not.toBe('');
      }),
    );
  });
});

describe('marks of an axis', () => {
  it('are whole, round, ascending and few', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 12 }), fc.boolean(), (most, isBinary) => {
        const amounts = listAmounts(most, 3, isBinary);
        expect(amounts[0]).toBe(0);
        expect(amounts.length).toBeLessThanOrEqual(4);
        expect(amounts.every((amount) => Number.isInteger(amount) && amount <= most)).toBe(true);
      }),
    );
  });

  it('of time lie within the stretch', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1_800_000_000_000_000 }),
        fc.integer({ min: 1, max: 100_000_000_000_000 }),
        (fromUs, lengthUs) => {
          const { timesUs } = listTimes(fromUs, fromUs + lengthUs, 6);
          expect(timesUs.length).toBeLessThanOrEqual(7);
          expect(timesUs.every((atUs) => atUs >= fromUs && atUs < fromUs + lengthUs)).toBe(true);
        },
      ),
    );
  });
});

describe('stacked areas', () => {
  it('lie on each other, and draw nothing where nothing is', () => {
    const [first, second] = sumStack(
      [
        [1, 0, 2],
        [1, 0, 0],
      ],
      3,
    );
    expect([first, second]).toEqual([
      [1, 0, 2],
      [2, 0, 2],
    ]);
    const path = drawArea(
      first,
      second!,
      (index) => index * 10,
      (amount) => 100 - amount,
    );
    expect(path).toBe('M0,99V98H10V99H0Z');
  });
});

describe('completion of a filter', () => {
  const words: WordsAnswer = {
    keys: [
      { name: 'event', about: 'name', expected: 'names', values: [] },
      { name: 'sender', about: 'who', expected: 'client or gateway', values: ['client', 'gateway'] },
    ],
    events: [
      { name: 'MESSAGE_CREATE', frames: 3 },
      { name: 'DIRECT_MESSAGE', frames: 1 },
    ],
    ops: [{ op: 11, name: 'HEARTBEAT_ACK', frames: 2 }],
    views: [{ name: 'quiet', filter: '-op:HEARTBEAT', source: 'built-in' }],
    hidden: [],
  };
  const complete = (word: string): string[] => completeWord(word, words).map(({ text }) => text);

  it('knows keys, values, events, opcodes and views', () => {
    expect(complete('se')).toEqual(['sender:']);
    expect(complete('-se')).toEqual(['-sender:']);
    expect(complete('sender:')).toEqual(['sender:client', 'sender:gateway']);
    expect(complete('event:mess')).toEqual(['event:MESSAGE_CREATE', 'event:DIRECT_MESSAGE']);
    expect(complete('event:READY,!mess')).toEqual([
      'event:READY,!MESSAGE_CREATE',
      'event:READY,!DIRECT_MESSAGE',
    ]);
    expect(complete('qui')).toEqual(['-op:HEARTBEAT']);
    expect(complete('beat')).toEqual(['op:HEARTBEAT_ACK']);
    expect(complete('unknown:')).toEqual([]);
  });

  it('is of the word at the cursor', () => {
    expect(findWord('(op:1 or eve) x', 12)).toEqual({ from: 9, until: 12, text: 'eve' });
  });
});
