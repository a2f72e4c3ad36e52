/**
 * Closest word: what someone who mistyped a key or a name probably meant.
 *
 * Source: the restricted Damerau-Levenshtein distance (optimal string alignment).
 */

/** Number of insertions, deletions, replacements and swaps of neighbours that turn `from` into `to`. */
function distance(from: string, to: string): number {
  let before: readonly number[] = [];
  let above: readonly number[] = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1];
      const steps = [
        (above[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (above[column - 1] ?? 0) + (isSame ? 0 : 1),
      ];
      const isSwap = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (isSwap) steps.push((before[column - 2] ?? 0) + 1);
      current.push(Math.min(...steps));
    }
    before = above;
    above = current;
  }
  return above[to.length] ?? 0;
}

/**
 * The candidate nearest to `word`, capitals aside: one that starts with it, or else differs in the fewest
 * letters. Null when none is near: over a third of the word would have to change.
 */
export function closest(word: string, candidates: Iterable<string>): string | null {
  // A word this long is not a typing error, and comparing it would take long.
  if (word.length > 64) return null;
  const lower = word.toLowerCase();
  let best: string | null = null;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const isBegun = word.length >= 3 && candidate.toLowerCase().startsWith(lower);
    const steps = isBegun ? 1 : distance(lower, candidate.toLowerCase());
    if (steps >= least || steps >= candidate.length) continue;
    best = candidate;
    least = steps;
  }
  return best;
}

/** `did you mean X?`, or `otherwise` when nothing is near. */
export function didYouMean(word: string, candidates: Iterable<string>, otherwise: string): string {
  const near = closest(word, candidates);
  return near === null ? otherwise : `did you mean ${near}?`;
}
