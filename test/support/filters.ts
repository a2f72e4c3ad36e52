/** Arbitrary filters for properties: trees that the parser can make, over values that occur in recordings. */
import fc from 'fast-check';
import { FRAME_STATUSES } from '../../src/capture/columns.js';
import { KEYS, type KeyName } from '../../src/filter/keys.js';
import { allOf, anyOf, exclude, type Filter, type FilterValue } from '../../src/filter/nodes.js';
import { FRAME_KINDS } from '../../src/wire/frame.js';

const is = (text: string, isQuoted = false): FilterValue => ({ type: 'is', text, isQuoted });
const glob = (text: string): FilterValue => ({ type: 'glob', text });
const operatorArb = fc.constantFrom('<', '<=', '>', '>=');

/** Values of a key that is about numbers, with ranges. */
function numbersArb(texts: fc.Arbitrary<string>): fc.Arbitrary<FilterValue> {
  return fc.oneof(
    { weight: 3, arbitrary: texts.map((text) => is(text)) },
    fc.tuple(operatorArb, texts).map(([operator, text]): FilterValue => ({
      type: 'compare',
      operator,
      text,
      isQuoted: false,
    })),
    fc.tuple(texts, texts).map(([low, high]): FilterValue => ({ type: 'between', low, high })),
  );
}

const words = (known: readonly string[]): fc.Arbitrary<FilterValue> =>
  fc.oneof(
    fc.constantFrom(...known).map((word) => is(word)),
    fc.constant(glob('*t*')),
  );
const ids = numbersArb(fc.constantFrom('1', '2', '3', '4', 'latest'));
const snowflakes = fc.constantFrom('80000000000000001', '80000000000000002', '7').map((text) => is(text));
const small = numbersArb(fc.nat({ max: 4 }).map(String));
const sizes = numbersArb(fc.constantFrom('0', '40', '100B', '0.1kB', '1KiB'));

const VALUES: Readonly<Record<Exclude<KeyName, 'since' | 'until'>, fc.Arbitrary<FilterValue>>> = {
  op: fc.oneof(
    numbersArb(fc.constantFrom('0', '1', '11', 'DISPATCH', 'heartbeat', '31337')),
    fc.constant(glob('HEARTBEAT*')),
  ),
  event: fc.oneof(
    fc.constantFrom('READY', 'message_create', 'X*').map((text) => is(text, true)),
    fc.constantFrom('READY', 'message_create', 'NEVER').map((text) => is(text)),
    fc.constantFrom('MESSAGE_*', '*_create', 'R?ADY', '[A-M]*', 'REA[^X]Y', '*]*', 'a b*').map(glob),
  ),
  sender: words(['client', 'gateway']),
  kind: words(FRAME_KINDS),
  status: words(FRAME_STATUSES),
  service: words(['gateway', 'fluxer', 'remote-auth', 'lavalink']),
  connection: ids,
  session: ids,
  capture: ids,
  id: numbersArb(fc.nat({ max: 60 }).map(String)),
  shard: small,
  seq: small,
  guild: snowflakes,
  channel: snowflakes,
  user: snowflakes,
  size: sizes,
  wire: sizes,
  close: numbersArb(fc.constantFrom('1000', '4004', '4014', '65535')),
};

/** Texts that occur in payloads, or nearly. */
export const TEXTS: readonly string[] = [
  'deploy',
  'DEPLOY done',
  'ü',
  'Ü',
  '"op":0',
  'say "hi"',
  '\\',
  '\\u00fc',
  '\n',
  '100%',
  '_',
  ':',
  '-1',
  'or',
  '😀',
  'a/b',
  'K',
];

/** Paths into payloads; each exists in some. */
export const PATHS: readonly (readonly (string | number)[])[] = [
  ['d'],
  ['s'],
  ['t'],
  ['d', 'content'],
  ['d', 'author', 'bot'],
  ['d', 'author', 'id'],
  ['d', 'embeds'],
  ['d', 'embeds', 'title'],
  ['d', 'embeds', 0, 'title'],
  ['d', 'embeds', -1, 'fields', 'name'],
  ['d', 'roles'],
  ['d', 'roles', 1],
  ['d', 'a "key"'],
  ['d', 'nested'],
];

