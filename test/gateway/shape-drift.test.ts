/** What counts as drift, and how severe it is. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareLearned, type DriftChange } from '../../src/gateway/shape-drift.js';
import { ShapeLearner, type PayloadKind } from '../../src/gateway/field-shapes.js';
import type { JsonValue } from '../../src/gateway/payload.js';

const MESSAGE: PayloadKind = { op: 0, sender: 'gateway', event: 'MESSAGE_CREATE' };

function learner(payloads: readonly JsonValue[], kind: PayloadKind = MESSAGE): ShapeLearner {
  const result = new ShapeLearner();
  for (const d of payloads) result.add(kind, { d });
  return result;
}
const changes = (before: readonly JsonValue[], after: readonly JsonValue[]): string[] =>
  compareLearned(learner(before).kinds, learner(after).kinds).map(inShort);
const inShort = ({ severity, change, path }: DriftChange): string =>
  `${severity} ${change} ${path ?? ''}`.trim();

describe('drift of fields', () => {
  it.each<[string, JsonValue[], JsonValue[], string[]]>([
    ['nothing', [{ a: 1 }], [{ a: 2 }], []],
    ['a new field', [{ a: 1 }], [{ a: 1, b: { c: 1 } }], ['info added d.b']],
    ['a field that was always there', [{ a: 1, b: 1 }], [{ a: 1 }], ['error removed d.b']],
    ['a field that was sometimes there', [{ a: 1, b: 1 }, { a: 1 }], [{ a: 1 }], ['warn removed d.b']],
    ['another type', [{ a: 1 }], [{ a: '1' }], ['error type d.a']],
    ['one more type', [{ a: 1 }], [{ a: 1 }, { a: [] }], ['error type d.a']],
    ['null', [{ a: 1 }], [{ a: null }], ['warn type d.a']],
    ['a value where only null was known', [{ a: null }], [{ a: 1 }], ['info type d.a']],
    ['one type less', [{ a: 1 }, { a: null }], [{ a: 1 }], []],
    ['no longer always', [{ a: 1 }], [{ a: 1 }, {}], ['warn presence d.a']],
    ['always now', [{ a: 1 }, {}], [{ a: 1 }], ['info presence d.a']],
    ['elements', [{ a: [{ x: 1 }] }], [{ a: [{ x: 'y' }, { x: 1 }] }], ['error type d.a[].x']],
    ['an array that happens to be empty', [{ a: [{ x: 1 }] }], [{ a: [] }], []],
    ['an object that happens to be null', [{ a: { x: 1 } }, { a: null }], [{ a: null }], []],
    [
      'members of a map',
      [{ m: { '123456789012345678': 1 } }],
      [{ m: { '223456789012345678': 's' } }],
      ['error type d.m{}'],
    ],
    ['other ids', [{ m: { '123456789012345678': 1 } }], [{ m: { '223456789012345678': 1 } }], []],
  ])('%s', (_name, before, after, expected) => expect(changes(before, after)).toEqual(expected));

  it('names channel obfuscation, and blames no field of a channel for it', () => {
    const channel = {
      id: '5',
      type: 0,
      position: 1,
      flags: 0,
      name: 'a',
      topic: 'b',
      permission_overwrites: [],
    };
    const hidden = { ...channel, flags: 131072, name: '___hidden___', topic: null, nsfw: null };
    const named = ['info channel_obfuscation d.channels[]'];
    expect(changes([{ channels: [channel] }], [{ channels: [channel, hidden] }])).toEqual(named);
    expect(changes([{ channels: [channel] }], [{ channels: [hidden] }])).toEqual(named);
    expect(changes([{ channels: [channel, hidden] }], [{ channels: [channel] }])).toEqual(named);
    expect(changes([{ channels: [channel, hidden] }], [{ channels: [hidden, channel] }])).toEqual([]);
    expect(changes([channel], [hidden])).toEqual(['info channel_obfuscation d']);
    // Other changes keep their names, of obfuscated channels too.
    expect(
      changes(
        [{ channels: [channel, hidden] }],
        [
          {
            channels: [
              { ...channel, topic: 5 },
              { ...hidden, nsfw: 1 },
            ],
          },
        ],
      ),
    ).toEqual(['error type d.channels[].topic', 'info type d.channels[].nsfw']);
    expect(changes([{ user: { id: '5', flags: 0 } }], [{ user: { id: '5', flags: 131072 } }])).toEqual([]);
  });

  it('contains counts and types of both sides', () => {
    expect(compareLearned(learner([{ a: 1 }, { a: 1 }]).kinds, learner([{ a: 'x' }, {}, {}]).kinds)).toEqual([
      {
        severity: 'error',
        change: 'type',
        ...MESSAGE,
        path: 'd.a',
        before: { count: 2, types: ['number'], presence: 'always' },
        after: { count: 1, types: ['string'], presence: 'sometimes' },
      },
    ]);
  });

  it('folds both sides where one was folded', () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`key${i}`, 1]));
    expect(changes([{ m: { de: 1 } }], [{ m: many }])).toEqual([]);
    expect(changes([{ m: many }], [{ m: { de: 'x' } }])).toEqual(['error type d.m{}']);
  });

  it('is empty between a recording and itself', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue({ maxDepth: 3 }), { maxLength: 6 }), (values) => {
        expect(changes(values as JsonValue[], values as JsonValue[])).toEqual([]);
      }),
    );
  });
});

describe('drift of kinds', () => {
  const of = (...kinds: PayloadKind[]): ShapeLearner['kinds'] => {
    const result = new ShapeLearner();
    for (const kind of kinds) result.add(kind, {});
    return result.kinds;
  };
  const event = (name: string): PayloadKind => ({ ...MESSAGE, event: name });

  it('lists undocumented opcodes and events first', () => {
    const unknownOp: PayloadKind = { op: 99, sender: 'client', event: null };
    const found = compareLearned(
      of(MESSAGE, event('MADE_UP'), event('READY')),
      of(MESSAGE, event('MADE_UP'), event('NEW_ONE'), event('TYPING_START'), unknownOp),
    );
    expect(found.map((row) => [inShort(row), row.event ?? row.op])).toEqual([
      ['info unknown_event', 'MADE_UP'],
      ['warn unknown_event', 'NEW_ONE'],
      ['warn unknown_opcode', 99],
      ['info removed', 'READY'],
      ['info added', 'TYPING_START'],
    ]);
  });
});
