/**
 * `gatetape show ID`: one frame with all that is known of it, and its payload laid out for reading.
 */
import type { Command } from 'commander';
import { UsageError } from '../errors.js';
import { findCloseCode } from '../gateway/close-codes.js';
import { type FrameDetail, frameToJson } from '../store/frame-rows.js';
import type { CaptureReader } from '../store/reader.js';
import { parseClose } from '../wire/websocket.js';
import { whatOf } from './frames.js';
import { choice, parseId, required } from './values.js';
import { indentJson } from './json-text.js';
import { printable, type Paint } from './paint.js';
import { withReader } from './query.js';
import { addSettings } from './settings.js';
import { formatBytes, formatTime } from './units.js';

/** Adds the command `show`. */
export function addShow(program: Command): void {
  const command = program
    .command('show')
    .description('show one frame with its payload')
    .argument('<id>', 'id of a frame, or latest');
  addSettings(command, ['db'])
    .addOption(choice('--format <format>', 'form of output', ['table', 'json', 'ndjson']).default('table'))
    .addHelpText(
      'after',
      '\nExamples:\n  gatetape show 12\n  gatetape show latest --format json | jq .payload',
    )
    .action(run);
}

async function run(text: string, { format }: { readonly format: string }, command: Command): Promise<void> {
  const id = required('the id', text, 'the id of a frame, or latest', parseId);
  await withReader(command, async (reader, terminal) => {
    const frame = findFrame(reader, id);
    await terminal.output.print(format === 'table' ? describe(frame, terminal.paint) : [frameToJson(frame)]);
  });
}

function findFrame(reader: CaptureReader, which: number | 'latest'): FrameDetail {
  const id = which === 'latest' ? newestId(reader) : which;
  const frame = id === null ? null : reader.frame(id);
  if (frame !== null) return frame;
  const what = which === 'latest' ? 'the database holds no frame yet' : `there is no frame ${which}`;
  throw new UsageError(what, 'list what there is with gatetape frames');
}

function newestId(reader: CaptureReader): number | null {
  for (const { id } of reader.frames({ limit: 1 })) return id;
  return null;
}

/** Lines about a frame for people. */
export function describe(frame: FrameDetail, paint: Paint): readonly string[] {
  const op = frame.op === null ? '' : ` (op ${frame.op}${frame.opName === null ? '' : ` ${frame.opName}`})`;
  const facts: readonly (readonly [string, string])[] = [
    ['frame', `${frame.id}, no. ${frame.frameNo} of connection ${frame.connectionId}`],
    ['at', `${formatTime(frame.atUs)} UTC (${frame.atUs})`],
    ['from', `${frame.sender}, ${frame.kind}`],
    ['what', `${whatOf(frame)}${op}`],
    ...(frame.seq === null ? [] : [['seq', String(frame.seq)] as const]),
    ...(frame.kind === 'close' ? [['close', closeOf(frame)] as const] : []),
    ['size', sizeOf(frame)],
    ['status', frame.status],
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  const head = facts.map(([name, value]) => `${paint('dim', name.padEnd(width))}  ${printable(value)}`);
  return [...head, ...contentOf(frame)];
}

/** Code, its name and the reason of a close frame. */
function closeOf({ bytes }: FrameDetail): string {
  const { code, reason } = parseClose(bytes ?? new Uint8Array());
  if (code === null) return 'no code';
  const name = findCloseCode(code)?.name;
  return `${code}${name === undefined ? '' : ` ${name}`}${reason === '' ? '' : `: ${reason}`}`;
}

function sizeOf({ wireBytes, payloadBytes }: FrameDetail): string {
  const wire = `${formatBytes(wireBytes)} on the wire`;
  return payloadBytes === null ? wire : `${wire}, ${formatBytes(payloadBytes)} decoded`;
}

function contentOf({ payloadText, bytes }: FrameDetail): readonly string[] {
  if (payloadText !== null) return ['', ...indentJson(payloadText).split('\n').map(printable)];
  return bytes === null || bytes.length === 0 ? [] : ['', ...hexDump(bytes)];
}

const ROW_BYTES = 16;

/** Bytes as in `hexdump -C`: offset, hexadecimal, ASCII. */
export function hexDump(bytes: Uint8Array): readonly string[] {
  const rows: string[] = [];
  for (let at = 0; at < bytes.length; at += ROW_BYTES) {
    const row = [...bytes.subarray(at, at + ROW_BYTES)];
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const ascii = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    rows.push(`${at.toString(16).padStart(8, '0')}  ${hex.padEnd(ROW_BYTES * 3 - 1)}  ${ascii}`);
  }
  return rows;
}
