/**
 * Sequences of payloads and REST calls as text, for the messages of failed tests: one short line each.
 */
import { opcodeName } from '../gateway/opcodes.js';
import type { JsonValue } from '../gateway/payload.js';
import type { ReceivedPayload, RestCall } from '../mock/gateway.js';
import type { ChangedField, Diff, LoneItem } from '../replay/compare/payload-diff.js';

// A longer message would not be read.
const MAX_LINES = 20;
const MAX_CHARS = 100;
/** Keys of secrets, which must not be in the log of a CI. */
const SECRET = /token|secret|password|session_id|authorization/i;

/** Lines with the payloads that clients have sent. */
export function formatPayloads(received: readonly ReceivedPayload[]): string {
  return listed(received, ({ payload: { op, d } }) => `op ${op} ${formatOpName(op)} ${shown(d)}`);
}

/** Lines with the REST calls that were made. */
export function formatCalls(calls: readonly RestCall[]): string {
  return listed(calls, ({ method, path, status, body }) => `${method} ${path} (${status}) ${shown(body)}`);
}

/** Lines with the differences from a recorded sequence: `-` recorded, `+` received. */
export function formatDifferences({ missing, unexpected, reordered, changed }: Diff): string {
  const lone = (mark: string, item: LoneItem): string => `${mark} ${formatPosition(item)}`;
  const lines = [
    ...missing.map((item) => lone('- missing', item)),
    ...unexpected.map((item) => lone('+ unexpected', item)),
    ...reordered.map((item) => `~ moved ${formatPosition(item)} to no. ${item.actualIndex + 1}`),
    ...changed.flatMap(fieldLines),
  ];
  return listed(lines, (line) => line);
}

/** A value as short text, without secrets. */
export function shown(value: JsonValue | undefined): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value, (key, member: JsonValue) => (SECRET.test(key) ? '…' : member));
  return text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS - 1)}…` : text;
}

function fieldLines({ path, expected, actual, ...item }: ChangedField): readonly string[] {
  const isSecret = SECRET.test(path);
  const side = (value: JsonValue | undefined): string => (isSecret ? '…' : shown(value));
  return [
    `- ${formatPosition(item)} ${path}: ${side(expected)}`,
    `+ ${formatPosition(item)} ${path}: ${side(actual)}`,
  ];
}

function formatPosition({ index, op, event }: Pick<LoneItem, 'index' | 'op' | 'event'>): string {
  return `no. ${index + 1} ${event ?? (op === null ? 'close' : `op ${op} ${formatOpName(op)}`)}`;
}

function formatOpName(op: number): string {
  return opcodeName(op) ?? 'of no known name';
}

function listed<Item>(items: readonly Item[], formatLine: (item: Item) => string): string {
  if (items.length === 0) return '  nothing';
  const lines = items.slice(0, MAX_LINES).map((item) => `  ${formatLine(item)}`);
  if (items.length > MAX_LINES) lines.push(`  … and ${items.length - MAX_LINES} more`);
  return lines.join('\n');
}
