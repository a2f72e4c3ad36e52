/** SARIF: one run, its rules and results, by the published schema. */
import { describe, expect, it } from 'vitest';
import { formatSarif } from '../../../src/cli/print/sarif.js';
import { listRules } from '../../../src/library/lint.js';
import { lintPlaybook, READY_LINES } from '../../support/lint-playbook.js';
import { hasSarifSchema, sarifFaults } from '../../support/report-schemas.js';

const FILE = 'recordings/bot 1.sqlite';
const report = (...lines: readonly string[]): string =>
  formatSarif([{ file: FILE, report: lintPlaybook([...READY_LINES, ...lines]) }], listRules(), '1.2.3');
if (!hasSarifSchema) console.log('skipped: SARIF by its schema; npm ci --prefix test/clients installs it');

interface Log {
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly level: string;
      readonly locations: readonly object[];
      readonly occurrenceCount: number;
    }[];
  }[];
}

describe('formatSarif', () => {
  it('names each rule, and the places of each finding', () => {
    const { runs } = JSON.parse(report('1 > op 11', '2 > op 11')) as Log;
    const [run] = runs;
    const [result] = run?.results.filter(({ ruleId }) => ruleId === 'tx-receive-only') ?? [];
    expect(result).toMatchObject({
      level: 'error',
      occurrenceCount: 2,
      locations: [
        {
          physicalLocation: { artifactLocation: { uri: 'recordings/bot%201.sqlite' } },
          logicalLocations: [{ name: 'connection 1' }, { name: 'frame 4' }, { name: 'frame 5' }],
        },
      ],
    });
    expect(run?.tool.driver.rules[result?.ruleIndex ?? -1]?.id).toBe('tx-receive-only');
  });

  it.skipIf(!hasSarifSchema)('is as the schema has it, with findings and without', () => {
    const calls = Array.from({ length: 60 }, (_, index) => `${9 + index / 10} call GET /x 200`);
    expect(sarifFaults(report('1 > op 11', '2 < brand_new 2', '3 < close 4004', ...calls))).toEqual([]);
    expect(sarifFaults(report())).toEqual([]);
    expect(sarifFaults('{"version":"2.1.0"}')).not.toEqual([]);
  });
});
