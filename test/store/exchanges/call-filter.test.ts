/** Filters of REST calls: each equals a plain evaluation in JavaScript, call by call. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FilterError } from '../../../src/filter/filter-error.js';
import { CALL_KEYS } from '../../../src/filter/keys.js';
import { parseCallFilter } from '../../../src/filter/parse.js';
import { printFilter } from '../../../src/filter/print.js';
import { openReader } from '../../../src/store/reader.js';
import type { ExchangeRow } from '../../../src/library/queries.js';
import { exchange, START_US } from '../../support/capture/records.js';
import { storeRecords } from '../../support/stores.js';

const METHODS = ['GET', 'POST', 'PATCH'];
const ROUTES = ['/gateway/bot', '/channels/:id/messages', '/users/@me', '/channels/:id'];
const STATUSES = [200, 204, 400, 404, 429, 500, null];
const BODIES = [
  null,
  '{"content":"deploy done"}',
  '{"code":50001,"message":"Missing Access"}',
  '{"a":"gr\\u00fc\\u00dfe"}',
  'a=b&c=DEPLOY',
];

/** A database with every mixture once, and its calls. */
function record(): { readonly path: string; readonly calls: readonly ExchangeRow[] } {
  const bodyOf = (text: string | null) => {
    const bytes = text === null ? null : Buffer.from(text);
    return { contentType: 'application/json', wireBytes: bytes?.length ?? 0, text: bytes, isCut: false };
  };
  const path = storeRecords(
    Array.from({ length: 105 }, (_, index) => {
      const route = ROUTES[index % ROUTES.length]!;
      const atUs = START_US + index * 1_000_000;
      return exchange({
        startedAtUs: atUs,
        endedAtUs: atUs + 1_000,
        method: METHODS[index % METHODS.length]!,
        route,
        path: `/v10${route.replace(':id', String(100 + index))}?n=${index}`,
        status: STATUSES[index % STATUSES.length]!,
        request: bodyOf(BODIES[index % BODIES.length]!),
        response: bodyOf(BODIES[(index * 2 + 1) % BODIES.length]!),
      });
    }),
  );
  using reader = openReader(path);
  return { path, calls: [...reader.exchanges()] };
}

type Test = (call: ExchangeRow) => boolean;
type Term = readonly [text: string, test: Test];

const bodies = ({ requestBody, responseBody }: ExchangeRow): readonly string[] =>
  [requestBody, responseBody].filter((body) => body !== null);
const says =
  (words: RegExp): Test =>
  (call) =>
    bodies(call).some((body) => words.test(body));
const between =
  (low: number, high: number): Test =>
  ({ status }) =>
    status !== null && status >= low && status <= high;

const TERMS: readonly Term[] = [
  ['method:get', ({ method }) => method === 'GET'],
  ['method:!POST', ({ method }) => method !== 'POST'],
  ['method:P*', ({ method }) => method.startsWith('P')],
  ['route:/channels/:id', ({ route }) => route === '/channels/:id'],
  ['route:/channels/*,/gateway*', ({ route }) => /^\/(?:channels|gateway)/.test(route)],
  ['path:*?n=7', ({ path }) => path.endsWith('n=7')],
  ['status:404', between(404, 404)],
  ['status:4xx', between(400, 499)],
  ['status:>=400', between(400, Infinity)],
  ['status:<300', between(1, 299)],
  ['status:200..404', between(200, 404)],
  ['status:none', ({ status }) => status === null],
  ['status:*', ({ status }) => status !== null],
  ['status:5xx,none', ({ status }) => status === null || status >= 500],
  ['status:!4xx', ({ status }) => status === null || status < 400 || status > 499],
  ['id:10..20', ({ id }) => id >= 10 && id <= 20],
  [`since:${START_US + 50_000_000}`, ({ startedAtUs }) => startedAtUs >= START_US + 50_000_000],
  [`until:${START_US + 30_000_000}`, ({ startedAtUs }) => startedAtUs < START_US + 30_000_000],
  ['deploy', says(/deploy/i)],
  ['"Missing Access"', says(/missing access/i)],
  ['grüße', says(/u00fc/)],
  ['/"code":5\\d+/', says(/"code":5\d+/)],
  ['capture:latest', () => true],
  ['capture:2', () => false],
];

