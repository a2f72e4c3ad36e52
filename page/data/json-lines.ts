/**
 * Lines of a tree for a JSON value, only for opened members. No function is recursive, because a payload can have ten
 * thousand levels.
 */

/** A value of JSON; integers that a number cannot hold keep their digits. */
export type Json =
  string | number | boolean | null | ExactNumber | readonly Json[] | { readonly [key: string]: Json };

/** A number with more digits than a JavaScript number has. */
export class ExactNumber {
  readonly digits: string;

  constructor(digits: string) {
    this.digits = digits;
  }
}

/** A line of the tree. */
export interface JsonLine {
  /** Path in the filter language, such as `d.author.id`. */
  readonly path: string;
  readonly key: string | number | null;
  readonly value: Json;
  readonly depth: number;
  /** Number of members; null for a value that cannot have any. */
  readonly members: number | null;
  readonly isOpen: boolean;
}

/** Most lines that are made at once. */
const MAX_LINES = 200_000;

/** A number of so many digits that it can be inexact. */
const LONG_NUMBER = /[[:,]\s*-?\d{16,}\s*[,\]}]/;

/** Parses a payload. Throws a SyntaxError only if the database is broken. */
export function parseJson(text: string): Json {
  if (!LONG_NUMBER.test(text)) return JSON.parse(text) as Json;
  try {
    return JSON.parse(text, keepDigits) as Json;
  } catch {
    // JSON.parse calls a reviver recursively, so very deep values fail.
    return JSON.parse(text) as Json;
  }
}

/** Keeps long integers. Browsers that do not pass the source give rounded numbers. */
function keepDigits(_key: string, value: Json, context?: { readonly source?: string }): Json {
  const isInexact = typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER;
  return isInexact && context?.source !== undefined ? new ExactNumber(context.source) : value;
}

/** Members of a value, or null if it cannot have any. */
function listMembers(value: Json): readonly (readonly [key: string | number, value: Json])[] | null {
  if (typeof value !== 'object' || value === null || value instanceof ExactNumber) return null;
  if (isArray(value)) return value.map((member, index) => [index, member]);
  return Object.entries(value);
}

function countMembers(value: Json): number | null {
  if (typeof value !== 'object' || value === null || value instanceof ExactNumber) return null;
  return isArray(value) ? value.length : Object.keys(value).length;
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

const PLAIN_KEY = /^[\w$-]+$/;

/** Path of a member. */
export function joinPath(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  if (!PLAIN_KEY.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}

interface Pending {
  readonly path: string;
  readonly key: string | number | null;
  readonly value: Json;
  readonly depth: number;
}

/** Lines of a payload's members, and of the members of opened ones. */
export function listLines(
  root: Json,
  isOpen: (path: string, depth: number, members: number) => boolean,
): readonly JsonLine[] {
  const lines: JsonLine[] = [];
  const stack: Pending[] = [];
  const push = (value: Json, path: string, depth: number): void => {
    const members = listMembers(value) ?? [];
    for (let index = members.length - 1; index >= 0; index--) {
      const member = members[index];
      if (member === undefined) continue;
      stack.push({ path: joinPath(path, member[0]), key: member[0], value: member[1], depth });
    }
  };
  push(root, '', 0);
  for (let next = stack.pop(); next !== undefined && lines.length < MAX_LINES; next = stack.pop()) {
    const members = countMembers(next.value);
    const open = members !== null && members > 0 && isOpen(next.path, next.depth, members);
    lines.push({ ...next, members, isOpen: open });
    if (open) push(next.value, next.path, next.depth + 1);
  }
  return lines;
}

/** Most matches of a search, and most values that it tests. */
const MAX_MATCHES = 500;
const MAX_VALUES = 2_000_000;

/** Paths of members whose key or value contains `text`, in upper or lower case. */
export function searchJson(root: Json, text: string): readonly string[] {
  const wanted = text.toLowerCase();
  const found: string[] = [];
  const stack: (readonly [value: Json, path: string])[] = [[root, '']];
  let looked = 0;
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const [value, path] = next;
    const members = listMembers(value) ?? [];
    const nested: (readonly [value: Json, path: string])[] = [];
    for (const [key, member] of members) {
      if (++looked > MAX_VALUES || found.length >= MAX_MATCHES) return found;
      const memberPath = joinPath(path, key);
      if (hasText(key, member, wanted)) found.push(memberPath);
      if (typeof member === 'object' && member !== null) nested.push([member, memberPath]);
    }
    for (let index = nested.length - 1; index >= 0; index--) stack.push(nested[index] ?? [null, '']);
  }
  return found;
}

function hasText(key: string | number, value: Json, wanted: string): boolean {
  if (typeof key === 'string' && key.toLowerCase().includes(wanted)) return true;
  if (value instanceof ExactNumber) return value.digits.includes(wanted);
  return typeof value !== 'object' && String(value).toLowerCase().includes(wanted);
}

/** Paths of the ancestors of a path, the outermost first. */
export function listAncestors(path: string): readonly string[] {
  const ancestors: string[] = [];
  const step = /^[\w$-]+|\.[\w$-]+|\[\d+\]|\["(?:[^"\\]|\\.)*"\]/y;
  let match = step.exec(path);
  while (match !== null && step.lastIndex < path.length) {
    ancestors.push(path.slice(0, step.lastIndex));
    const at = step.lastIndex;
    match = step.exec(path);
    if (match === null || step.lastIndex <= at) break;
  }
  return ancestors;
}

/** JSON text of a value, indented; null if it is too deep for the browser to write. */
export function formatJson(value: Json): string | null {
  if (value instanceof ExactNumber) return value.digits;
  try {
    return typeof value === 'string' ? value : JSON.stringify(value, restoreDigits, 2);
  } catch {
    return null;
  }
}

interface RawJson {
  readonly rawJSON?: (text: string) => unknown;
}

function restoreDigits(_key: string, value: unknown): unknown {
  if (!(value instanceof ExactNumber)) return value;
  return (JSON as RawJson).rawJSON?.(value.digits) ?? value.digits;
}
