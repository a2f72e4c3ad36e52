/**
 * Needles: texts that the JSON of a payload must contain for a condition to hold. A payload without them is not parsed.
 */
import type { PredicateAtom } from './predicate.js';

/** A text that the JSON has, unless it has escapes with which `spelled` may be written. */
export interface Needle {
  readonly text: string;
  readonly spelled: string;
}

/** Texts that a payload must all contain. Empty for a condition that requires none. */
export function findNeedles(atom: PredicateAtom): readonly Needle[] {
  switch (atom.type) {
    case 'text':
      return [{ text: atom.text, spelled: atom.text }];
    case 'about':
      return atom.id === null ? [] : [{ text: atom.id, spelled: atom.id }];
    case 'field': {
      const { path, test } = atom;
      const name = path.findLast((step) => typeof step === 'string') ?? '';
      return [
        // Names of one letter are everywhere.
        ...(name.length < 2 ? [] : [{ text: `"${name}"`, spelled: name }]),
        ...(test.type === 'string' ? [{ text: test.text, spelled: test.text }] : []),
      ];
    }
    default:
      return [];
  }
}
