/** docs/rules.md is made of the rules: `npx vitest run test/lint/document.test.ts -u` writes it. */
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { expect, it } from 'vitest';
import { RULE_FAMILIES } from '../../src/lint/rules.js';
import { LINT_THRESHOLDS, THRESHOLD_NAMES } from '../../src/lint/thresholds.js';
import { UNJUDGED_RULES } from '../../src/lint/unjudged.js';

const file = fileURLToPath(new URL('../../docs/rules.md', import.meta.url));
const cell = (text: string): string => text.replaceAll('|', '\\|');

function* writeDocument(): Generator<string, void> {
  yield '# Rules of `gatetape lint`';
  yield 'Made of the rules themselves; `gatetape lint --explain RULE` shows one. The severity is the worst that a rule reports.';
  for (const [family, rules] of Object.entries(RULE_FAMILIES)) {
    yield `## ${family.charAt(0).toUpperCase()}${family.slice(1)}`;
    for (const { id, who, severity, title, why, fix, source } of rules) {
      yield `### ${id}`;
      yield `${title}. (${who}, ${severity})`;
      yield `- Why: ${why}\n- Do: ${fix}\n- Source: ${source}`;
    }
  }
  yield '## Not judged';
  yield 'No recording shows whether these were kept.';
  yield [
    '| rule | what | reason |',
    '| - | - | - |',
    ...UNJUDGED_RULES.map(({ id, title, reason }) => `| \`${id}\` | ${cell(title)} | ${cell(reason)} |`),
  ].join('\n');
  yield '## Thresholds';
  yield 'Names that end in `Ms` are milliseconds. How to change them: [lint.md](lint.md#thresholds).';
  yield [
    '| name | default | meaning |',
    '| - | - | - |',
    ...THRESHOLD_NAMES.map(
      (name) => `| \`${name}\` | ${LINT_THRESHOLDS[name].initially} | ${cell(LINT_THRESHOLDS[name].about)} |`,
    ),
  ].join('\n');
}

it('docs/rules.md says what the rules say', async () => {
  const config = await resolveConfig(file);
  const text = await format([...writeDocument()].join('\n\n'), { ...config, filepath: file });
  await expect(text).toMatchFileSnapshot(file);
});
