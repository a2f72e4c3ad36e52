/**
 * Meanwhile: ids and times that were made during a recording, and so differ from one run to the next.
 *
 * A snowflake and an ISO 8601 time hold the time at which they were made; numbers count only under the known names of
 * time-shift.ts. A value made since the recordings began is replaced by a word for its kind, on both sides. Older
 * values are kept and compared.
 */
import type { JsonObject, JsonValue } from '../../gateway/payload.js';
import { momentMs } from '../rebase/time-shift.js';

/** The rule of an ignore list that has such values replaced; other rules are NAME:PATH. */
export const MADE_MEANWHILE = 'made-meanwhile';

/** The same value with a word in place of each moment since `sinceMs`, keys of objects included. */
export function replaceMoments(value: JsonValue, sinceMs: number, key = ''): JsonValue {
  if (typeof value === 'string' || typeof value === 'number') return replaceMoment(value, sinceMs, key);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    return (value as readonly JsonValue[]).map((item) => replaceMoments(item, sinceMs));
  }
  // A map, as a key of foreign JSON can be `__proto__`.
  const replaced = new Map<string, JsonValue>();
  for (const [name, member] of Object.entries(value as JsonObject)) {
    const free = freeName(replaced, String(replaceMoment(name, sinceMs, '')));
    replaced.set(free, replaceMoments(member, sinceMs, name));
  }
  return Object.fromEntries(replaced);
}

function replaceMoment(value: string | number, sinceMs: number, key: string): string | number {
  const ms = momentMs(value, key);
  if (ms === null || ms < sinceMs) return value;
  return typeof value === 'string' && /^\d+$/.test(value) ? 'an id made meanwhile' : 'a time made meanwhile';
}

/** A key that is not in use yet: several ids that were made meanwhile can be keys of one object. */
function freeName(taken: ReadonlyMap<string, JsonValue>, name: string): string {
  let free = name;
  for (let count = 2; taken.has(free); count += 1) free = `${name} ${count}`;
  return free;
}
