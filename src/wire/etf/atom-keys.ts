/**
 * Atom keys: whether a document has atoms for keys of its maps, which the gateway does not take from clients.
 *
 * It looks into maps within maps; what stands in lists is not looked into. Never throws, whatever the bytes.
 * Source: Discord Docs/Gateway, "Encoding and Compression"; erlang.org, "External Term Format".
 */
import { membersOf, rootMap, type EtfTerm } from './splice.js';
import { ETF_TAG } from './tags.js';

const ATOM_TAGS: ReadonlySet<number | undefined> = new Set([
  ETF_TAG.ATOM,
  ETF_TAG.SMALL_ATOM,
  ETF_TAG.ATOM_UTF8,
  ETF_TAG.SMALL_ATOM_UTF8,
]);

/** Whether some map of the document has an atom for a key; false when it is no map. */
export function hasAtomKeys(document: Uint8Array): boolean {
  const root = rootMap(document);
  const maps: EtfTerm[] = root === null ? [] : [root];
  for (let map = maps.pop(); map !== undefined; map = maps.pop()) {
    for (const { key, value } of membersOf(document, map)) {
      if (ATOM_TAGS.has(document[key.start])) return true;
      if (document[value.start] === ETF_TAG.MAP) maps.push(value);
    }
  }
  return false;
}