const fieldValueArb: fc.Arbitrary<FilterValue> = fc.oneof(
  fc.constant<FilterValue>({ type: 'any' }),
  fc
    .constantFrom('true', 'false', 'null', '5', '-1', '5.5', 'deploy', '80000000000000001', '')
    .chain((text) => fc.boolean().map((isQuoted) => is(text, isQuoted || text === ''))),
  fc.constantFrom(...TEXTS).map((text) => is(text, true)),
  fc.constantFrom('*', 'deploy*', '*DONE', '[0-9]*', 'a b', '5*', '').map(glob),
  fc
    .tuple(operatorArb, fc.constantFrom('5', '-1', 'deploy', '80000000000000001', '1.5'), fc.boolean())
    .map(([operator, text, isQuoted]): FilterValue => ({ type: 'compare', operator, text, isQuoted })),
  fc.constantFrom<FilterValue>(
    { type: 'between', low: '1', high: '5.5' },
    { type: 'between', low: '80000000000000001', high: '80000000000000002' },
  ),
);

function valuesArb(
  value: fc.Arbitrary<FilterValue>,
): fc.Arbitrary<{ include: FilterValue[]; exclude: FilterValue[] }> {
  return fc
    .record({
      include: fc.array(value, { maxLength: 3 }),
      exclude: fc.array(value, { maxLength: 2 }),
    })
    .filter(({ include, exclude: excluded }) => include.length + excluded.length > 0);
}

const keyArb: fc.Arbitrary<Filter> = fc
  .constantFrom(...(Object.keys(VALUES) as (keyof typeof VALUES)[]))
  .chain((key) =>
    valuesArb(fc.oneof({ weight: 6, arbitrary: VALUES[key] }, fc.constant<FilterValue>({ type: 'any' }))).map(
      (values) => ({ type: 'key', key, ...values }),
    ),
  );

const timeArb: fc.Arbitrary<Filter> = fc
  .tuple(fc.constantFrom('since' as const, 'until' as const), fc.nat({ max: 120 }))
  .map(([key, seconds]) => ({
    type: 'key',
    key,
    include: [is(String(1_785_974_400_000_000 + seconds * 1_000_000))],
    exclude: [],
  }));

const fieldArb: fc.Arbitrary<Filter> = fc
  .tuple(fc.constantFrom(...PATHS), valuesArb(fieldValueArb))
  .map(([path, values]) => ({ type: 'field', path, ...values }));

const textArb: fc.Arbitrary<Filter> = fc.constantFrom(...TEXTS).map((text) => ({ type: 'text', text }));

const patternArb: fc.Arbitrary<Filter> = fc
  .tuple(
    fc.constantFrom(
      'deploy(ed)?',
      '"content":"[^"]*ü',
      '^\\{"op":1\\b',
      '[0-9]{5,}',
      '\\/',
      '[/]b',
      'ü',
      '\\\\u00fc',
    ),
    fc.subarray(['i', 'm', 's']),
  )
  .map(([source, flags]) => ({ type: 'pattern', source, flags: flags.join('') }));

/** Filters of any form. */
export const { filter: filterArb } = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { depthSize: 'small' },
    { weight: 4, arbitrary: keyArb },
    { weight: 1, arbitrary: timeArb },
    { weight: 3, arbitrary: fieldArb },
    { weight: 2, arbitrary: textArb },
    { weight: 1, arbitrary: patternArb },
    { weight: 2, arbitrary: fc.array(tie('filter'), { maxLength: 3 }).map(allOf) },
    { weight: 2, arbitrary: fc.array(tie('filter'), { minLength: 1, maxLength: 3 }).map(anyOf) },
    { weight: 2, arbitrary: tie('filter').map(exclude) },
  ),
}));

/** Names of all keys that have arbitrary values here. */
export const COVERED_KEYS: readonly string[] = [...Object.keys(VALUES), 'since', 'until'];

/** Whether every key of the language is among them. */
export const isComplete = Object.keys(KEYS).every((key) => COVERED_KEYS.includes(key));
