/**
 * `gatetape decode`: recorded bytes from a file or stdin as payloads, one a line; no database needed.
 */
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import type { Command } from 'commander';
import { UsageError } from '../errors.js';
import type { DecodeOptions, RecordedEncoding } from '../library/decode.js';
import type { RecordedCompression } from '../library/decompress.js';
import { terminalOf } from './print/terminal.js';
import { choice } from './flags/values.js';

const ENCODINGS = ['json', 'etf'] as const satisfies readonly RecordedEncoding[];
const COMPRESSIONS = [
  'none',
  'zlib-stream',
  'zstd-stream',
  'zlib',
] as const satisfies readonly RecordedCompression[];
/** Forms in which bytes may be given. */
const INPUTS = ['raw', 'hex', 'base64'] as const;

type Input = (typeof INPUTS)[number];

interface DecodeFlags extends Required<DecodeOptions> {
  readonly input: Input;
}

/** Adds the command `decode`. */
export function addDecode(program: Command): void {
  program
    .command('decode')
    .description('decode recorded bytes into payloads, one a line as JSON')
    .argument('[file]', 'file with the bytes; stdin without one, or with -')
    .addOption(choice('--encoding <encoding>', 'what payloads are', ENCODINGS).default('json'))
    .addOption(
      choice('--compress <compression>', 'how the gateway compressed them', COMPRESSIONS).default('none'),
    )
    .addOption(choice('--input <form>', 'how the bytes are given', INPUTS).default('raw'))
    .addHelpText(
      'after',
      `
What the gateway sent on one connection may come as one piece, or message by message.

Examples:
  gatetape decode --encoding etf --compress zstd-stream connection.bin
  echo 'g3QAAAABbQAAAAJvcGEL' | gatetape decode --encoding etf --input base64`,
    )
    .action(run);
}

async function run(
  file: string | undefined,
  { input, ...options }: DecodeFlags,
  command: Command,
): Promise<void> {
  const { output } = terminalOf(command);
  const { RecordedDecoder } = await import('../library/decode.js');
  const decoder = new RecordedDecoder(options);
  const print = (payloads: Iterable<{ readonly text: string }>): Promise<void> =>
    output.print(textsOf(payloads));
  for await (const piece of piecesOf(file, input)) await print(decoder.push(piece));
  await print(decoder.end());
}

function* textsOf(payloads: Iterable<{ readonly text: string }>): Generator<string, void> {
  for (const { text } of payloads) yield text;
}

/** Bytes of a file or of stdin, as they come. */
async function* piecesOf(file: string | undefined, input: Input): AsyncGenerator<Uint8Array, void> {
  const isStdin = file === undefined || file === '-';
  const source: Readable = isStdin ? process.stdin : createReadStream(file, { highWaterMark: 1024 * 1024 });
  const gathered: Buffer[] = [];
  try {
    for await (const piece of source as AsyncIterable<Buffer>) {
      if (input === 'raw') yield piece;
      else gathered.push(piece);
    }
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new UsageError(`cannot read ${isStdin ? 'stdin' : file} (${reason})`, 'check the path', { cause });
  }
  if (input !== 'raw') yield bytesOfText(Buffer.concat(gathered).toString('latin1'), input);
}

/** Bytes of text in hexadecimal or base64; white space does not matter. Throws a UsageError for anything else. */
export function bytesOfText(text: string, input: 'hex' | 'base64'): Uint8Array {
  const digits = text.replace(/\s+/g, '');
  const isRight =
    input === 'hex'
      ? /^[0-9a-f]*$/i.test(digits) && digits.length % 2 === 0
      : /^[A-Za-z0-9+/_-]*={0,2}$/.test(digits) && digits.replace(/=+$/, '').length % 4 !== 1;
  if (!isRight)
    throw new UsageError(`the input is not ${input}`, 'check --input and whether all of it is there');
  return Buffer.from(digits, input);
}
