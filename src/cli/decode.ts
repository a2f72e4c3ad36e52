/**
 * `gatetape decode`: prints recorded bytes from a file or stdin as payloads, one a line, without a database.
 */
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import type { Command } from 'commander';
import { expecting } from '../config/kinds.js';
import { refusedBySystem, UsageError } from '../errors.js';
import type { DecodeOptions, RecordedEncoding } from '../library/decode-payloads.js';
import type { RecordedCompression } from '../library/decompress.js';
import { openTerminal } from './print/terminal.js';
import { BYTES, choiceOption, typed } from './options/values.js';

const ENCODINGS = ['json', 'etf'] as const satisfies readonly RecordedEncoding[];
const COMPRESSIONS = [
  'none',
  'zlib-stream',
  'zstd-stream',
  'zlib',
] as const satisfies readonly RecordedCompression[];
/** Forms of the input. */
const INPUTS = ['raw', 'hex', 'base64'] as const;

type Input = (typeof INPUTS)[number];

interface DecodeFlags extends DecodeOptions {
  readonly input: Input;
  readonly maxOutput?: number;
}

/** Adds the command `decode`. */
export function addDecode(program: Command): void {
  program
    .command('decode')
    .description('decode recorded bytes into payloads, one a line as JSON')
    .argument('[file]', 'file with the bytes; stdin without one, or with -')
    .addOption(choiceOption('--encoding <encoding>', 'what payloads are', ENCODINGS).default('json'))
    .addOption(
      choiceOption('--compress <compression>', 'how the gateway compressed them', COMPRESSIONS).default(
        'none',
      ),
    )
    .addOption(choiceOption('--input <form>', 'how the bytes are given', INPUTS).default('raw'))
    .addOption(
      typed(
        '--max-output <bytes>',
        'output limit for short inputs (default 64MiB)',
        expecting('bytes, or as 1GiB', BYTES),
      ),
    )
    .addHelpText(
      'after',
      `
What the gateway sent on one connection may come as one piece, or message by message; in hexadecimal and base64 a
message a line, too.

Examples:
  gatetape decode --encoding etf --compress zstd-stream connection.bin
  echo 'g3QAAAABbQAAAAJvcGEL' | gatetape decode --encoding etf --input base64`,
    )
    .action(run);
}

async function run(
  file: string | undefined,
  { input, maxOutput, ...options }: DecodeFlags,
  command: Command,
): Promise<void> {
  const { output } = openTerminal(command);
  const { RecordedDecoder } = await import('../library/decode-payloads.js');
  const decoder = new RecordedDecoder({
    ...options,
    ...(maxOutput === undefined ? {} : { maxOutputBytes: maxOutput }),
  });
  const print = (payloads: Iterable<{ readonly text: string }>): Promise<void> =>
    output.print(listTexts(payloads));
  for await (const piece of readPieces(file, input)) await print(decoder.push(piece));
  await print(decoder.end());
}

function* listTexts(payloads: Iterable<{ readonly text: string }>): Generator<string, void> {
  for (const { text } of payloads) yield text;
}

/** Bytes of a file or of stdin, in pieces. */
async function* readPieces(file: string | undefined, input: Input): AsyncGenerator<Uint8Array, void> {
  const isStdin = file === undefined || file === '-';
  const source: Readable = isStdin ? process.stdin : createReadStream(file, { highWaterMark: 1024 * 1024 });
  const gathered: Buffer[] = [];
  let gatheredBytes = 0;
  try {
    for await (const piece of source as AsyncIterable<Buffer>) {
      if (input === 'raw') {
        yield piece;
        continue;
      }
      gathered.push(piece);
      gatheredBytes += piece.length;
      if (gatheredBytes > MAX_TEXT_BYTES) refuseLongText(input);
    }
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw refusedBySystem(`read ${isStdin ? 'stdin' : file}`, cause);
  }
  if (input !== 'raw') yield parseBytesText(Buffer.concat(gathered).toString('latin1'), input);
}

/** Limit of the characters of hexadecimal or base64, because all of them are in memory. */
const MAX_TEXT_BYTES = 128 * 2 ** 20;

function refuseLongText(input: Input): never {
  throw new UsageError(
    `the input is more than ${MAX_TEXT_BYTES / 2 ** 20} MiB of ${input}`,
    'give the bytes as they are, with --input raw',
  );
}

const LINE = /[^\r\n]+/g;
const SPACES = /\s+/g;

/**
 * Bytes of text in hexadecimal or base64: of each line by itself, or of all lines joined if they are one wrapped text.
 * Other white space is ignored. Throws a UsageError for anything else.
 */
export function parseBytesText(text: string, input: 'hex' | 'base64'): Uint8Array {
  const bytes = Buffer.allocUnsafe(text.length);
  const length = writeLines(bytes, text, input) ?? writeDigits(bytes, 0, text.replace(SPACES, ''), input);
  if (length !== null) return bytes.subarray(0, length);
  throw new UsageError(`the input is not ${input}`, 'check --input and whether all of it is there');
}

/** Number of bytes written, or null if a line is not a whole number of bytes. */
function writeLines(bytes: Buffer, text: string, input: 'hex' | 'base64'): number | null {
  let at = 0;
  for (const [line] of text.matchAll(LINE)) {
    const length = writeDigits(bytes, at, line.replace(SPACES, ''), input);
    if (length === null) return null;
    at += length;
  }
  return at;
}

function writeDigits(bytes: Buffer, at: number, digits: string, input: 'hex' | 'base64'): number | null {
  const length = bytes.write(digits, at, input);
  const end = at + length;
  if (input === 'hex') return bytes.toString('hex', at, end) === digits.toLowerCase() ? length : null;
  // Padding completes four digits, and bits that belong to no byte are zero; otherwise it is part of a longer text.
  const bare = digits.replace(/={1,2}$/, '');
  const isPadded = bare.length === digits.length || digits.length % 4 === 0;
  const written = bytes.toString('base64url', at, end);
  return isPadded && written === bare.replaceAll('+', '-').replaceAll('/', '_') ? length : null;
}
