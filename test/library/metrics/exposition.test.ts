/** The text of metrics, judged by a grammar of the two formats; what a real recorder says: recorder-metrics.test.ts. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseFormat, formatMetrics, type MetricFamily } from '../../../src/library/metrics/exposition.js';
import { parseMetrics } from '../../support/promtool.js';

const families = fc.uniqueArray(
  fc.record({
    name: fc.stringMatching(/^[a-z]{1,8}$/),
    type: fc.constantFrom('counter' as const, 'gauge' as const),
    help: fc.string({ minLength: 1 }).map((help) => `About ${help.replace(/[\r\u0085\u2028\u2029]/g, ' ')}.`),
    values: fc.uniqueArray(
      fc.record({ labels: fc.record({ label: fc.string() }), value: fc.double({ noNaN: true }) }),
      { selector: ({ labels }) => labels.label, minLength: 1, maxLength: 3 },
    ),
  }),
  { selector: ({ name }) => name, minLength: 1 },
);

describe('the text of metrics', () => {
  it('is of its format, and has every value, whatever the labels are', () => {
    fc.assert(
      fc.property(
        families,
        fc.constantFrom('prometheus' as const, 'openmetrics' as const),
        (list, format) => {
          const series = parseMetrics(formatMetrics(list, format));
          expect([...series.values()]).toEqual(
            list.flatMap(({ values }) => values.map(({ value }) => value + 0)),
          );
        },
      ),
    );
  });

  it('leaves out a family without values, and a label without a value', () => {
    const family: MetricFamily = { name: 'a', type: 'gauge', help: 'A.', values: [] };
    expect(formatMetrics([family], 'prometheus')).toBe('\n');
    expect(formatMetrics([{ ...family, values: [{ labels: { op: '' }, value: 1 }] }], 'openmetrics')).toBe(
      '# HELP a A.\n# TYPE a gauge\na 1\n# EOF\n',
    );
  });

  it('is OpenMetrics for those who accept that', () => {
    expect(chooseFormat(undefined)).toBe('prometheus');
    expect(chooseFormat('text/plain;version=0.0.4')).toBe('prometheus');
    expect(chooseFormat('application/openmetrics-text;version=1.0.0,text/plain;q=0.5')).toBe('openmetrics');
  });
});
