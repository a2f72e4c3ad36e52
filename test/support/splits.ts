/** Ways to cut a byte stream into chunks, so that one example is read in many. */
import fc from 'fast-check';

/** Copies of `bytes`, cut at the given places (any numbers; taken modulo the length). */
export function cutAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const cuts = [...new Set(places.map((place) => (bytes.length === 0 ? 0 : place % bytes.length)))];
  const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length];
  return edges.slice(1).map((edge, index) => bytes.slice(edges[index], edge));
}

/** Copies of `bytes` in pieces of `size` bytes. */
export function inPieces(bytes: Uint8Array, size: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.slice(at, at + size));
  return pieces;
}

/** Arbitrary places to cut at, for `cutAt`. */
export const cutPlaces: fc.Arbitrary<number[]> = fc.array(fc.nat(1_000_000), { maxLength: 12 });
