/** Erlang as a reader of ETF: its own `binary_to_term`, and the term it gives as JSON. */
import { writeFileSync } from 'node:fs';
import { runErlang } from './erlang.js';
import type { JsonValue } from '../../src/wire/json/value.js';
import { scratchFile } from './scratch.js';

/** A value that Erlang read. */
export interface ErlangValue {
  readonly value: JsonValue;
}

// Maps become objects, binaries strings, the atoms true, false and nil what they mean; anything else crashes.
const PROGRAM = `
J = fun
  J(M) when is_map(M) -> ["{", lists:join(",", [[J(K), ":", J(V)] || {K, V} <- maps:to_list(M)]), "}"];
  J(L) when is_list(L) -> ["[", lists:join(",", [J(X) || X <- L]), "]"];
  J(B) when is_binary(B) ->
    ["\\"", [io_lib:format("\\\\u~4.16.0b", [U]) || <<U:16>> <= unicode:characters_to_binary(B, utf8, utf16)], "\\""];
  J(true) -> "true"; J(false) -> "false"; J(nil) -> "null";
  J(I) when is_integer(I), abs(I) > 9007199254740991 -> ["\\"", integer_to_list(I), "\\""];
  J(I) when is_integer(I) -> integer_to_list(I);
  J(F) when is_float(F) -> float_to_binary(F, [short])
end,
{ok, File} = file:read_file(hd(init:get_plain_arguments())),
Line = fun(T) -> try binary_to_term(T) of V -> try J(V) catch _:_ -> "read" end catch _:_ -> "refused" end end,
[io:format("~s~n", [Line(T)]) || <<N:32, T:N/binary>> <= File]`;

/** Values that Erlang reads from ETF documents. */
export function readByErlang(documents: readonly Uint8Array[]): unknown[] {
  return tryErlang(documents).map((answer) => {
    if (typeof answer === 'string') throw new Error(`Erlang: ${answer}`);
    return answer.value;
  });
}

/**
 * The same for documents that may be broken: `refused`, or `read` for a term that is no JSON.
 */
export function tryErlang(
  documents: readonly Uint8Array[],
  whenFinished?: (remove: () => void) => void,
): (ErlangValue | 'refused' | 'read')[] {
  const file = scratchFile('terms', whenFinished);
  const lengths = documents.map((document) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(document.length);
    return length;
  });
  writeFileSync(file, Buffer.concat(documents.flatMap((document, index) => [lengths[index]!, document])));
  const output = runErlang(PROGRAM, ['-extra', file]);
  return (output ?? '')
    .trim()
    .split('\n')
    .map((line) => {
      if (line === 'refused') return line;
      try {
        return { value: JSON.parse(line) as JsonValue };
      } catch {
        // Keys that are no strings, too.
        return 'read';
      }
    });
}
