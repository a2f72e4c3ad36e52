/**
 * What a filter means, said a second time and as plainly as possible: over JSON.parse of a frame's payload, by
 * JavaScript's own regular expressions. It shares no code with src/filter but the types.
 */
import type { FilterFrame } from '../../src/filter/evaluate.js';
import type { Filter, FilterValue, KeyTerm } from '../../src/filter/nodes.js';

/** What `latest` refers to. */
export type Latest = Readonly<Record<'session' | 'connection' | 'capture' | 'id', number>>;

/** Whether a frame passes. */
export function passes(filter: Filter, frame: FilterFrame, latest: Latest): boolean {
  switch (filter.type) {
    case 'all':
      return filter.parts.every((part) => passes(part, frame, latest));
    case 'any':
      return filter.parts.some((part) => passes(part, frame, latest));
    case 'not':
      return !passes(filter.part, frame, latest);
    case 'key':
      return listed(filter, (value) => isOfKey(filter.key, value, frame, latest));
    case 'field': {
      if (frame.payloadText === null) return listed(filter, () => false);
      const found = at([JSON.parse(frame.payloadText)], filter.path);
      return listed(filter, (value) =>
        value.type === 'any'
          ? found.length > 0
          : [found].flat(Infinity).some((one) => isFieldValue(value, one)),
      );
    }
    case 'text':
      return spellings(frame).some((text) => lower(text).includes(lower(filter.text)));
    case 'pattern':
      return spellings(frame).some((text) => new RegExp(filter.source, filter.flags).test(text));
  }
}

function listed(
  {
    include,
    exclude,
  }: { readonly include: readonly FilterValue[]; readonly exclude: readonly FilterValue[] },
  holds: (value: FilterValue) => boolean,
): boolean {
  return (include.length === 0 || include.some(holds)) && !exclude.some(holds);
}

/** The payload as it was recorded, and with its escapes resolved, character by character. */
function spellings({ payloadText }: FilterFrame): string[] {
  if (payloadText === null) return [];
  let plain = '';
  for (let i = 0; i < payloadText.length; i++) {
    if (payloadText[i] !== '\\') plain += payloadText[i]!;
    else if (payloadText[i + 1] === 'u') {
      plain += JSON.parse(`"${payloadText.slice(i, i + 6)}"`) as string;
      i += 5;
    } else {
      plain += JSON.parse(`"${payloadText.slice(i, i + 2)}"`) as string;
      i += 1;
    }
  }
  return [payloadText, plain];
}

const lower = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
const upper = (text: string): string => text.replace(/[a-z]/g, (letter) => letter.toUpperCase());

function globToRegExp(glob: string): RegExp {
  const source = glob.replace(/\[\^?[^]?[^\]]*\]|[^]/g, (part) => {
    if (part === '*') return '[^]*';
    if (part === '?') return '[^]';
    if (part.length > 1) return part.replaceAll('\\', '\\\\');
    return part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  });
  return new RegExp(`^${source}$`, 'u');
}

const NAMES: Readonly<Record<string, number[]>> = { DISPATCH: [0], HEARTBEAT: [1], HEARTBEAT_ACK: [11] };

function isOfKey(key: KeyTerm['key'], value: FilterValue, frame: FilterFrame, latest: Latest): boolean {
  const size = frame.payloadBytes ?? frame.wireBytes;
  switch (key) {
    case 'op':
      if (value.type === 'glob') return frame.op === 1 || frame.op === 11;
      return isNumber(frame.op, value, (text) => NAMES[upper(text)]?.[0] ?? Number(text));
    case 'event':
      return isText(frame.event === null ? null : upper(frame.event), value, upper);
    case 'sender':
      return isText(frame.sender, value);
    case 'kind':
      return isText(frame.kind, value);
    case 'status':
      return isText(frame.status, value);
    case 'service':
      return isText(frame.service, value);
    case 'connection':
      return isNumber(frame.connectionId, value, (text) =>
        text === 'latest' ? latest.connection : Number(text),
      );
    case 'session':
      return isNumber(frame.sessionId, value, (text) => (text === 'latest' ? latest.session : Number(text)));
    case 'capture':
      return isNumber(frame.captureId, value, (text) => (text === 'latest' ? latest.capture : Number(text)));
    case 'id':
      return isNumber(frame.id, value, (text) => (text === 'latest' ? latest.id : Number(text)));
    case 'shard':
      return isNumber(frame.shardId, value, Number);
    case 'seq':
      return isNumber(frame.seq, value, Number);
    case 'size':
      return isNumber(size, value, bytes);
    case 'wire':
      return isNumber(frame.wireBytes, value, bytes);
    case 'close':
      return isNumber(frame.closeCode, value, Number);
    case 'since':
      return value.type === 'is' && frame.atUs >= Number(value.text);
    case 'until':
      return value.type === 'is' && frame.atUs < Number(value.text);
    case 'guild':
      return isAbout(frame, value, [['guild_id']], /^GUILD_(CREATE|UPDATE|DELETE)$/);
    case 'channel':
      return isAbout(frame, value, [['channel_id']], /^(CHANNEL|THREAD)_(CREATE|UPDATE|DELETE)$/);
    case 'user':
      return isAbout(
        frame,
        value,
        [['user_id'], ['author', 'id'], ['user', 'id'], ['member', 'user', 'id']],
        /^$/,
      );
  }
}

