/** Erlang itself, where it is installed: the referee for the External Term Format. */
import { execFileSync } from 'node:child_process';

/** Whether `erl` can be run here; tests that need it are skipped with a printed reason otherwise. */
export const hasErlang = runErlang('ok') !== null;

/** Output of an Erlang expression that prints, with more command line arguments, or null without Erlang. */
export function runErlang(expression: string, args: readonly string[] = []): string | null {
  try {
    return execFileSync('erl', ['-noshell', '-eval', `${expression}, halt().`, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return null;
  }
}

/** Documents of Erlang terms, in order, as `term_to_binary` with those options writes them. */
export function erlangDocuments(terms: readonly string[], options = '[]'): Buffer[] {
  const list = terms.map((term) => `term_to_binary(${term}, ${options})`).join(', ');
  const hex = '[io_lib:format("~2.16.0b", [B]) || <<B>> <= D]';
  const output = runErlang(`lists:foreach(fun(D) -> io:format("~s~n", [${hex}]) end, [${list}])`) ?? '';
  return output
    .trim()
    .split('\n')
    .map((line) => Buffer.from(line, 'hex'));
}

/** What Erlang's `~0p` prints of documents. */
export function printedByErlang(documents: readonly Uint8Array[]): string[] {
  const list = documents.map((document) => `<<${[...document].join(',')}>>`).join(', ');
  const print = 'io:format("~0p~n", [binary_to_term(D)])';
  return (runErlang(`lists:foreach(fun(D) -> ${print} end, [${list}])`) ?? '').trim().split('\n');
}
