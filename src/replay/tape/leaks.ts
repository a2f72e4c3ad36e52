/**
 * Leaks: secrets and personal data that a file still holds, line by line.
 *
 * A line of JSON is searched value by value, so that a find has a path, and then as it stands, for what a parser
 * does not show, such as a key that occurs twice. Any other line is searched as text. What is found is never told
 * whole. It changes nothing; which shapes it knows stands in leak-shapes.ts.
 */
import type { JsonValue } from '../../gateway/payload.js';
import { isNamedSecret, LEAK_SHAPES } from './leak-shapes.js';

/** Something that should not be there. */
export interface Leak {
  /** From 1. */
  readonly line: number;
  /** Where in the line's JSON, such as `payload.d.token`; null where it is no JSON, or does not show in it. */
  readonly path: string | null;
  /** Short stable name of what it is. */
  readonly kind: string;
  /** The beginning of it, and its length. */
  readonly excerpt: string;
}

interface Find {
  readonly kind: string;
  readonly match: string;
}

const PLAIN_KEY = /^[\w$-]+$/;
/** How much before a match in plain text is searched for the key that it stands under. */
const KEY_REACH = 200;

/** Leaks in a text; `known` are secrets that must not be in it, whatever they look like. */
export function* findLeaks(text: string, known: readonly string[] = []): Generator<Leak, void> {
  let line = 0;
  for (const row of text.split('\n')) {
    line += 1;
    const told = new Set<string>();
    for (const { path, find } of findsIn(row, known)) {
      const name = `${find.kind} ${find.match}`;
      if (path === null && told.has(name)) continue;
      told.add(name);
      yield { line, path, kind: find.kind, excerpt: elided(find.match) };
    }
  }
}

function* findsIn(
  row: string,
  known: readonly string[],
): Generator<{ path: string | null; find: Find }, void> {
  const value = parsed(row);
  if (value !== undefined) {
    for (const leaf of leavesOf(value)) {
      for (const find of findsInText(leaf.text, known, () => leaf.key)) yield { path: leaf.path, find };
      if (isNamedSecret(leaf.text, leaf.key)) {
        yield { path: leaf.path, find: { kind: 'named-secret', match: leaf.text } };
      }
    }
  }
  for (const find of findsInText(row, known, (at) => keyBefore(row, at))) yield { path: null, find };
}

function* findsInText(
  text: string,
  known: readonly string[],
  keyAt: (at: number) => string,
): Generator<Find, void> {
  for (const secret of known) if (text.includes(secret)) yield { kind: 'known-secret', match: secret };
  let taken: Uint8Array | null = null; // a byte for each character that is part of a find
  for (const { kind, pattern, isHarmless } of LEAK_SHAPES) {
    for (const { 0: match, index } of text.matchAll(pattern)) {
      const end = index + match.length;
      if (taken?.subarray(index, end).includes(1) === true) continue;
      if (isHarmless?.(match, keyAt(index), text.slice(end, end + 8)) === true) continue;
      taken ??= new Uint8Array(text.length);
      taken.fill(1, index, end);
      yield { kind, match };
    }
  }
}

interface Leaf {
  readonly path: string;
  readonly key: string;
  readonly text: string;
}

// Strings, keys and numbers, with a stack of our own: a line may be nested as deeply as it likes.
function* leavesOf(root: JsonValue): Generator<Leaf, void> {
  const open: { readonly path: string; readonly key: string; readonly value: JsonValue }[] = [
    { path: '', key: '', value: root },
  ];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { path, key, value } = next;
    if (typeof value === 'string' || typeof value === 'number') yield { path, key, text: String(value) };
    else if (Array.isArray(value)) {
      (value as readonly JsonValue[]).forEach((item, index) =>
        open.push({ path: `${path}[${index}]`, key, value: item }),
      );
    } else if (value !== null && typeof value === 'object') {
      for (const [name, item] of Object.entries(value)) {
        // What is wrong with a key is told at its object, because the path would tell it whole.
        yield { path, key: '', text: name };
        open.push({
          path: PLAIN_KEY.test(name) && name.length < 40 ? joined(path, name) : `${path}[…]`,
          key: name,
          value: item,
        });
      }
    }
  }
}

function joined(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

function keyBefore(text: string, at: number): string {
  const [, key] = /"([^"]*)"\s*:\s*\[?\s*"[^"]*$/.exec(text.slice(Math.max(0, at - KEY_REACH), at)) ?? [];
  return key ?? '';
}

function elided(match: string): string {
  const start = match.length < 12 ? 1 : 4;
  return `${match.slice(0, start)}… (${match.length} characters)`;
}

function parsed(row: string): JsonValue | undefined {
  if (!/^\s*[[{]/.test(row)) return undefined;
  try {
    return JSON.parse(row) as JsonValue;
  } catch {
    return undefined;
  }
}
