/**
 * Exposition: metrics as the text that Prometheus reads, in its own format or in that of OpenMetrics.
 *
 * Written by hand: a client library keeps the values too, which are counted elsewhere here, and would be loaded by every
 * `record`. Source: prometheus.io/docs/instrumenting/exposition_formats (0.0.4); OpenMetrics 1.0, whose names of counter
 * families lack `_total`, and whose text ends with `# EOF`.
 */

/** Labels of a value. */
export type Labels = Readonly<Record<string, string>>;

/** One value of a family. */
export interface MetricValue {
  /** End of the sample's name after that of the family, such as `_bucket`. */
  readonly suffix?: '_bucket' | '_sum' | '_count';
  readonly labels: Labels;
  readonly value: number;
}

/** Metrics of one name. */
export interface MetricFamily {
  /** Without `_total`, which every counter's samples have. */
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly values: readonly MetricValue[];
}

/** Formats of the text. */
export type TextFormat = 'prometheus' | 'openmetrics';

/** Content types of the formats. */
export const CONTENT_TYPES: Readonly<Record<TextFormat, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** Format for a scraper that accepts `accept`. */
export function chooseFormat(accept: string | undefined): TextFormat {
  return accept?.includes('application/openmetrics-text') === true ? 'openmetrics' : 'prometheus';
}

/** The text of all families that have values. */
export function formatMetrics(families: readonly MetricFamily[], format: TextFormat): string {
  const lines = families
    .filter(({ values }) => values.length > 0)
    .flatMap((family) => formatFamily(family, format));
  if (format === 'openmetrics') lines.push('# EOF');
  return `${lines.join('\n')}\n`;
}

function formatFamily({ name, type, help, values }: MetricFamily, format: TextFormat): readonly string[] {
  const total = type === 'counter' ? '_total' : '';
  const family = format === 'openmetrics' ? name : name + total;
  return [
    `# HELP ${family} ${escape(help, /[\\\n]/g)}`,
    `# TYPE ${family} ${type}`,
    ...values.map(
      ({ suffix = total, labels, value }) => `${name}${suffix}${formatLabels(labels)} ${formatNumber(value)}`,
    ),
  ];
}

function formatLabels(labels: Labels): string {
  // A label without a value is the same as no label.
  const pairs = Object.entries(labels).filter(([, value]) => value !== '');
  if (pairs.length === 0) return '';
  return `{${pairs.map(([name, value]) => `${name}="${escape(value, /[\\\n"]/g)}"`).join()}}`;
}

/** A number as the text has it, such as `+Inf` for the bound of a histogram's last bucket. */
export function formatNumber(value: number): string {
  if (Math.abs(value) !== Infinity) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}

function escape(text: string, pattern: RegExp): string {
  return text.replace(pattern, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}
