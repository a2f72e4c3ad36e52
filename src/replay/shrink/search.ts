/**
 * Shrink: searches for the smallest recording that still has a property, such as failing a client.
 *
 *   parts of the session ─► then, in each remaining dispatch, fields of `d`
 *
 * Every candidate is a session that the protocol allows. READY keeps the members that every client needs. It is a
 * generator: its caller decides for each candidate whether the property is still there.
 */
import { OP } from '../../gateway/opcodes.js';
import type { JsonObject, JsonValue } from '../../gateway/payload.js';
import type { PayloadStep, Recording } from '../recording.js';
import { assembled, listParts } from './session-parts.js';
import { withText } from '../payload-splice.js';

/** Members of READY that clients need. */
const READY_NEEDS: ReadonlySet<string> = new Set(
  'v user session_id resume_gateway_url shard application guilds'.split(' '),
);

/** Searches for the smallest recording; `recording` itself is taken to have the property. */
export function* shrinkRecording(recording: Recording): Search<Recording> {
  const parts = yield* mapped(minimise(listParts(recording)), (kept) => assembled(recording, kept));
  let smallest = assembled(recording, parts);
  for (let index = 0; index < smallest.steps.length; index += 1) {
    const step = smallest.steps[index];
    if (step?.type !== 'payload' || !isReducible(step)) continue;
    const before: Recording = smallest;
    const put = (d: JsonValue): Recording => withStep(before, index, step, d);
    const d = yield* mapped(searchLess(step.payload.d, step.payload.t === 'READY' ? READY_NEEDS : NONE), put);
    if (d !== step.payload.d) smallest = put(d);
  }
  return smallest;
}

const NONE: ReadonlySet<string> = new Set();

// Client payloads are kept, because the mock waits for them; RESUMED has little to remove.
function isReducible({ sender, payload }: PayloadStep): boolean {
  return (
    sender === 'gateway' &&
    payload.op === OP.DISPATCH &&
    payload.t !== 'RESUMED' &&
    typeof payload.d === 'object'
  );
}

function withStep(recording: Recording, index: number, step: PayloadStep, d: JsonValue): Recording {
  const { t, s, op } = step.payload;
  const text = JSON.stringify({ t, s, op, d });
  return { ...recording, steps: recording.steps.with(index, withText(step, text)) };
}

/** Makes a value smaller: removes keys of an object or elements of a list, then parts of the remaining values. */
function* searchLess(value: JsonValue, needed: ReadonlySet<string>): Search<JsonValue> {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return yield* searchLessOfList(value as readonly JsonValue[]);
  const object = value as JsonObject;
  const entries = Object.entries(object);
  const free = entries.filter(([key]) => !needed.has(key));
  const build = (kept: readonly (readonly [string, JsonValue])[]): JsonObject =>
    Object.fromEntries(entries.filter((entry) => needed.has(entry[0]) || kept.includes(entry)));
  const kept = yield* mapped(minimise(free), build);
  let result = kept === free ? object : build(kept);
  for (const [key, inner] of kept) {
    const before: JsonObject = result;
    const less: JsonValue = yield* mapped(searchLess(inner, NONE), (item) => ({ ...before, [key]: item }));
    if (less !== inner) result = { ...before, [key]: less };
  }
  return result;
}

function* searchLessOfList(items: readonly JsonValue[]): Search<JsonValue> {
  let result: readonly JsonValue[] = yield* minimise(items);
  for (let index = 0; index < result.length; index += 1) {
    const before: readonly JsonValue[] = result;
    const inner = before[index] ?? null;
    const less: JsonValue = yield* mapped(searchLess(inner, NONE), (item) => before.with(index, item));
    if (less !== inner) result = before.with(index, less);
  }
  return result;
}

/**
 * A search for a minimum: yields candidates, receives verdicts, returns the smallest candidate with the property. As a
 * generator it knows no process, no clock and no promise.
 */
export type Search<Value> = Generator<Value, Value, boolean>;

/**
 * Least part of `all` that has the property; `all` itself is taken to have it. The result is 1-minimal: without any
 * one of its elements the property is lost.
 *
 * Source: A. Zeller and R. Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (2002), ddmin.
 */
export function* minimise<Element>(all: readonly Element[]): Search<readonly Element[]> {
  if (all.length > 0 && (yield [])) return [];
  let kept = all;
  let parts = 2;
  while (kept.length >= 2) {
    const smaller: readonly Element[] | null = yield* shrinkOnce(kept, parts);
    if (smaller !== null) {
      parts = Math.max(Math.min(parts - 1, smaller.length), 2);
      kept = smaller;
    } else if (parts >= kept.length) break;
    else parts = Math.min(parts * 2, kept.length);
  }
  return kept;
}

// Leaves out each of `parts` parts in turn, the last one first: late parts are rarely the cause.
function* shrinkOnce<Element>(
  kept: readonly Element[],
  parts: number,
): Generator<readonly Element[], readonly Element[] | null, boolean> {
  for (let part = parts - 1; part >= 0; part -= 1) {
    const from = Math.floor((part * kept.length) / parts);
    const until = Math.floor(((part + 1) * kept.length) / parts);
    const rest = [...kept.slice(0, from), ...kept.slice(until)];
    if (rest.length > 0 && (yield rest)) return rest;
  }
  return null;
}

/** A search for another kind of value, by way of `wrap`: candidates and the result are wrapped. */
export function* mapped<From, To>(
  search: Search<From>,
  wrap: (value: From) => To,
): Generator<To, From, boolean> {
  let next = search.next();
  while (next.done !== true) next = search.next(yield wrap(next.value));
  return next.value;
}
