/**
 * Requests to the page: path, form of the answer, and query.
 *
 * Anyone can have written the URL: each text in it has to be a number, a word of a closed list, or a filter; otherwise
 * the request is refused.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { UsageError } from '../errors.js';
import { readUrl } from '../wire/url.js';
import { PAGE_BOUNDS, USUAL_ROWS } from './bounds.js';

/** Form of an answer. */
export type AnswerForm = 'html' | 'json' | 'csv';

/** A request that can be answered. */
export interface PageRequest {
  /** Without the ending of the form. */
  readonly path: string;
  readonly form: AnswerForm;
  readonly query: URLSearchParams;
  /** The unchanged query with its `?`; empty without one. */
  readonly search: string;
}

/** Paths below the views; UI.md's `?view=` names the same. */
const VIEWS: readonly string[] = ['overview', 'frames', 'sessions', 'rest', 'findings', 'compare'];

/** Parses a target such as `/frames.json?f=op:HELLO`; null if it is not a path. */
export function readPageRequest(target: string, headers: IncomingHttpHeaders): PageRequest | null {
  if (!target.startsWith('/') || target.startsWith('//')) return null;
  const url = readUrl(`http://page${target}`);
  // In a Location header, two slashes or a backslash at the start would name another server.
  if (url === null || url.pathname.startsWith('//')) return null;
  const [, path = url.pathname, ending] = /^(.*)\.(json|csv)$/.exec(url.pathname) ?? [];
  const form = (ending as AnswerForm | undefined) ?? (isJsonWanted(headers.accept) ? 'json' : 'html');
  return { path, form, query: url.searchParams, search: url.search };
}

function isJsonWanted(accept: string | undefined): boolean {
  return /^\s*application\/json\b/i.test(accept ?? '');
}

/** Path for an address such as `/?view=frames&frame=7`; null if its query names no view. */
export function findViewAddress({ query }: PageRequest): string | null {
  const view = query.get('view');
  if (view === null || !VIEWS.includes(view)) return null;
  const id = query.get('frame') ?? query.get('session') ?? query.get('call');
  const path = id !== null && /^\d{1,16}$/.test(id) ? `/${view}/${id}` : `/${view}`;
  const others = new URLSearchParams(query);
  for (const name of ['view', 'frame', 'session', 'call']) others.delete(name);
  return others.size === 0 ? path : `${path}?${others.toString()}`;
}

/** A whole number from the query; undefined if it is missing. Throws a UsageError. */
export function readWhole(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new UsageError(`${name} is not a whole number`, `write digits alone, such as ${name}=1`);
}

/** A part from 0 to 1. Throws a UsageError. */
export function readPart(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const value = /^\d(?:\.\d{1,16})?$/.test(text) ? Number(text) : NaN;
  if (value >= 0 && value <= 1) return value;
  throw new UsageError(`${name} is not a part of the recording`, `write 0 to 1, such as ${name}=0.5`);
}

/** Rows of a window. Throws a UsageError. */
export function readRowLimit(query: URLSearchParams): number {
  const limit = readWhole(query, 'limit') ?? USUAL_ROWS;
  if (limit >= 1 && limit <= PAGE_BOUNDS.listRows) return limit;
  throw new UsageError(
    `limit is ${limit}`,
    `give 1 to ${PAGE_BOUNDS.listRows}, and ask for the next window after that`,
  );
}
