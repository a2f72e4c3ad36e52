/**
 * Delta debugging: the least part of a list that still has a property, by asking about parts of it.
 *
 * A search is a generator: it yields a candidate, and is told whether that still has the property. So it knows no
 * process, no clock and no promise. Its result is 1-minimal: without any one of its elements the property is gone.
 * Source: A. Zeller and R. Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (2002), ddmin.
 */

/** A search for something small: yields candidates, takes verdicts, returns the smallest that still had the property. */
export type Search<Value> = Generator<Value, Value, boolean>;

/** Least part of `all` that has the property; `all` itself is taken to have it. */
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

// Leaves out each of `parts` parts in turn, the last one first: what comes late is rarely what went wrong.
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
