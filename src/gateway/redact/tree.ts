/**
 * The table of secrets as trees, one for each opcode, event or route, so that a walk follows the rules step by step;
 * and as keys that have a meaning at any place.
 *
 * Only the masked classes are included.
 */
import { OP } from '../opcodes.js';
import { JsonKeys } from '../../wire/json/keys.js';
import type { KeyGroup, RedactionRule, RowClass, SecretClass } from './rules.js';
import { KEY_GROUPS, SECRET_TABLE } from './rules.js';

/** Masking rules below one place of a payload. */
export interface RuleNode {
  /** Class of the value at this place, or null if no rule ends here. */
  what: RowClass | null;
  /** Applies to strings only. */
  isTextOnly: boolean;
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
  /** True if every rule ends in a key that is secret anywhere: without such a key, there is nothing to mask. */
  isByKeyOnly: boolean;
}

/** Meaning of a key at any place: a secret, or a URL or base64 that may hold one; `open`: nothing. */
export interface KeyMeaning {
  readonly what: RowClass;
  readonly isTextOnly: boolean;
}

/** Where keys are met. */
export type KeyPlace = keyof typeof KEY_GROUPS;

/** Pattern of a key, and the key of the object around it, or null for any. */
interface KeyRow {
  readonly parent: string | null;
  /** As written in the table. */
  readonly key: string;
  /** As compared. */
  readonly pattern: string;
  readonly meaning: KeyMeaning;
  /** Earlier rows take precedence; those for a key within a parent key before all others. */
  rank: number;
}

/** Meanings of a key, in the order of precedence of its rows. */
type KnownKey = readonly KeyRow[];

/** Names of keys whose meaning is kept at hand, in one place. */
const MAX_KNOWN_KEYS = 4096;
const NO_ROWS: KnownKey = Object.freeze([]);
const TEXT_ONLY = ':text';

/** Rules of one redaction mode. */
export class RedactionTree {
  /** Keys that make a closer look necessary; for the scan of every payload. */
  readonly secretKeys: JsonKeys;
  readonly #sets = new Map<number | string, RuleSet>();
  readonly #keys: Readonly<Record<KeyPlace, Keys>>;

  constructor(classes: ReadonlySet<SecretClass>) {
    const isMeant = ([, what]: RedactionRule): boolean =>
      what === 'P' || what === 'S' || what === 'I' ? classes.has(what) : true;
    const rows = SECRET_TABLE.filter(isMeant);
    const keys = (place: KeyPlace): Keys =>
      new Keys(KEY_GROUPS[place].flatMap((group) => keyRows(rows, group)));
    this.#keys = {
      gateway: keys('gateway'),
      rest: keys('rest'),
      credentials: keys('credentials'),
      field: keys('field'),
    };
    this.secretKeys = new JsonKeys(keyRows(rows, 'anywhere').flatMap(({ key }) => spellings(key)));
    for (const [where, what, ...paths] of rows) {
      for (const place of typeof where === 'object' ? where : [where]) {
        if (!isKeyGroup(place)) this.#plant(place, what, paths);
      }
    }
  }

  /** Rules for a payload, or null if it has no rules. */
  rulesFor(op: number, event: string | null): RuleSet | null {
    return this.#sets.get(op === OP.DISPATCH && event !== null ? event : op) ?? null;
  }

  /** Rules for the JSON of a call on a route, or null. */
  rulesForRoute(route: string): RuleNode | null {
    return this.#sets.get(route)?.root ?? null;
  }

  /** Meaning of a key, in an object that is the value of `parent` or an element of it; null if it has no meaning. */
  findMeaning(key: string, parent: string, place: KeyPlace): KeyMeaning | null {
    return this.#keys[place].findMeaning(key, parent);
  }

  #plant(where: number | string, what: RowClass, paths: readonly string[]): void {
    const set = this.#setFor(where);
    const isRoute = typeof where === 'string' && where.startsWith('/');
    for (const path of paths) {
      const bare = withoutSuffix(path);
      const node = plant(isRoute ? set.root : getChild(set.root.keys, 'd'), bare);
      node.what = what;
      node.isTextOnly = bare !== path;
      const key = bare.slice(bare.lastIndexOf('.') + 1);
      set.isByKeyOnly &&= what === 'open' || isSecret(this.findMeaning(key, '', 'gateway'));
    }
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

