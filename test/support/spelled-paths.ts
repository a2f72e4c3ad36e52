/** Spellings of one path: its characters escaped or not, once or more, with detours that lead nowhere. */
import fc from 'fast-check';

const escape = (character: string): string => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`;

/** An arbitrary that escapes some characters of `text`, and then some of what came of that. */
function escaped(text: string, rounds: number): fc.Arbitrary<string> {
  if (rounds === 0) return fc.constant(text);
  return fc
    .array(fc.constantFrom('no', 'no', 'lower', 'upper'), { minLength: text.length, maxLength: text.length })
    .chain((choices) => {
      const characters = Array.from(text).map((character, at) => {
        const choice = choices[at];
        if (choice === 'no') return character;
        return choice === 'upper' ? escape(character).toUpperCase() : escape(character);
      });
      return escaped(characters.join(''), rounds - 1);
    });
}

/** A path of these ASCII segments in any spelling. */
export function spelled(segments: readonly string[]): fc.Arbitrary<string> {
  const detour = fc.constantFrom('', '', '/', '//', '\\', '/./', '/x/../', '/x/y/../../');
  return fc
    .tuple(fc.nat(3), fc.array(detour, { minLength: segments.length, maxLength: segments.length }))
    .chain(([rounds, detours]) =>
      escaped(segments.map((segment, at) => `/${detours[at] ?? ''}${segment}`).join(''), rounds),
    );
}
