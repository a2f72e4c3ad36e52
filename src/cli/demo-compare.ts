/**
 * Comparison of what a client was dispatched live with what it was dispatched from the recording.
 *
 * Both must agree in order, event, sequence number and every value, but for what a recording cannot hold: secrets,
 * which are placeholders in it, and the address that READY gives for resuming.
 */
import { asObject, type JsonValue } from '../gateway/payload.js';

/** What a client was dispatched. */
export interface Dispatch {
  readonly event: string;
  readonly seq: number;
  readonly d: JsonValue;
}

/** Differences, each in a few words; empty when both agree. */
export function differences(live: readonly Dispatch[], replayed: readonly Dispatch[]): readonly string[] {
  return Array.from({ length: Math.max(live.length, replayed.length) }, (_, index) => index).flatMap(
    (index) => {
      const [expected, actual] = [nameOf(live[index]), nameOf(replayed[index])];
      if (expected !== actual) return [`no. ${index + 1} was ${expected}, is ${actual}`];
      const path = firstDifference(live[index]?.d, replayed[index]?.d, 'd');
      return path === null ? [] : [`no. ${index + 1}, ${expected}, differs at ${path}`];
    },
  );
}

function nameOf(dispatch: Dispatch | undefined): string {
  return dispatch === undefined ? 'missing' : `${dispatch.event} (seq ${dispatch.seq})`;
}

/** Path of the first value that differs, or null. */
function firstDifference(
  live: JsonValue | undefined,
  replayed: JsonValue | undefined,
  path: string,
): string | null {
  if (live === replayed || path === 'd.resume_gateway_url') return null;
  if (typeof live === 'string' && typeof replayed === 'string' && replayed.startsWith('redacted:'))
    return null;
  const [one, other] = [entriesOf(live), entriesOf(replayed)];
  if (one === null || other === null || Array.isArray(live) !== Array.isArray(replayed)) return path;
  for (const key of new Set([...one.keys(), ...other.keys()])) {
    const difference = firstDifference(one.get(key), other.get(key), `${path}.${key}`);
    if (difference !== null) return difference;
  }
  return null;
}

/** Members of an object or elements of an array; null for anything else. */
function entriesOf(value: JsonValue | undefined): ReadonlyMap<string, JsonValue> | null {
  if (Array.isArray(value)) {
    return new Map((value as readonly JsonValue[]).map((element, index) => [String(index), element]));
  }
  const members = asObject(value);
  return members === null ? null : new Map(Object.entries(members));
}