/** Whether a meaning is that of a secret. */
export function isSecret(meaning: KeyMeaning | null): boolean {
  return meaning !== null && (meaning.what === 'S' || meaning.what === 'I' || meaning.what === 'P');
}

/** Rules for the value of `key` in an object that `node` is about. */
export function findKeyRule(node: RuleNode | null, key: string): RuleNode | null {
  return node === null ? null : (node.keys.get(key) ?? node.anyKey);
}

/** Rows of keys for one place, and what they say about the keys that were met. */
class Keys {
  /** Rows for one spelling, by it, and those whose pattern has a star. */
  readonly #exact = new Map<string, readonly KeyRow[]>();
  readonly #starred: readonly (readonly [matches: (key: string) => boolean, row: KeyRow])[];
  readonly #known = new Map<string, KnownKey>();

  constructor(rows: readonly KeyRow[]) {
    for (const [index, row] of rows.entries()) row.rank = index - (row.parent === null ? 0 : rows.length);
    this.#starred = rows
      .filter(({ pattern }) => pattern.includes('*'))
      .map((row) => [matcher(row.pattern), row] as const);
    for (const row of rows) {
      const { pattern } = row;
      if (pattern.includes('*')) continue;
      const known = [...(this.#exact.get(pattern) ?? []), row];
      this.#exact.set(
        pattern,
        known.sort((a, b) => a.rank - b.rank),
      );
    }
  }

  findMeaning(key: string, parent: string): KeyMeaning | null {
    const rows = this.#known.get(key) ?? this.#learn(key);
    // No closure, whose context V8 would allocate for every key.
    for (const { parent: within, meaning } of rows) {
      if (within === null || within === parent) return meaning.what === 'open' ? null : meaning;
    }
    return null;
  }

  #learn(key: string): KnownKey {
    const folded = foldedKey(key);
    const starred = this.#starred.filter(([matches]) => matches(folded)).map(([, row]) => row);
    const exact = this.#exact.get(folded) ?? NO_ROWS;
    const known = starred.length === 0 ? exact : [...exact, ...starred].sort((a, b) => a.rank - b.rank);
    if (this.#known.size < MAX_KNOWN_KEYS) this.#known.set(key, known);
    return known;
  }
}

function keyRows(rows: readonly RedactionRule[], group: KeyGroup): KeyRow[] {
  return rows.flatMap(([where, what, ...keys]) =>
    where !== group
      ? []
      : keys.map((key) => {
          const bare = withoutSuffix(key);
          const dot = bare.indexOf('.');
          return {
            parent: dot === -1 ? null : bare.slice(0, dot),
            key: bare.slice(dot + 1),
            pattern: foldedKey(bare.slice(dot + 1)),
            meaning: { what, isTextOnly: bare !== key },
            rank: 0,
          };
        }),
  );
}

/** A key as it is compared: `accessToken`, `access_token` and `Access-Token` are one. */
function foldedKey(key: string): string {
  return /[A-Z_-]/.test(key) ? key.toLowerCase().replaceAll(/[_-]/g, '') : key;
}

/** The spellings of a key that `foldedKey` makes one, but for their case. */
function spellings(key: string): string[] {
  return key.includes('_') ? [key, key.replaceAll('_', ''), key.replaceAll('_', '-')] : [key];
}

function withoutSuffix(place: string): string {
  return place.endsWith(TEXT_ONLY) ? place.slice(0, -TEXT_ONLY.length) : place;
}

function isKeyGroup(where: number | string): boolean {
  return Object.values(KEY_GROUPS).some((groups) => groups.some((group) => group === where));
}

/** Whether keys match a pattern with a star before it, and perhaps another one behind it. */
function matcher(pattern: string): (key: string) => boolean {
  const part = pattern.replaceAll('*', '');
  return pattern.endsWith('*') ? (key) => key.includes(part) : (key) => key.endsWith(part);
}

function plant(root: RuleNode, path: string): RuleNode {
  let node = root;
  for (const step of path.match(/\[\]|[^.[\]]+/g) ?? []) {
    if (step === '[]') node = node.element ??= newNode();
    else if (step === '*') node = node.anyKey ??= newNode();
    else node = getChild(node.keys, step);
  }
  return node;
}

function getChild(keys: Map<string, RuleNode>, key: string): RuleNode {
  let child = keys.get(key);
  if (child === undefined) {
    child = newNode();
    keys.set(key, child);
  }
  return child;
}

function newNode(): RuleNode {
  return { what: null, isTextOnly: false, keys: new Map(), anyKey: null, element: null };
}
