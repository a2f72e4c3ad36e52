/** Judges of metrics: the grammar of the text format, and Prometheus' own promtool where it is installed. */
import { spawnSync } from 'node:child_process';

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\n"])*"';
const SAMPLE = new RegExp(
  `^(${NAME})(\\{${LABEL}(?:,${LABEL})*\\})? (-?\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?|[+-]Inf|NaN)$`,
);
const META = new RegExp(`^# (HELP|TYPE) (${NAME}) (.+)$`);
const SUFFIXES = { counter: ['_total'], gauge: [''], histogram: ['_bucket', '_sum', '_count'] } as const;

/** Values by series; throws for text that is not of the format. Source: OpenMetrics 1.0; exposition format 0.0.4. */
export function parseMetrics(text: string): Map<string, number> {
  const series = new Map<string, number>();
  let family = '';
  let type: keyof typeof SUFFIXES = 'gauge';
  const families = new Set<string>();
  const isOpen = text.endsWith('# EOF\n');
  for (const line of text
    .replace(/# EOF\n$/, '')
    .trimEnd()
    .split('\n')) {
    const [, kind, name = '', value = ''] = META.exec(line) ?? [];
    if (kind === 'HELP') {
      if (families.has(name)) throw new Error(`${name} comes twice`);
      families.add((family = name));
    } else if (kind === 'TYPE') {
      if (name !== family || !(value in SUFFIXES)) throw new Error(`wrong: ${line}`);
      type = value as keyof typeof SUFFIXES;
    } else {
      const [, sample = '', labels = '', amount] = SAMPLE.exec(line) ?? [];
      const base = type === 'counter' && !isOpen ? family.replace(/_total$/, '') : family;
      if (!SUFFIXES[type].some((suffix) => sample === base + suffix)) throw new Error(`wrong: ${line}`);
      if (series.has(sample + labels)) throw new Error(`${sample}${labels} comes twice`);
      series.set(sample + labels, Number(amount?.replace('Inf', 'Infinity')));
    }
  }
  return series;
}

/** promtool of Debian's `prometheus`, or of GATETAPE_PROMTOOL; null without it. */
export function findPromtool(): string | null {
  const program = process.env['GATETAPE_PROMTOOL'] ?? 'promtool';
  return spawnSync(program, ['--version']).status === 0 ? program : null;
}

/** What promtool says about the text, by its standards too. */
export function runPromtool(
  program: string,
  args: readonly string[],
  input = '',
): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(program, args, { input, encoding: 'utf8' });
  return { status, said: stdout + stderr };
}