const anyTerm: fc.Arbitrary<Term> = fc.letrec<{ term: Term; part: Term }>((tie) => ({
  part: fc.constantFrom(...TERMS),
  term: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('part'),
    fc
      .tuple(tie('term'), tie('term'))
      .map(([a, b]): Term => [`(${a[0]}) (${b[0]})`, (call) => a[1](call) && b[1](call)]),
    fc
      .tuple(tie('term'), tie('term'))
      .map(([a, b]): Term => [`(${a[0]}) or (${b[0]})`, (call) => a[1](call) || b[1](call)]),
    tie('term').map((a): Term => [`-(${a[0]})`, (call) => !a[1](call)]),
  ),
})).term;

describe('docs/filters.md', () => {
  const docs = readFileSync(new URL('../../../docs/filters.md', import.meta.url), 'utf8');
  const rows = (title: string): readonly (readonly string[])[] => {
    const [, table = ''] = new RegExp(`^\\| ${title} .*\\n\\| -.*\\n((?:\\|.*\\n)+)`, 'm').exec(docs) ?? [];
    return table
      .trim()
      .split('\n')
      .map((row) => row.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '').trim()));
  };

  it('has the keys of REST calls, and examples that are filters', () => {
    const keys = Object.entries(CALL_KEYS).map(([name, { about, expected }]) => [
      `\`${name}\``,
      about,
      expected,
    ]);
    expect(rows('key of calls')).toEqual(keys);
    const examples = rows('filter of calls').map(([code = '']) => code.replaceAll('`', ''));
    expect(examples.length).toBeGreaterThan(3);
    for (const example of examples) expect(() => parseCallFilter(example)).not.toThrow();
  });
});

describe('a filter of REST calls', () => {
  it('selects what a plain evaluation does, call by call', () => {
    const { path, calls } = record();
    using reader = openReader(path);
    const select = (filter: string): readonly number[] =>
      [...reader.exchanges({ filter })].map(({ id }) => id);
    const check = ([text, test]: Term): void => {
      expect(select(text), text).toEqual(calls.filter(test).map(({ id }) => id));
    };
    TERMS.forEach(check);
    fc.assert(fc.property(anyTerm, check), { numRuns: 200 });
  });

  it('is the same when it is printed and read again', () => {
    fc.assert(
      fc.property(anyTerm, ([text]) => {
        const filter = parseCallFilter(text);
        expect(parseCallFilter(printFilter(filter as never))).toEqual(filter);
      }),
    );
  });

  it('holds for figures, and together with the flags', () => {
    const { path, calls } = record();
    using reader = openReader(path);
    const failed = calls.filter(({ status }) => status === 429);
    expect(reader.exchangeStats({ filter: 'status:429' }).total.count).toBe(failed.length);
    const gets = failed.filter(({ method }) => method === 'GET');
    expect([...reader.exchanges({ filter: ['status:4xx', 'status:>404'], method: 'GET' })]).toEqual(gets);
  });

  it.each([
    ['event:READY', 'event is of frames, and REST calls have no such thing, at column 1 of the filter'],
    ['method:GET op:1', 'op is of frames, and REST calls have no such thing, at column 12 of the filter'],
    ['d.content:x', 'd.content is of frames, and REST calls have no such thing, at column 1 of the filter'],
    ['connection:1', 'connection is of frames'],
    ['status:ok', 'status has no value ok'],
    ['status:6xy', 'status has no value 6xy'],
    ['metod:GET', 'there is no key metod'],
    ['since:1h,2h', 'since takes one time'],
  ])('refuses %s', (text, message) => {
    expect(() => parseCallFilter(text)).toThrow(FilterError);
    expect(() => parseCallFilter(text)).toThrow(message);
  });
});
