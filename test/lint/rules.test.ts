/** The table of rules: complete, and fit to be printed. */
import { expect, it } from 'vitest';
import { RULE_FAMILIES, RULES } from '../../src/lint/rules.js';
import { completeThresholds, LINT_THRESHOLDS } from '../../src/lint/thresholds.js';
import { UNJUDGED_RULES } from '../../src/lint/unjudged.js';

it('has each name once, and says everything of each rule', () => {
  const ids = [...RULES, ...UNJUDGED_RULES].map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter((id) => !/^[a-z]{2,4}(-[a-z0-9]+)+$/.test(id))).toEqual([]);
  const texts = RULES.flatMap(({ title, why, fix, source }) => [title, why, fix, source]);
  expect(texts.filter((text) => text === '' || /\s{2}|undefined/.test(text))).toEqual([]);
  expect(UNJUDGED_RULES.filter(({ reason, title }) => reason === '' || title === '')).toEqual([]);
});

it('holds the rules of every family', () => {
  expect(Object.keys(RULE_FAMILIES)).toHaveLength(9);
  expect(Object.values(RULE_FAMILIES).flat()).toEqual(RULES);
});

it('has a default for each threshold', () => {
  const defaults = Object.fromEntries(
    Object.entries(LINT_THRESHOLDS).map(([name, { initially }]) => [name, initially]),
  );
  expect(completeThresholds()).toEqual(defaults);
  expect(completeThresholds({ ackMs: 1 })).toEqual({ ...defaults, ackMs: 1 });
});
