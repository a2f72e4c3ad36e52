/** Erlang as a reader of ETF: its own `binary_to_term`, and the term it gives as JSON. */
import { writeFileSync } from 'node:fs';
import { runErlang } from './erlang.js';
import { scratchFile } from './scratch.js';

// Maps become objects, binaries strings, the atoms true, false and nil what they mean; anything else crashes.
const PROGRAM = `
J = fun
  J(M) when is_map(M) -> ["{", lists:join(",", [[J(K), ":", J(V)] || {K, V} <- maps:to_list(M)]), "}"];
  J(L) when is_list(L) -> ["[", lists:join(",", [J(X) || X <- L]), "]"];
  J(B) when is_binary(B) ->
    ["\\"", [io_lib:format("\\\\u~4.16.0b", [U]) || <<U:16>> <= unicode:characters_to_binary(B, utf8, utf16)], "\\""];
  J(true) -> "true"; J(false) -> "false"; J(nil) -> "null";
  J(I) when is_integer(I) -> integer_to_list(I);
  J(F) when is_float(F) -> float_to_binary(F, [short])
end,
{ok, File} = file:read_file(hd(init:get_plain_arguments())),
[io:format("~s~n", [J(binary_to_term(T))]) || <<N:32, T:N/binary>> <= File]`;

/** Values that Erlang reads from ETF documents. */
export function readByErlang(documents: readonly Uint8Array[]): unknown[] {
  const file = scratchFile('terms');
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
    .map((line) => JSON.parse(line) as unknown);
}
