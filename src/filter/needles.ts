/**
 * Needles: texts that the JSON of a payload must contain for a condition to hold. A payload without them is not parsed.
 */
import type { Predicate, PredicateAtom } from './predicate.js';

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

/** Needles of which every payload that passes has one, at least; null if a payload without any can pass. */
export function findRequiredNeedles(predicate: Predicate): readonly Needle[] | null {
  switch (predicate.type) {
    case 'all':
      return chooseRarest(predicate.parts.map(findRequiredNeedles));
    case 'any': {
      const choices = predicate.parts.map(findRequiredNeedles);
      return choices.some((choice) => choice === null) ? null : choices.flatMap((choice) => choice ?? []);
    }
    case 'not':
      return null;
    default:
      return chooseRarest(findNeedles(predicate).map((needle) => (needle.text === '' ? null : [needle])));
  }
}

function chooseRarest(choices: readonly (readonly Needle[] | null)[]): readonly Needle[] | null {
  return choices.reduce(
    (best, choice) => (rateRarity(choice ?? []) > rateRarity(best ?? []) ? choice : best),
    null,
  );
}

/** Long texts are rare. The name of a field, which has quotes around it, is in many payloads. */
function rateRarity(needles: readonly Needle[]): number {
  if (needles.length === 0) return 0;
  return Math.min(...needles.map(({ text, spelled }) => (text === spelled ? text.length : 1)));
}
