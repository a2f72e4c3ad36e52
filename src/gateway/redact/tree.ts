/**
 * Redaction rules as trees, one for each opcode or event, so that a walk down a payload follows its rules by steps.
 *
 * Only the classes that are to be masked get into a tree. Keys that are masked anywhere are looked up by name.
 */
import { JsonKeys } from '../../wire/json/keys.js';
import type { SecretClass } from './rules.js';
import { BINARY_KEYS, REDACTION_RULES, REST_RULES, SECRET_KEYS, URL_KEYS } from './rules.js';

/** What is to be masked below one place of a payload. */
export interface RuleNode {
  /** What the value at this place is, or null when no rule ends here. */
  what: SecretClass | 'open' | null;
  readonly keys: Map<string, RuleNode>;
  /** Any other key. */
  anyKey: RuleNode | null;
  /** Any element of an array. */
  element: RuleNode | null;
}

/** Rules for one opcode or event. */
export interface RuleSet {
  /** Node of the whole payload. */
  readonly root: RuleNode;
  /** True when every rule ends in a key that is secret anywhere: without such a key, there is nothing to mask. */
  isByKeyOnly: boolean;
}

/** What a key means wherever it stands: a secret, or a URL or base64 that may hold one. */
export type KeyMeaning = 'secret' | 'url' | 'binary';

const MEANINGS: readonly (readonly [KeyMeaning, readonly string[]])[] = [
  ['secret', SECRET_KEYS],
  ['url', URL_KEYS],
  ['binary', BINARY_KEYS],
];

/** Names of keys whose meaning is kept at hand. */
const MAX_KNOWN_KEYS = 4096;

/** Rules by which everything is secret. */
export const ALL_SECRET: RuleNode = Object.freeze({ ...newNode(), what: 'S' });

/** Rules of one redaction mode. */
export class RedactionTree {
  /** Rules for the JSON of any REST call. */
  readonly rest = newNode();
  /** Keys that make a closer look necessary; for the scan of every payload. */
  readonly secretKeys = new JsonKeys(MEANINGS.flatMap(([, keys]) => keys));
  readonly #sets = new Map<number | string, RuleSet>();
  readonly #meanings = new Map<string, KeyMeaning | null>();

  constructor(classes: ReadonlySet<SecretClass>) {
    for (const [where, what, ...paths] of REDACTION_RULES) {
      if (what !== 'open' && !classes.has(what)) continue;
      for (const place of typeof where === 'object' ? where : [where]) {
        const set = this.#setFor(place);
        for (const path of paths) {
          plant(childOf(set.root.keys, 'd'), path).what = what;
          set.isByKeyOnly &&= what === 'open' || matches(SECRET_KEYS, lastKey(path));
        }
      }
    }
    for (const [what, ...paths] of REST_RULES) {
      if (classes.has(what)) for (const path of paths) plant(this.rest, path).what = what;
    }
  }

  /** Rules for a payload, or null when there are none. */
  rulesFor(op: number, event: string | null): RuleSet | null {
    return this.#sets.get(op === 0 && event !== null ? event : op) ?? null;
  }

  /** Meaning of a key wherever it stands, or null. */
  meaningOf(key: string): KeyMeaning | null {
    const known = this.#meanings.get(key);
    if (known !== undefined) return known;
    const meaning = MEANINGS.find(([, keys]) => matches(keys, key))?.[0] ?? null;
    if (this.#meanings.size < MAX_KNOWN_KEYS) this.#meanings.set(key, meaning);
    return meaning;
  }

  #setFor(where: number | string): RuleSet {
    let set = this.#sets.get(where);
    if (set === undefined) {
      set = { root: newNode(), isByKeyOnly: true };
      this.#sets.set(where, set);
    }
    return set;
  }
}

/** Rules for the value of `key` in an object that `node` is about. */
export function ruleOfKey(node: RuleNode | null, key: string): RuleNode | null {
  return node === null ? null : (node.keys.get(key) ?? node.anyKey);
}

function plant(root: RuleNode, path: string): RuleNode {
  let node = root;
  for (const step of path.match(/\[\]|[^.[\]]+/g) ?? []) {
    if (step === '[]') node = node.element ??= newNode();
    else if (step === '*') node = node.anyKey ??= newNode();
    else node = childOf(node.keys, step);
  }
  return node;
}

function lastKey(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

function childOf(keys: Map<string, RuleNode>, key: string): RuleNode {
  let child = keys.get(key);
  if (child === undefined) {
    child = newNode();
    keys.set(key, child);
  }
  return child;
}

function newNode(): RuleNode {
  return { what: null, keys: new Map(), anyKey: null, element: null };
}

function matches(patterns: readonly string[], key: string): boolean {
  return patterns.some((pattern) =>
    pattern.startsWith('*') ? key.endsWith(pattern.slice(1)) : key === pattern,
  );
}
