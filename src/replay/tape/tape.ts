/**
 * Tape: writes a recording as text for git (`*.tape.ndjson`), and reads it.
 *
 *   {"tape":1,"shard":[0,1],"library":"…","transport":{"version":10,"encoding":"json","compress":"none"}}
 *   {"atUs":0,"connection":1,"sender":"client","payload":{"op":2,"d":{…}}}
 *   {"atUs":900,"connection":1,"sender":"gateway","close":{"code":4000,"reason":""}}
 *   {"atUs":950,"durationUs":80,"request":{"method":"GET","path":"/v10/users/@me",…},"response":{"status":200,…}}
 *
 * One header, then one step or REST call (exchange.ts) a line in the order of time, keys in this order, so that two
 * tapes differ only where their sessions do. A payload's text is the recorded one, including number formats and key
 * order. Calls may come before the first step, at negative times; a tape without any call is complete. Other keys are
 * allowed and ignored; other meanings get a new version number. It reads no file and redacts nothing.
 */
import { UsageError } from '../../errors.js';
import {
  asInteger,
  asObject,
  asString,
  toPayload,
  type JsonObject,
  type JsonValue,
  asShard,
  type Shard,
} from '../../gateway/payload.js';
import { joinLines } from '../../wire/json/grammar.js';
import type { Compression, Encoding, Transport } from '../../wire/transport.js';
import type { RecordedExchange, Recording, RecordingStep } from '../recording.js';
import { formatExchange, parseExchange } from './exchange.js';
import { parseJson, TapeLine } from './line.js';

/** Version of the text form that this program writes, and the newest that it reads. */
const TAPE_VERSION = 1;

// A payload line as `formatTape` writes it, up to the payload, whose text can then be cut out unchanged.
const PAYLOAD_LINE =
  /^\{\s*"atUs"\s*:\s*(\d{1,16})\s*,\s*"connection"\s*:\s*(\d{1,9})\s*,\s*"sender"\s*:\s*"(client|gateway)"\s*,\s*"payload"\s*:\s*/;
const ENCODINGS: readonly string[] = ['json', 'etf', 'unknown'] satisfies Encoding[];
const COMPRESSIONS: readonly string[] = [
  'none',
  'zlib-stream',
  'zstd-stream',
  'unknown',
] satisfies Compression[];

type TapeHeader = Omit<Recording, 'steps' | 'exchanges'>;

/**
 * Reads a tape; errors name it `name`. Throws a UsageError that names the line and the defect, or the version if the
 * tape is newer than this program.
 */
export function parseTape(text: string, name = 'tape'): Recording {
  const steps: RecordingStep[] = [];
  const exchanges: RecordedExchange[] = [];
  let header: TapeHeader | null = null;
  for (let start = 0, lineNo = 1; start < text.length; lineNo += 1) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    const line = new TapeLine(text.slice(start, end).trim(), `${name} line ${lineNo}`);
    start = end + 1;
    if (line.text === '') continue;
    if (header === null) header = parseHeader(line);
    else {
      const entry = parseEntry(line);
      if ('type' in entry) steps.push(entry);
      else exchanges.push(entry);
    }
  }
  if (header === null) {
    throw new UsageError(`${name} is empty`, 'a tape starts with a header line such as {"tape":1}');
  }
  return { ...header, steps, exchanges };
}

/** Writes a recording as a tape. A line break between the tokens of a payload becomes a space. */
export function formatTape(recording: Recording): string {
  const { shard, library, transport } = recording;
  const lines = [JSON.stringify({ tape: TAPE_VERSION, shard, library, transport })];
  const { steps, exchanges } = recording;
  let next = 0;
  const exchangesBefore = (atUs: number): void => {
    for (let each = exchanges[next]; each !== undefined && each.atUs < atUs; each = exchanges[next]) {
      lines.push(formatExchange(each));
      next += 1;
    }
  };
  for (const step of steps) {
    exchangesBefore(step.atUs);
    lines.push(formatStep(step));
  }
  exchangesBefore(Infinity);
  lines.push('');
  return lines.join('\n');
}

function formatStep(step: RecordingStep): string {
  const start = `{"atUs":${step.atUs},"connection":${step.connection},"sender":"${step.sender}",`;
  if (step.type === 'payload') return `${start}"payload":${joinLines(step.text)}}`;
  return `${start}"close":${JSON.stringify({ code: step.code, reason: step.reason })}}`;
}

function parseHeader(line: TapeLine): TapeHeader {
  const header = line.object();
  const version = asInteger(header['tape']);
  if (version === null || version < 1) {
    line.refuse('is not a tape header', 'a tape starts with a line such as {"tape":1}');
  }
  if (version > TAPE_VERSION) {
    line.refuse(
      `says tape version ${version}, newer than version ${TAPE_VERSION} that this gatetape reads`,
      'update gatetape',
    );
  }
  return {
    shard: parseShard(header['shard'], line),
    library: asString(header['library']),
    transport: parseTransport(header['transport'], line),
  };
}

function parseShard(value: JsonValue | undefined, line: TapeLine): Shard | null {
  if (value === undefined || value === null) return null;
  return (
    asShard(value) ?? line.refuse('has no usable "shard"', 'give it as [shard_id, shard_count], or null')
  );
}

function parseTransport(value: JsonValue | undefined, line: TapeLine): Transport | null {
  if (value === undefined || value === null) return null;
  const object = asObject(value);
  const encoding = asString(object?.['encoding']) ?? '';
  const compress = asString(object?.['compress']) ?? '';
  if (!ENCODINGS.includes(encoding) || !COMPRESSIONS.includes(compress)) {
    return line.refuse(
      'has no usable "transport"',
      'give it as {"version":10,"encoding":"json","compress":"none"}, or null',
    );
  }
  return {
    version: asInteger(object?.['version']),
    encoding: encoding as Encoding,
    compress: compress as Compression,
  };
}

function parseEntry(line: TapeLine): RecordingStep | RecordedExchange {
  const match = PAYLOAD_LINE.exec(line.text);
  if (match !== null && line.text.endsWith('}')) {
    const text = line.text.slice(match[0].length, -1).trimEnd();
    const payload = toPayload(parseJson(text));
    if (payload !== null) {
      const sender = match[3] === 'client' ? 'client' : 'gateway';
      return { type: 'payload', connection: Number(match[2]), atUs: Number(match[1]), sender, payload, text };
    }
  }
  const object = line.object();
  const request = asObject(object['request']);
  return request === null ? parseOtherStep(line, object) : parseExchange(line, object, request);
}

// A close, a payload line with its keys in another order (its text is normalised then), or a bad line.
function parseOtherStep(line: TapeLine, object: JsonObject): RecordingStep {
  const atUs = line.count(object, 'atUs');
  const connection = line.count(object, 'connection');
  const sender = line.sender(object);
  const close = asObject(object['close']);
  if (close !== null) {
    return {
      type: 'close',
      connection,
      atUs,
      sender,
      code: parseCode(close, line),
      reason: asString(close['reason']) ?? '',
    };
  }
  const payload = toPayload(object['payload']);
  if (payload === null) {
    return line.refuse(
      'has no usable "payload", "close" or "request"',
      'a payload is an object with an integer "op"; a close is {"code":4000,"reason":""}',
    );
  }
  return { type: 'payload', connection, atUs, sender, payload, text: JSON.stringify(object['payload']) };
}

function parseCode(close: JsonObject, line: TapeLine): number | null {
  return close['code'] === null || close['code'] === undefined ? null : line.count(close, 'code');
}
