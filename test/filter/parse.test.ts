/** What the filter language accepts, and how it refuses. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FilterError } from '../../src/filter/filter-error.js';
import type { Filter } from '../../src/filter/nodes.js';
import {
  MAX_FILTER_DEPTH,
  MAX_FILTER_LENGTH,
  MAX_FILTER_TERMS,
  parseFilter,
} from '../../src/filter/parse.js';
import { growth } from '../support/growth.js';

const key = (name: string, include: readonly unknown[], exclude: readonly unknown[] = []): unknown => ({
  type: 'key',
  key: name,
  include,
  exclude,
});
const is = (text: string, isQuoted = false): unknown => ({ type: 'is', text, isQuoted });
const field = (path: readonly unknown[], value: unknown): unknown => ({
  type: 'field',
  path,
  include: [value],
  exclude: [],
});

describe('a filter', () => {
  it.each<[string, unknown]>([
    ['op:DISPATCH,1', key('op', [is('DISPATCH'), is('1')])],
    ['event:MESSAGE_*', key('event', [{ type: 'glob', text: 'MESSAGE_*' }])],
    ['status:!ok', key('status', [], [is('ok')])],
    ['event:A*,!AB', key('event', [{ type: 'glob', text: 'A*' }], [is('AB')])],
    ['size:>4KiB', key('size', [{ type: 'compare', operator: '>', text: '4KiB', isQuoted: false }])],
    ['close:4000..4014', key('close', [{ type: 'between', low: '4000', high: '4014' }])],
    ['size:1.5kB..2.5kB', key('size', [{ type: 'between', low: '1.5kB', high: '2.5kB' }])],
    ['session:latest', key('session', [is('latest')])],
    ['session:*', key('session', [{ type: 'any' }])],
    ['since:2026-11-29T10:00:00.5Z', key('since', [is('2026-11-29T10:00:00.5Z')])],
    ['since:"2026-11-29 10:00"', key('since', [is('2026-11-29 10:00', true)])],
    ['d.author.bot:true', field(['d', 'author', 'bot'], is('true'))],
    ['d.content:~deploy*', field(['d', 'content'], { type: 'glob', text: 'deploy*' })],
    ['d.content:~"deploy *"', field(['d', 'content'], { type: 'glob', text: 'deploy *' })],
    ['d["a:b"].c[-1]:"x"', field(['d', 'a:b', 'c', -1], is('x', true))],
    ['d.content:http://x.y/', field(['d', 'content'], is('http://x.y/'))],
    ['d.content:wait..', field(['d', 'content'], is('wait..'))],
    ['d:*', field(['d'], { type: 'any' })],
    ['s:5', field(['s'], is('5'))],
    ['deploy', { type: 'text', text: 'deploy' }],
    ['d.content', { type: 'text', text: 'd.content' }],
    ['"say \\"hi\\" \\\\ \\n"', { type: 'text', text: 'say "hi" \\ \\n' }],
    ['/a[/]\\/b/i', { type: 'pattern', source: 'a[/]\\/b', flags: 'i' }],
    ['-deploy', { type: 'not', part: { type: 'text', text: 'deploy' } }],
    ['--deploy', { type: 'not', part: { type: 'not', part: { type: 'text', text: 'deploy' } } }],
    ['order', { type: 'text', text: 'order' }],
    ['()', { type: 'all', parts: [] }],
    [' \n\t', { type: 'all', parts: [] }],
  ])('may be %s', (text, tree) => expect(parseFilter(text)).toEqual(tree));

  it('has or below side by side', () => {
    const names = (filter: Filter): unknown =>
      filter.type === 'all' || filter.type === 'any'
        ? [filter.type, ...filter.parts.map(names)]
        : filter.type === 'text'
          ? filter.text
          : filter;
    expect(names(parseFilter('a b or c (d or e) or f'))).toEqual([
      'any',
      ['all', 'a', 'b'],
      ['all', 'c', ['any', 'd', 'e']],
      'f',
    ]);
  });
});

describe('errors', () => {
  it.each([
    ['op:1 evnt:READY', 'there is no key evnt', 'did you mean event?', 6],
    [
      'author.bot:true',
      'there is no key author.bot',
      'fields of the payload begin with d., as d.author.bot',
      1,
    ],
    ["d['x']:1", "d['x'] is no path into the payload", /quoted, as d\["odd name"\]/, 1],
    ['op:1 d..x:1', 'd..x is no path into the payload', /quoted/, 6],
    ['d[1e3]:1', 'd[1e3] is no path into the payload', /whole numbers/, 1],
    ['http://x', 'there is no key http', /in quotes/, 1],
    ['@x:1', 'there is no key @x', /in quotes/, 1],
    ['service:voice', 'voice connections are not recorded yet', /^expected gateway, fluxer/, 9],
    ['service:vioce', 'service has no value vioce', /^expected gateway/, 9],
    ['op:HEARTBAT', 'op has no value HEARTBAT', 'did you mean HEARTBEAT?', 4],
    ['status:!okay', 'status has no value okay', /^expected ok/, 8],
    ['sender:client,gatway', 'sender has no value gatway', 'did you mean gateway?', 15],
    ['size:>4PB', 'size has no value >4PB', /^expected bytes/, 6],
    ['session:first', 'session has no value first', /latest/, 9],
    ['event:>A', 'event has no value >A', /^expected names/, 7],
    ['op:NOTHING*', 'op has no value NOTHING*', /^expected numbers/, 4],
    ['guild:x', 'guild has no value x', /digits/, 7],
    ['since:soon', 'since has no value soon', /2h/, 7],
    ['since:1h,2h', 'since takes one time', 'write it as since:2h', 1],
    ['until:!2h', 'until takes one time', 'write it as until:2h', 1],
    ['op:', 'there is no value for op', 'write it right behind, as op:VALUE', 4],
    ['op: 1', 'there is no value for op', 'write it right behind, as op:VALUE', 4],
    ['op:1,', 'there is no value for op', /./, 6],
    ['op:!1,2', 'a value without ! comes after one with it', /write ! before each/, 7],
    [
      'd.x:a*',
      'the value of a field has no globs without ~',
      'write d.x:~a* for a glob, or put the text in quotes',
      5,
    ],
    ['d.x:"a"b', 'the value has ended', /space/, 8],
    ['deploy*', 'a word has no globs', /leave \* out/, 7],
    ['op:1 "abc', 'the quotes are not closed', 'add "', 6],
    ['""', 'there is no text to search for', /quotes/, 1],
    ['(a', 'the parenthesis is not closed', 'add )', 1],
    ['a)', 'there is no parenthesis to close', 'leave it out', 2],
    ['a or', 'there is a term missing beside or', /./, 3],
    ['or a', 'there is a term missing beside or', /./, 1],
    ['a - b', 'there is nothing to exclude', /./, 3],
    ['(a not)', 'there is nothing to exclude', /./, 4],
    ['/abc', 'the regular expression is not closed', /quotes/, 1],
    ['//', 'the regular expression is empty', /quotes/, 1],
    ['/a/x', 'the regular expression cannot be read: the flag x is not known', /quotes/, 4],
    ['x /a(b/', 'the regular expression cannot be read: the group is not closed', /quotes/, 5],
    ['/a/b/c', 'the regular expression is not closed', /quotes/, 1],
  ])('of %j name the place', (text, what, hint, column) => {
    expect(() => parseFilter(text)).toThrow(FilterError);
    expect(() => parseFilter(text)).toThrow(
      expect.objectContaining({
        message: `${what}, at column ${column} of the filter`,
        hint: typeof hint === 'string' ? hint : (expect.stringMatching(hint) as string),
        column,
        text,
      }) as Error,
    );
  });

  it('show it with a caret, also in the middle of a long text and behind wide characters', () => {
    const excerpt = (text: string): readonly string[] => {
      try {
        parseFilter(text);
      } catch (error) {
        return (error as FilterError).excerpt;
      }
      return [];
    };
    expect(excerpt('op:1 evnt:READY')).toEqual(['op:1 evnt:READY', '     ^']);
    expect(excerpt('"😀"\tx:1')).toEqual(['"😀" x:1', '    ^']);
    const [text = '', caret = ''] = excerpt(`${'word '.repeat(60)}evnt:1 ${'word '.repeat(60)}`);
    expect(text.length).toBe(72);
    expect(text.slice(caret.length - 1)).toMatch(/^evnt:1/);
  });

  it('are all that a text can cause', () => {
    const pieces = [
      'op',
      ':',
      ',',
      '!',
      '"',
      '(',
      ')',
      '-',
      '/',
      ' ',
      'or',
      '*',
      '~',
      '>',
      '=',
      '..',
      '1',
      'd.a',
      '[',
      ']',
      '\\',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), (parts) => {
        try {
          parseFilter(parts.join(''));
        } catch (error) {
          expect(error).toBeInstanceOf(FilterError);
        }
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('bounds', () => {
  it('are those of length, depth and terms, and each is in reach', () => {
    const fits = [
      'x'.repeat(MAX_FILTER_LENGTH),
      `${'('.repeat(MAX_FILTER_DEPTH)}x${')'.repeat(MAX_FILTER_DEPTH)}`,
      `${'-'.repeat(MAX_FILTER_DEPTH)}x`,
      'x '.repeat(MAX_FILTER_TERMS),
      `op:${new Array(MAX_FILTER_TERMS).fill('1').join()}`,
    ];
    for (const text of fits) expect(() => parseFilter(text)).not.toThrow();
    const tooMuch = [
      ['x'.repeat(MAX_FILTER_LENGTH + 1), 'longer'],
      [`${'('.repeat(MAX_FILTER_DEPTH + 1)}x`, 'deeper'],
      [`${'-'.repeat(MAX_FILTER_DEPTH + 1)}x`, 'deeper'],
      [`${'-('.repeat(MAX_FILTER_DEPTH)}x`, 'deeper'],
      ['x '.repeat(MAX_FILTER_TERMS + 1), 'terms'],
      [`op:${new Array(MAX_FILTER_TERMS + 1).fill('1').join()}`, 'terms'],
      [`/${'x'.repeat(600)}/`, 'more than 512'],
    ] as const;
    for (const [text, what] of tooMuch) expect(() => parseFilter(text)).toThrow(what);
  });

  it('keep the time in proportion to the text', () => {
    const texts = [
      (length: number) => `"${'\\"'.repeat(length)}`,
      (length: number) => `op:1 ${' '.repeat(length)}`,
    ];
    for (const make of texts) {
      const run = (length: number) => () => {
        for (let i = 0; i < length / 1_024; i++) {
          try {
            parseFilter(make(1_000));
          } catch {
            // Not closed.
          }
        }
      };
      expect(growth(run)).toBeLessThan(64);
    }
  });
});
