/**
 * Requests for data: the page's own addresses with `.json` after the path.
 */
import type { FailureAnswer } from '../../src/ui/answers.js';

/** A request that failed, in words for people. */
export class RequestFailure extends Error {
  readonly hint: string;
  /** Position in the text of the filter, from 1; null if the filter is not to blame. */
  readonly column: number | null;

  constructor({ message, hint, column }: FailureAnswer['error']) {
    super(message);
    this.hint = hint;
    this.column = column;
  }
}

/** Address of data: a path such as `/frames`, and a query without its question mark. */
export function formatDataAddress(path: string, ...queries: readonly string[]): string {
  const query = queries.filter((part) => part !== '').join('&');
  return query === '' ? `${path}.json` : `${path}.json?${query}`;
}

/** Data at an address. Throws RequestFailure, or an AbortError if `signal` is aborted. */
export async function fetchAnswer<T>(address: string, signal?: AbortSignal): Promise<T> {
  const response = await request(address, signal);
  if (response.ok) return (await response.json()) as T;
  throw new RequestFailure(await readFailure(response));
}

async function request(address: string, signal?: AbortSignal): Promise<Response> {
  try {
    return await fetch(address, {
      headers: { accept: 'application/json' },
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    const hint = 'is gatetape still running? The page tries again by itself';
    throw new RequestFailure({ message: 'the server does not answer', hint, column: null });
  }
}

async function readFailure(response: Response): Promise<FailureAnswer['error']> {
  try {
    return ((await response.json()) as FailureAnswer).error;
  } catch {
    const message = `the server answered ${response.status} ${response.statusText}`.trim();
    return { message, hint: 'reload the page', column: null };
  }
}

/** Whether the request was cancelled by this page. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}
