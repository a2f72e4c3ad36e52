/**
 * Needles: texts that the JSON of a payload must have for a condition to hold, so that most payloads need not be parsed.
 */
import type { PredicateAtom } from './predicate.js';

/** A text that the JSON has, unless it has escapes with which `spelled` may be written. */
export interface Needle {
  readonly text: string;
  readonly spelled: string;
}

/** What a payload must have; of several, all. Empty for a condition that says nothing of the kind. */
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
