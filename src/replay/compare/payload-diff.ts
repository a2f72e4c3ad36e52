/**
 * Diff: two sequences of gateway payloads, aligned and compared field by field.
 *
 *   equal payloads pair up ─► the rest pairs up by name ─► fields ─► changed
 *                                             no partner ─► missing, unexpected, reordered
 *
 * Payloads are compared as values: number formats and the order of keys do not count. Masked fields do not count; a
 * placeholder for a secret equals any value. The walk is greedy and linear: right for sequences that mostly agree, and
 * never slow for others.
 */
import { OP } from '../../gateway/opcodes.js';
import { asObject, type JsonObject, type JsonValue } from '../../gateway/payload.js';
import type { Sender } from '../../wire/frame.js';
import { Alignment } from './alignment.js';
import { fieldDifferences } from './field-diff.js';
import type { Mask } from './mask.js';

/** A payload in a sequence, or the gateway's close. */
export interface DiffItem {
  /** Null for a close. */
  readonly op: number | null;
  readonly event: string | null;
  readonly seq: number | null;
  /** JSON text of the payload; of a close `{"close":{"code":…}}`. */
  readonly text: string;
}

/** A payload that has no partner; `index` counts from 0 in the sequence that has it. */
export interface LoneItem {
  readonly index: number;
  readonly op: number | null;
  readonly event: string | null;
  readonly seq: number | null;
  /** The payload's sender, if both senders are compared. */
  readonly sender?: Sender;
}

/** A payload that came at another place; `index` and `actualIndex` count from 0 in their sequences. */
export interface MovedItem extends LoneItem {
  readonly actualIndex: number;
}

/** A field that differs; a side that has no such field leaves its value out. */
export interface ChangedField {
  /** Position of the payload in the expected sequence, from 0. */
  readonly index: number;
  readonly op: number | null;
  readonly event: string | null;
  /** Path within the payload, such as `d.author.username` or `d.roles[2]`. */
  readonly path: string;
  readonly expected?: JsonValue;
  readonly actual?: JsonValue;
  /** The payload's sender, if both senders are compared. */
  readonly sender?: Sender;
}

/** Result of a comparison. */
export interface Diff {
  /** Whether nothing is missing, unexpected, reordered or changed. */
  readonly equal: boolean;
  /** Payloads that have an equal partner in order. */
  readonly matched: number;
  readonly missing: readonly LoneItem[];
  readonly unexpected: readonly LoneItem[];
  readonly reordered: readonly MovedItem[];
  readonly changed: readonly ChangedField[];
}

/** Compares expected payloads with received ones. */
export function diffPayloads(expected: readonly DiffItem[], actual: readonly DiffItem[], mask: Mask): Diff {
  const left = expected.map((item) => new Entry(item, mask));
  const right = actual.map((item) => new Entry(item, mask));
  const alignment = new Alignment(left, right);
  const changed: ChangedField[] = [];
  let matched = alignment.pairs;
  for (const { expected: index, actual: other } of alignment.likely) {
    const fields = changedFields(index, left[index], right[other]);
    if (fields.length === 0) matched += 1;
    for (const field of fields) changed.push(field);
  }
  const missing = alignment.missing.map((index) => lone(index, expected[index]));
  const unexpected = alignment.unexpected.map((index) => lone(index, actual[index]));
  const reordered = alignment.moved.map((pair) => ({
    ...lone(pair.expected, expected[pair.expected]),
    actualIndex: pair.actual,
  }));
  const equal = missing.length + unexpected.length + reordered.length + changed.length === 0;
  return { equal, matched, missing, unexpected, reordered, changed };
}

/** An item with its keys for the comparison, each computed on first use. */
class Entry {
  readonly item: DiffItem;
  readonly #mask: Mask;
  #value: JsonValue | undefined;
  #key: string | undefined;

  constructor(item: DiffItem, mask: Mask) {
    this.item = item;
    this.#mask = mask;
  }

  /** Kind of payload: only payloads of one kind are compared field by field. */
  get kind(): string {
    return `${this.item.op} ${this.item.event}`;
  }

  /** Kind and id, or sequence number where it has no id. */
  get identity(): string {
    const { seq, text } = this.item;
    const id = asObject((JSON.parse(text) as JsonObject)['d'])?.['id'];
    return `${this.kind} ${typeof id === 'string' ? id : seq}`;
  }

  /** Value without the masked fields. */
  get value(): JsonValue {
    const { op, event, text } = this.item;
    this.#value ??= this.#mask.apply(JSON.parse(text) as JsonValue, op, event);
    return this.#value;
  }

  /** Text that equal values have in common. */
  get key(): string {
    this.#key ??= JSON.stringify(sorted(this.value));
    return this.#key;
  }

  equals(other: Entry): boolean {
    return this.item.text === other.item.text || this.key === other.key;
  }
}

function changedFields(index: number, expected?: Entry, actual?: Entry): ChangedField[] {
  if (expected === undefined || actual === undefined) return [];
  const { op, event } = expected.item;
  return fieldDifferences(expected.value, actual.value).map((field) => ({ index, op, event, ...field }));
}

function lone(index: number, item?: DiffItem): LoneItem {
  return { index, op: item?.op ?? null, event: item?.event ?? null, seq: item?.seq ?? null };
}

function sorted(value: JsonValue): JsonValue {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(sorted);
  const entries = Object.entries(value as JsonObject);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}

/** Opcodes that both sides make up by themselves, at times of their own. */
export const UNPLAYED_OPS: ReadonlySet<number> = new Set([OP.HEARTBEAT, OP.HEARTBEAT_ACK, OP.QOS_HEARTBEAT]);

/** A close as a payload in a sequence. */
export function closeItem(code: number | null): DiffItem {
  return { op: null, event: null, seq: null, text: JSON.stringify({ close: { code } }) };
}
