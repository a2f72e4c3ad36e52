/**
 * A comparison of two sequences of payloads as text: a verdict and its differences.
 *
 * JSON is the whole comparison; JSON lines, CSV and the table have a line for each difference.
 */
import type { Diff } from '../../library/diff.js';
import { opcodeName, type JsonValue, type Sender } from '../../library/queries.js';
import { type JunitCase, formatJunit } from './junit.js';
import { type Format, RowFormatter, plainShape } from './format.js';
import type { Style } from './paint.js';
import type { Canvas, Column } from './table.js';
import { NOTHING, formatCount, plural } from '../../units.js';

/** One difference. */
export interface Difference {
  readonly kind: 'missing' | 'unexpected' | 'reordered' | 'changed';
  /** Position in the expected sequence, from 0; of an unexpected payload in the actual one. */
  readonly index: number;
  readonly op: number | null;
  readonly event: string | null;
  /** Field of a changed payload, otherwise null. */
  readonly path: string | null;
  readonly expected?: JsonValue;
  readonly actual?: JsonValue;
  /** Sender of the payload, if both senders are compared. */
  readonly sender?: Sender;
}

const STYLES: Readonly<Record<Difference['kind'], Style>> = {
  missing: 'red',
  unexpected: 'green',
  reordered: 'yellow',
  changed: 'yellow',
};

const COLUMNS: readonly Column<Difference>[] = [
  { title: 'DIFFERENCE', align: 'left', text: (row) => row.kind, style: (row) => STYLES[row.kind] },
  { title: 'NO', align: 'right', text: (row) => String(row.index + 1) },
  { title: 'OP', align: 'right', text: (row) => (row.op === null ? NOTHING : String(row.op)) },
  { title: 'EVENT', align: 'left', text: formatName },
  { title: 'FIELD', align: 'left', text: (row) => row.path ?? NOTHING },
  { title: 'EXPECTED', align: 'left', text: (row) => shown(row.expected) },
  { title: 'ACTUAL', align: 'left', text: (row) => shown(row.actual) },
];

const KEYS = ['kind', 'index', 'op', 'event', 'path', 'expected', 'actual'] as const;
const SHAPE = plainShape<Difference>(COLUMNS, KEYS);
const SENDER: Column<Difference> = { title: 'FROM', align: 'left', text: (row) => row.sender ?? NOTHING };
const SHAPE_WITH_SENDER = plainShape<Difference>(
  [...COLUMNS.slice(0, 1), SENDER, ...COLUMNS.slice(1)],
  [...KEYS, 'sender'],
);

/** Every difference, grouped by kind. */
function listDifferences(diff: Diff): readonly Difference[] {
  const listWhole = (kind: Difference['kind'], items: Diff['missing']): readonly Difference[] =>
    items.map(({ index, op, event, sender }) => ({
      kind,
      index,
      op,
      event,
      path: null,
      ...(sender === undefined ? {} : { sender }),
    }));
  return [
    ...listWhole('missing', diff.missing),
    ...listWhole('unexpected', diff.unexpected),
    ...listWhole('reordered', diff.reordered),
    ...diff.changed.map((field) => ({ kind: 'changed' as const, ...field })),
  ];
}

/** Lines of a comparison in any format. */
export function* formatDiff(diff: Diff, format: Format | 'junit', canvas: Canvas): Generator<string, void> {
  if (format === 'junit') {
    yield* formatJunit('gatetape', toJunitCases(diff));
    return;
  }
  if (format === 'json') {
    yield JSON.stringify(diff);
    return;
  }
  if (format === 'table') yield formatVerdict(diff, canvas);
  const differences = listDifferences(diff);
  if (format === 'table' && differences.length > 0) yield '';
  if (format !== 'table' || differences.length > 0) {
    const hasSender = differences.some(({ sender }) => sender !== undefined);
    yield* new RowFormatter(format, hasSender ? SHAPE_WITH_SENDER : SHAPE, canvas).lines(differences);
  }
}

/** A case for all equal payloads, and one for each payload that differs. */
function toJunitCases(diff: Diff): readonly JunitCase[] {
  const alike: JunitCase = { name: `${plural(diff.matched, 'payload')} alike` };
  const payloads = new Map<string, Difference[]>();
  for (const difference of listDifferences(diff)) {
    const { kind, index, sender = 'gateway' } = difference;
    const name = `payload ${index + 1} of the ${sender}: ${formatName(difference)} ${kind}`;
    payloads.set(name, [...(payloads.get(name) ?? []), difference]);
  }
  const failed = [...payloads].map(([name, rows]): JunitCase => {
    const lines = rows.map(({ kind, path, expected, actual }) =>
      path === null ? kind : `${path}: expected ${shown(expected)}, got ${shown(actual)}`,
    );
    const type = rows[0]?.kind ?? 'changed';
    return { name, failure: { type, message: lines[0] ?? type, text: lines.join('\n') } };
  });
  return diff.matched > 0 || failed.length === 0 ? [alike, ...failed] : failed;
}

function formatVerdict(diff: Diff, { paint }: Canvas): string {
  const matched = `${plural(diff.matched, 'payload')} alike`;
  if (diff.equal) return paint('green', `equal: ${matched}`);
  const counts = (['missing', 'unexpected', 'reordered', 'changed'] as const)
    .map((kind) => ({ kind, count: diff[kind].length }))
    .filter(({ count }) => count > 0)
    .map(({ kind, count }) =>
      kind === 'changed' ? plural(count, 'changed field') : `${formatCount(count)} ${kind}`,
    );
  return paint('red', `different: ${[matched, ...counts].join(', ')}`);
}

/** Event of a dispatch, else the opcode's name. */
function formatName({ op, event }: Difference): string {
  return event ?? (op === null ? 'close' : (opcodeName(op) ?? NOTHING));
}

function shown(value: JsonValue | undefined): string {
  if (value === undefined) return NOTHING;
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
