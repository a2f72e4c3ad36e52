/** Conditions of ClickHouse: globs as regular expressions, and values that stay parameters. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileGlob } from '../../src/filter/glob.js';
import { parseFilter } from '../../src/filter/parse.js';
import { toPredicate } from '../../src/filter/predicate.js';
import { bodyCondition, sumCondition, toRegularExpression } from '../../src/ship/fleet-condition.js';

function compile(pattern: string): (text: string) => boolean {
  const expression = new RegExp(pattern.replace('(?s)', ''), 'su');
  return (text) => expression.test(text);
}

it('a glob is the regular expression that accepts the same texts', () => {
  // RE2 and JavaScript agree on all that is made here, with the flag `u`.
  const letters = fc.constantFrom('A', 'B', '_', '-', '*', '?', '[', ']', '^', '.', '\\', '$', '(', '|');
  const texts = fc.array(letters, { maxLength: 8 }).map((chars) => chars.join(''));
  fc.assert(
    fc.property(texts, texts, (glob, text) => {
      const pattern = toRegularExpression(glob);
      const accepts = pattern === null ? () => false : compile(pattern);
      expect(accepts(text)).toBe(compileGlob(glob)(text));
    }),
    { numRuns: 2000 },
  );
});

it('the server leaves out only payloads without what a filter looks for', () => {
  const context = { nowUs: 0, findLatest: () => null };
  const ask = (filter: string): string | undefined => {
    const condition = bodyCondition(toPredicate(parseFilter(filter), context));
    return condition?.sql.replace(
      /\{(\w+):\w+\}/g,
      (_all, name: string) => `'${condition.parameters[name]}'`,
    );
  };
  const has = (text: string, escape = '\\u'): string =>
    `((positionCaseInsensitive(body, '${text}') > 0 OR position(body, '${escape}') > 0))`;
  expect(ask('deploy op:0')).toBe(`(${has('deploy')})`);
  expect(ask('a/b')).toBe(has('a/b', '\\'));
  expect(ask('guild:7 or word')).toBe(`(${has('7')} OR ${has('word')})`);
  expect(ask('d.author.bot:true')).toBe(has('"bot"'));
  for (const open of ['-deploy', 'op:0', 'word or op:0', '/x/', 'd:*', 'guild:*'])
    expect(ask(open)).toBe(undefined);
});

it('no value is part of the statement', () => {
  const context = { nowUs: 0, findLatest: () => null };
  const predicate = toPredicate(parseFilter(`event:"x') OR 1 --" -sender:client`), context);
  const { sql, parameters } = sumCondition(predicate, (name) => name);
  expect(sql).not.toContain('OR 1');
  expect(Object.values(parameters)).toContain('client');
});
