/** Conditions of ClickHouse: globs as regular expressions, and values that stay parameters. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileGlob } from '../../src/filter/glob.js';
import { parseFilter } from '../../src/filter/parse.js';
import { toPredicate } from '../../src/filter/predicate.js';
import { fleetCondition, toRegularExpression } from '../../src/ship/fleet-condition.js';

function compile(pattern: string): ((text: string) => boolean) | null {
  try {
    const expression = new RegExp(pattern.replace('(?s)', ''), 'su');
    return (text) => expression.test(text);
  } catch {
    return null;
  }
}

it('a glob is the regular expression that accepts the same texts', () => {
  // RE2 and JavaScript agree on all that is made here, with the flag `u`.
  const letters = fc.constantFrom('A', 'B', '_', '-', '*', '?', '[', ']', '^', '.', '\\', '$', '(', '|');
  const texts = fc.array(letters, { maxLength: 8 }).map((chars) => chars.join(''));
  fc.assert(
    fc.property(texts, texts, (glob, text) => {
      const pattern = toRegularExpression(glob);
      const accepts = pattern === null ? () => false : compile(pattern);
      // A range whose end is before its start is an error, and a glob takes it for one without members.
      fc.pre(accepts !== null);
      expect(accepts(text)).toBe(compileGlob(glob)(text));
    }),
    { numRuns: 2000 },
  );
});

it('no value is part of the statement', () => {
  const context = { nowUs: 0, findLatest: () => null };
  const predicate = toPredicate(parseFilter(`event:"x') OR 1 --" -sender:client`), context);
  const { sql, parameters } = fleetCondition(predicate, (name) => name);
  expect(sql).not.toContain('OR 1');
  expect(Object.values(parameters)).toContain('client');
});
