import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  spliceMembers as splice,
  spliceMembersUnder,
  spliceObject,
  spliceSeq,
} from '../../src/replay/payload-splice.js';

const spliceMembers = (text: string, members: Record<string, string>): string =>
  splice(text, new Map(Object.entries(members)));

describe('spliceMembers', () => {
  it('changes the values in d and nothing else, formats and order included', () => {
    const text =
      '{ "t":"READY","s":1,"op":0, "d": {"a":0.0,"x": {"x":[1]} ,"big":12345678901234567890,"y":null} }';
    expect(spliceMembers(text, { x: '"new"', y: '[3,8]' })).toBe(
      '{ "t":"READY","s":1,"op":0, "d": {"a":0.0,"x": "new" ,"big":12345678901234567890,"y":[3,8]} }',
    );
  });

  it('inserts missing members first', () => {
    expect(spliceMembers('{"op":0,"d":{"a":1}}', { b: '2', c: '3' })).toBe(
      '{"op":0,"d":{"b":2,"c":3,"a":1}}',
    );
    expect(spliceMembers('{"op":0,"d":{ }}', { b: '2' })).toBe('{"op":0,"d":{"b":2 }}');
  });

  it.each(['{"op":0,"d":[1]}', '{"op":0}', 'garbage', '{"op":0,"d":null}'])('leaves %s as it is', (text) => {
    expect(spliceMembers(text, { a: '1' })).toBe(text);
  });

  it('agrees with parsing and changing the value, for any object', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.string(),
        fc.jsonValue(),
        (d, key, value) => {
          const text = JSON.stringify({ op: 0, d });
          const expected = { op: 0, d: JSON.parse(JSON.stringify({ ...d, [key]: value })) as unknown };
          expect(JSON.parse(spliceMembers(text, { [key]: JSON.stringify(value) }))).toEqual(expected);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('the other splices', () => {
  const members = new Map([['a', '2']]);

  it('reach into a member of d, the outermost object, and the sequence number', () => {
    expect(spliceMembersUnder('{"d":{"x":{"a":1.0}}}', 'x', members)).toBe('{"d":{"x":{"a":2}}}');
    expect(spliceObject(' {"b":1.0}', members)).toBe(' {"a":2,"b":1.0}');
    expect(spliceSeq('{"t":"A","s": 1,"op":0}', 7)).toBe('{"t":"A","s": 7,"op":0}');
  });

  it.each(['{"op":0,"d":{"x":1}}', '{"op":0,"d":{}}', '{"op":0,"d":null}', '{"op":0}', '[]', 'garbage'])(
    'leave %s as it is where it has no such place',
    (text) => {
      expect(spliceMembersUnder(text, 'x', members)).toBe(text);
      expect(spliceSeq(text, 7)).toBe(text);
    },
  );
});