const SIZES: Readonly<Record<string, number>> = { '100B': 100, '0.1kB': 100, '1KiB': 1024 };
const bytes = (text: string): number => SIZES[text] ?? Number(text);

function isText(actual: string | null, value: FilterValue, same = (text: string): string => text): boolean {
  if (actual === null) return false;
  if (value.type === 'any') return true;
  if (value.type === 'glob') return globToRegExp(same(value.text)).test(actual);
  return value.type === 'is' && actual === same(value.text);
}

function isNumber(actual: number | null, value: FilterValue, read: (text: string) => number): boolean {
  if (actual === null) return false;
  if (value.type === 'any') return true;
  if (value.type === 'between') return actual >= read(value.low) && actual <= read(value.high);
  if (value.type === 'compare') return compares(actual, read(value.text), value.operator);
  return value.type === 'is' && actual === read(value.text);
}

/** Whether a number of JSON, or a text of digits, is on one side of a number. */
function comparesNumbers(actual: unknown, text: string, operator: string): boolean {
  const isWhole = typeof actual === 'string' && /^-?\d+$/.test(text);
  return isWhole
    ? compares(BigInt(actual), BigInt(text), operator)
    : compares(Number(actual), Number(text), operator);
}

function compares(one: bigint | number | string, other: bigint | number | string, operator: string): boolean {
  if (operator === '<') return one < other;
  if (operator === '<=') return one <= other;
  return operator === '>' ? one > other : one >= other;
}

function isAbout(frame: FilterFrame, value: FilterValue, paths: string[][], events: RegExp): boolean {
  if (frame.payloadText === null) return false;
  const { d } = JSON.parse(frame.payloadText) as { d?: unknown };
  const found = paths.map((path) => at([d], path, false)).flat();
  if (events.test(frame.event ?? 'no event')) found.push(...at([d], ['id'], false));
  const ids = found.filter((id) => typeof id === 'string' || typeof id === 'number').map(String);
  return value.type === 'any'
    ? found.some((id) => id !== null)
    : ids.some((id) => value.type === 'is' && id === value.text);
}

/** Values at a path; names go into arrays, too. */
function at(values: readonly unknown[], path: readonly (string | number)[], isIntoArrays = true): unknown[] {
  const [step, ...rest] = path;
  if (step === undefined) return [...values];
  const next = values.flatMap((value): unknown[] => {
    if (typeof step === 'number') return Array.isArray(value) && value.length > 0 ? wrap(value.at(step)) : [];
    if (Array.isArray(value)) return isIntoArrays ? at(value, [step]) : [];
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value)
      .filter(([name]) => name === step)
      .map(([, member]) => member as unknown);
  });
  return at(next, rest, isIntoArrays);
}

const wrap = (value: unknown): unknown[] => (value === undefined ? [] : [value]);

function isFieldValue(value: FilterValue, actual: unknown): boolean {
  const isNumeric = (text: string): boolean => /^-?\d+(\.\d+)?$/.test(text);
  const isOrdered = typeof actual === 'number' || (typeof actual === 'string' && /^\d+$/.test(actual));
  switch (value.type) {
    case 'any':
      return true;
    case 'glob':
      return (
        (typeof actual === 'string' || typeof actual === 'number') &&
        globToRegExp(value.text).test(String(actual))
      );
    case 'between':
      return (
        isOrdered && comparesNumbers(actual, value.low, '>=') && comparesNumbers(actual, value.high, '<=')
      );
    case 'compare':
      if (value.isQuoted || !isNumeric(value.text))
        return typeof actual === 'string' && compares(actual, value.text, value.operator);
      return isOrdered && comparesNumbers(actual, value.text, value.operator);
    case 'is':
      if (value.isQuoted) return actual === value.text;
      if (['true', 'false', 'null'].includes(value.text)) return actual === JSON.parse(value.text);
      return isNumeric(value.text) && typeof actual === 'number'
        ? actual === Number(value.text)
        : actual === value.text;
  }
}
