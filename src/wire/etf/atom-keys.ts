/**
 * Atom keys: whether a document has atoms for keys of its maps, which the gateway does not take from clients.
 *
 * It looks into maps wherever they stand, within lists and tuples too, term by term without going back. Never throws,
 * whatever the bytes. Source: Discord Docs/Gateway, "Encoding and Compression"; erlang.org, "External Term Format".
 */
import { readHead, rootMap } from './splice.js';
import { ETF_TAG } from './tags.js';

const ATOM_TAGS: ReadonlySet<number | undefined> = new Set([
  ETF_TAG.ATOM,
  ETF_TAG.SMALL_ATOM,
  ETF_TAG.ATOM_UTF8,
  ETF_TAG.SMALL_ATOM_UTF8,
]);

/** Container whose terms are being passed. */
interface OpenContainer {
  readonly isMap: boolean;
  /** Terms that are still to come; of a map, keys are the even ones. */
  left: number;
}

/** Whether some map of the document has an atom for a key; false when it is no map. */
export function hasAtomKeys(document: Uint8Array): boolean {
  const open: OpenContainer[] = rootMap(document) === null ? [] : [{ isMap: false, left: 1 }];
  let at = 1;
  for (let around = open.at(-1); around !== undefined; around = open.at(-1)) {
    if (around.left === 0) {
      open.pop();
      continue;
    }
    const isKey = around.isMap && around.left % 2 === 0;
    if (isKey && ATOM_TAGS.has(document[at])) return true;
    const head = readHead(document, at);
    if (head === null) return false;
    around.left -= 1;
    if (head.terms > 0) open.push({ isMap: document[at] === ETF_TAG.MAP, left: head.terms });
    at = head.end;
  }
  return false;
}
