/**
 * `gatetape show`: shows a frame by its id, or a dispatch by its sequence number, with its payload indented.
 */
import type { Command } from 'commander';
import { expecting, requireKind } from '../config/kinds.js';
import { UsageError } from '../errors.js';
import {
  findDispatch,
  findFrame,
  frameToJson,
  nameByService,
  readClose,
  readIdentifyBits,
  readService,
  type Service,
  type FrameDetail,
  type IdOrLatest,
  type Neighbours,
} from '../library/queries.js';
import { nameFrame } from './frames.js';
import { ID, NUMBER, choiceOption, typed } from './options/values.js';
import { indentJson } from './print/json-text.js';
import { printable } from '../printable.js';
import type { Paint } from './print/paint.js';
import { addFilterOptions, readFilters } from './options/filters.js';
import { withReader } from './options/query.js';
import { addSettings } from './options/config-options.js';
import { NOTHING, formatBytes, formatTime } from '../units.js';

const EXAMPLES = `
Examples:
  gatetape show 12
  gatetape show 12 --raw
  gatetape show --session 1 --seq 5
  gatetape show 12 --filter event:MESSAGE_*    with the ids of the messages before and after it
  gatetape show latest --format json | jq .payload`;

/** Adds the command `show`. */
export function addShow(program: Command): void {
  const command = program
    .command('show')
    .description('show one frame with its payload')
    .argument('[id]', 'id of a frame, or latest');
  addFilterOptions(addSettings(command, ['db']))
    .addOption(typed('--seq <number>', 'the dispatch with this sequence number', NUMBER))
    .addOption(typed('--session <id>', 'session of --seq', expecting('an id or latest (default)', ID)))
    .addOption(
      choiceOption('--format <format>', 'form of output', ['table', 'json', 'ndjson']).default('table'),
    )
    .option('--raw', 'the bytes of the payload, or of the frame if it has none, instead of its text')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

interface ShowFlags {
  readonly format: string;
  readonly seq?: number;
  readonly session?: IdOrLatest;
  readonly raw?: boolean;
}

async function run(text: string | undefined, flags: ShowFlags, command: Command): Promise<void> {
  const { format, raw = false } = flags;
  const which = parseWhich(text, flags);
  if (raw && format !== 'table') {
    throw new UsageError(`--raw prints bytes, and --format is ${format}`, 'leave one of them out');
  }
  await withReader(command, async (reader, { output, paint }) => {
    const found =
      typeof which === 'object' ? findDispatch(reader, which.session, which.seq) : findFrame(reader, which);
    const service = readService(reader, found);
    const frame = nameByService(found, service);
    if (format !== 'table') await output.print([frameToJson(frame)]);
    else {
      const content = raw ? formatRawContent(frame) : formatContent(frame, paint);
      const near = reader.neighbours(frame, readFilters(command));
      await output.print([...formatFacts(frame, near, paint, service), ...content]);
    }
  });
}

/** The id, or the dispatch of `--seq`. Throws a UsageError unless it was one of the two. */
function parseWhich(
  text: string | undefined,
  { seq, session }: ShowFlags,
): IdOrLatest | { readonly session: IdOrLatest; readonly seq: number } {
  const expected = 'the id of a frame, or latest';
  if (text !== undefined && seq === undefined && session === undefined) {
    return requireKind('the id', text, expecting(expected, ID));
  }
  if (text === undefined && seq !== undefined) return { session: session ?? 'latest', seq };
  throw new UsageError(
    text === undefined ? 'no frame was named' : 'an id names one frame already',
    `give either ${expected}, or --seq with --session; see gatetape show --help`,
  );
}

/** Lines about a frame for people, without its content. */
export function formatFacts(
  frame: FrameDetail,
  near: Neighbours,
  paint: Paint,
  service: Service | null = null,
): readonly string[] {
  const op = frame.op === null ? '' : ` (op ${frame.op}${frame.opName === null ? '' : ` ${frame.opName}`})`;
  const facts: readonly (readonly [string, string])[] = [
    ['frame', `${frame.id}, no. ${frame.frameNo} of connection ${frame.connectionId}`],
    ['at', `${formatTime(frame.atUs)} UTC (${frame.atUs})`],
    ['from', `${frame.sender}, ${frame.kind}`],
    ['what', `${nameFrame(frame)}${op}`],
    ...(frame.seq === null ? [] : [['seq', String(frame.seq)] as const]),
    ...(frame.kind === 'close' ? [['close', formatClose(frame, service)] as const] : []),
    ...(service === null ? [] : [['service', service] as const]),
    ...formatBits(frame),
    ['size', formatSize(frame)],
    ['status', frame.status],
    ['around', formatNeighbours(frame, near)],
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  return facts.map(([name, value]) => `${paint('dim', name.padEnd(width))}  ${printable(value)}`);
}

/** Ids of the neighbours. */
function formatNeighbours({ sessionId, connectionId }: FrameDetail, { previous, next }: Neighbours): string {
  const place = sessionId === null ? `connection ${connectionId}` : `session ${sessionId}`;
  return `previous ${previous ?? NOTHING}, next ${next ?? NOTHING} in ${place}`;
}

/** Names of an IDENTIFY's bits. */
function formatBits(frame: FrameDetail): readonly (readonly [string, string])[] {
  return Object.entries(readIdentifyBits(frame)).flatMap(([name, bits]) =>
    bits === null ? [] : [[name, bits.length === 0 ? 'none' : bits.join(' ')] as const],
  );
}

/** Code, its name and the reason of a close frame. */
function formatClose(frame: FrameDetail, service: Service | null): string {
  const { code, name, reason } = readClose(frame, service);
  if (code === null) return 'no code';
  return `${code}${name === null ? '' : ` ${name}`}${reason === '' ? '' : `: ${reason}`}`;
}

function formatSize({ wireBytes, payloadBytes }: FrameDetail): string {
  const wire = `${formatBytes(wireBytes)} on the wire`;
  return payloadBytes === null ? wire : `${wire}, ${formatBytes(payloadBytes)} decoded`;
}

/** The payload, indented and coloured, or else the bytes that were kept. */
export function formatContent(frame: FrameDetail, paint: Paint): readonly string[] {
  if (frame.payloadText === null) return formatRawContent(frame);
  const shown = indentJson(frame.payloadText, (style, token) => paint(style, printable(token)));
  return ['', ...shown.split('\n')];
}

/** The bytes that were kept, or else those of the payload's text. */
export function formatRawContent({ payloadText, bytes }: FrameDetail): readonly string[] {
  const raw = bytes ?? Buffer.from(payloadText ?? '');
  return raw.length === 0 ? [] : ['', ...hexDump(raw)];
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
