/**
 * Expected REST calls: how a call that a test describes is compared with one that was made.
 */
import type { RestCall } from '../mock/gateway.js';
import { describeMismatch, type Equals } from './likeness.js';

/** A REST call, or as much of it as matters. */
export interface ExpectedCall {
  readonly method?: string | undefined;
  /**
   * Path below the API base, with or without its version and query; `:name` stands for one part of it. A pattern is
   * held against the path as it came.
   */
  readonly path?: string | RegExp | undefined;
  /** As much of the body as matters; asymmetric matchers may stand anywhere in it. */
  readonly body?: unknown;
  readonly status?: number | undefined;
}

/** What a call lacks to be the expected one, one line each; none where it is. */
export function callMismatch(
  call: RestCall,
  { path, method, ...others }: ExpectedCall,
  equals: Equals,
): readonly string[] {
  const isPath = path === undefined || toPattern(path).test(call.path);
  return [
    ...(isPath ? [] : [`path is ${call.path}, not ${String(path)}`]),
    ...describeMismatch(call, { method: method?.toUpperCase(), ...others }, equals),
  ];
}

function toPattern(path: string | RegExp): RegExp {
  if (path instanceof RegExp) return path;
  const [route = '', query] = path.split('?', 2);
  const parts = route
    .split('/')
    .map((part) => (part.startsWith(':') ? '[^/?]+' : literally(part)))
    .join('/');
  const rest = query === undefined ? String.raw`(?:\?.*)?` : String.raw`\?${literally(query)}`;
  return new RegExp(`^(?:/v[0-9]+)?${parts}${rest}$`);
}

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}
