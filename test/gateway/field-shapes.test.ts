import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ShapeLearner, kindKey, type FieldShape } from '../../src/gateway/field-shapes.js';
import { CHANNEL_OBFUSCATED } from '../../src/gateway/obfuscation.js';
import type { JsonValue } from '../../src/gateway/payload.js';

const KIND = { op: 0, sender: 'gateway', event: 'X' } as const;

function learned(...payloads: JsonValue[]): FieldShape {
  const learner = new ShapeLearner();
  for (const payload of payloads) learner.add(KIND, payload);
  return learner.kinds.get(kindKey(KIND))!.shape;
}

/** A shape in short: types, count and members. */
const inShort = (shape: FieldShape): unknown => [
  [...shape.types].sort().join('|'),
  shape.count,
  Object.fromEntries([...shape.members].map(([key, member]) => [key, inShort(member)])),
];

describe('shapes', () => {
  it('know types and counts of every field, and of what arrays hold', () => {
    expect(
      inShort(learned({ d: { a: 1, list: [{ b: 'x' }, null] } }, { d: { a: null, list: [] } }, { d: null })),
    ).toEqual([
      'object',
      3,
      {
        d: [
          'null|object',
          3,
          {
            a: ['null|number', 2, {}],
            list: ['array', 2, { '[]': ['null|object', 2, { b: ['string', 1, {}] }] }],
          },
        ],
      },
    ]);
  });

  it('fold what is keyed by ids', () => {
    expect(
      inShort(
        learned({ users: { '123456789012345678': { n: 1 }, '223456789012345678': { n: 2 } }, '12': 0 }),
      ),
    ).toEqual([
      'object',
      1,
      { '12': ['number', 1, {}], users: ['object', 1, { '{}': ['object', 2, { n: ['number', 2, {}] }] }] },
    ]);
  });

  it('fold objects of very many keys, and stay small', () => {
    const payloads = Array.from({ length: 50 }, (_, i) =>
      Object.fromEntries(Array.from({ length: 50 }, (_value, j) => [`key${i * 50 + j}`, { n: i }])),
    );
    expect(inShort(learned(...payloads))).toEqual([
      'object',
      50,
      { '{}': ['object', 2500, { n: ['number', 2500, {}] }] },
    ]);
  });

  it('distinguish kinds up to a limit', () => {
    const learner = new ShapeLearner();
    for (let i = 0; i < 6000; i++) learner.add({ ...KIND, event: `MADE_UP_${i}` }, {});
    learner.add({ ...KIND, sender: 'client', event: 'MADE_UP_1' }, {});
    expect(learner.kinds.size).toBe(5000);
    expect(learner.payloadCount).toBe(6001);
  });

  it('distinguish fields up to a limit, of all kinds together', () => {
    const learner = new ShapeLearner();
    const keys = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`key${i}`, 1]));
    const learnKind = (event: string, payload: JsonValue): readonly string[] => {
      learner.add({ ...KIND, event }, payload);
      return [...learner.kinds.get(kindKey({ ...KIND, event }))!.shape.members.keys()];
    };
    for (let i = 1; i < 500; i++) learnKind(`MADE_UP_${i}`, keys);
    expect(learnKind('LAST', keys)).toEqual(Object.keys(keys));
    expect(learnKind('TOO_MANY', { a: 1, b: 2 })).toEqual(['{}']);
  });

  it('are the same for any order of the payloads, whatever the JSON', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue({ maxDepth: 4 }), { minLength: 1, maxLength: 8 }), (values) => {
        const payloads = values as JsonValue[];
        const sorted = (shape: FieldShape): unknown => [
          [...shape.types].sort(),
          shape.count,
          [...shape.members]
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, member]) => [key, sorted(member)]),
        ];
        expect(sorted(learned(...payloads))).toEqual(sorted(learned(...payloads.toReversed())));
      }),
    );
  });
});

describe('one shape added to another', () => {
  const idKeyed = { '123456789012345678': { n: 1 } };

  it('has what was learned of both, as if it had been learned at once', () => {
    const payload = fc.letrec<{ any: JsonValue }>((tie) => ({
      any: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom<JsonValue>(1, 'x', null, true),
        fc.array(tie('any'), { maxLength: 2 }),
        fc.dictionary(fc.constantFrom('a', 'b', '123456789012345678', '223456789012345678'), tie('any')),
      ),
    })).any;
    fc.assert(
      fc.property(fc.array(payload, { minLength: 1, maxLength: 3 }), payload, (first, second) => {
        const merged = learned(...first);
        merged.merge(learned(second));
        expect(inShort(merged)).toEqual(inShort(learned(...first, second)));
      }),
    );
  });

  it('is a map if either is one', () => {
    const [one, other] = [learned({ a: 1, b: 'x' }), learned(idKeyed)];
    other.fold();
    one.merge(other);
    expect([one.isMap, [...one.members.keys()], one.members.get('{}')?.count]).toEqual([true, ['{}'], 3]);
    const folded = learned({ a: [1] });
    folded.fold();
    folded.merge(learned({ c: null }));
    expect([...(folded.members.get('{}')?.types ?? [])].sort()).toEqual(['array', 'null']);
  });

  it('keeps elements and obfuscated channels apart', () => {
    const list = learned([1]);
    list.fold();
    list.merge(learned(['x']));
    expect([...list.members.keys()]).toEqual(['[]']);
    const hidden = { channels: [{ id: '1', type: 0, position: 0, flags: CHANNEL_OBFUSCATED }] };
    const shape = learned({ channels: [{ id: '1', type: 0 }] });
    shape.merge(learned(hidden));
    shape.merge(learned(hidden));
    const channel = shape.members.get('channels')?.members.get('[]');
    expect([channel?.objectCount, channel?.obfuscated?.count]).toEqual([1, 2]);
  });

  it('of nothing but an empty list is empty when it is folded', () => {
    const empty = learned({});
    empty.fold();
    expect([empty.isMap, empty.members.size]).toEqual([true, 0]);
  });
});

it('fields below the deepest level are not distinguished', () => {
  let deep: JsonValue = { end: 1 };
  for (let level = 0; level < 70; level += 1) deep = { deeper: deep };
  let shape = learned(deep);
  let levels = 0;
  for (let next = shape.members.get('deeper'); next !== undefined; next = shape.members.get('deeper')) {
    shape = next;
    levels += 1;
  }
  expect([levels, shape.members.size]).toEqual([64, 0]);
});
