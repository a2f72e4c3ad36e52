/**
 * Payloads: the gateway's objects `{op, d, s, t}`, once decoded.
 *
 * Unknown opcodes, events and fields are kept unchanged. Source: Discord Docs/Gateway Events, "Payload Structure".
 */

import type { JsonObject, JsonValue } from '../wire/json/value.js';

export type { JsonObject, JsonValue } from '../wire/json/value.js';

/** One decoded gateway payload. */
export interface Payload {
  /** Gateway opcode, an integer. */
  readonly op: number;
  readonly d: JsonValue;
  /** Sequence number of a dispatch, else null. */
  readonly s: number | null;
  /** Event name of a dispatch, else null. */
  readonly t: string | null;
}

/** `value` as an object, or null if it is anything else; for untrusted access to `d`. */
export function asObject(value: JsonValue | undefined): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}

/** `value` as a string, or null if it is anything else. */
export function asString(value: JsonValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

/** `value` as a safe integer, or null if it is anything else. */
export function asInteger(value: JsonValue | undefined): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null;
}

/** `[shard_id, shard_count]`. */
export type Shard = readonly [id: number, count: number];

/** `value` as a shard, or null if it is not a list of two safe integers. */
export function asShard(value: JsonValue | undefined): Shard | null {
  const [id, count, ...rest] = Array.isArray(value) ? (value as readonly JsonValue[]).map(asInteger) : [];
  return id == null || count == null || rest.length > 0 ? null : [id, count];
}

/** `value` as a payload, or null if it is not an object with an integer `op`; missing keys read as null. */
export function toPayload(value: JsonValue | undefined): Payload | null {
  const object = asObject(value);
  const op = asInteger(object?.['op']);
  if (object === null || op === null) return null;
  return { op, d: object['d'] ?? null, s: asInteger(object['s']), t: asString(object['t']) };
}
