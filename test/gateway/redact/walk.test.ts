/** The walk finds what rules and keys mean, and changes nothing else of the text. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Holding } from '../../../src/gateway/redact/walk.js';
import { RedactionWalk } from '../../../src/gateway/redact/walk.js';
import { applySplices, type Splice } from '../../../src/wire/splices.js';
import { RedactionTree } from '../../../src/gateway/redact/tree.js';

const tree = new RedactionTree(new Set(['S', 'I', 'P'] as const));

function walk(text: string, op: number, event: string | null = null): string {
  const bytes = Buffer.from(text);
  const splices: Splice[] = [];
  const holdings: Holding[] = [];
  new RedactionWalk(
    bytes,
    tree,
    'gateway',
    { splices, holdings },
    (secret, what, isListed) => `<${secret} ${what}${isListed ? '!' : ''}>`,
  ).run(tree.rulesFor(op, event)?.root ?? null);
  for (const { start, end, text, what } of holdings) {
    splices.push({ start, end, text: JSON.stringify(text.replace('secret', `<${what}>`)) });
  }
  return Buffer.from(applySplices(bytes, splices)).toString();
}

describe('RedactionWalk', () => {
  it('masks by path', () => {
    expect(walk('{"op":6,"d":{"token":"a","session_id":"b","seq":3}}', 6)).toBe(
      '{"op":6,"d":{"token":"<a S!>","session_id":"<b S!>","seq":3}}',
    );
  });

  it('masks by key at any depth, and leaves the rest byte for byte', () => {
    expect(walk(' { "x" : [ { "access_token" : "a" , "n" : 1.0e2 } ] , "token" : "b" } ', 99)).toBe(
      ' { "x" : [ { "access_token" : "<a S>" , "n" : 1.0e2 } ] , "token" : "<b S>" } ',
    );
  });

  it('masks everything below a path: strings, numbers, ids as keys; null and empty strings stay', () => {
    expect(
      walk(
        '{"d":{"a":["x",{"b":-1.5e3,"c":true,"d":null,"e":""}],"123456789012345678":"y"}}',
        0,
        'REMOTE_COMMAND',
      ),
    ).toBe('{"d":{"a":["<x I!>",{"b":0,"c":true,"d":null,"e":""}],"<123456789012345678 I!>":"<y I!>"}}');
  });

  it('masks keys that look random below a secret, and leaves names', () => {
    expect(walk('{"secrets":{"a1b2c3d4e5f6a7b8":1,"name_of_a_field_2":1,"nameOfAFieldOfMine":1}}', 99)).toBe(
      '{"secrets":{"<a1b2c3d4e5f6a7b8 S!>":0,"name_of_a_field_2":0,"nameOfAFieldOfMine":0}}',
    );
  });

  it('masks booleans where they are personal', () => {
    expect(walk('{"d":{"user":{"mfa_enabled":true,"verified":false,"bot":true}}}', 0, 'READY')).toBe(
      '{"d":{"user":{"mfa_enabled":false,"verified":false,"bot":true}}}',
    );
  });

  it('leaves the values that a rule exempts', () => {
    expect(walk('{"d":{"properties":{"os":"linux","browser":"b","x":"y"}}}', 2)).toBe(
      '{"d":{"properties":{"os":"linux","browser":"b","x":"<y I!>"}}}',
    );
    expect(walk('{"d":{"continuation_token":"123"}}', 35)).toBe('{"d":{"continuation_token":"123"}}');
  });

  it('masks strings in an array under a secret key, and objects under it', () => {
    expect(walk('{"tokens":["a",["b"]],"secrets":{"join":"c","n":1}}', 99)).toBe(
      '{"tokens":["<a S>",["<b S>"]],"secrets":{"join":"<c S>","n":0}}',
    );
  });

  it('names a secret that is a list of its bytes, and masks its numbers', () => {
    const named: string[] = [];
    const run = (key: string): void => {
      const bytes = Buffer.from(JSON.stringify({ [key]: [...Buffer.from('secret-1')] }));
      const finds = { splices: [], holdings: [] };
      new RedactionWalk(bytes, tree, 'gateway', finds, (secret, what) => {
        named.push(`${secret} ${what}`);
        return '';
      }).run(null);
      expect(finds.splices).toHaveLength(8);
    };
    for (const key of ['token', 'email', 'nick']) run(key);
    expect(named).toEqual(['secret-1 S']);
  });

  it('masks fractions and what begins with a zero or a minus', () => {
    expect(walk('{"tokens":[0.5,-0.5,-7,9e9,10]}', 99)).toBe('{"tokens":[0,0,0,0,0]}');
  });

  it('reads keys and values behind escapes', () => {
    expect(walk(String.raw`{"tok\u0065n":"\u0061\"b"}`, 99)).toBe(String.raw`{"tok\u0065n":"<a\"b S>"}`);
  });

  it('hands URLs and base64 over, and splices them only where they change', () => {
    expect(walk('{"url":"x/secret","proxy_url":"same","icon_url":null,"x":{"$binary":"secret"}}', 99)).toBe(
      '{"url":"x/<url>","proxy_url":"same","icon_url":null,"x":{"$binary":"<base64>"}}',
    );
  });

  it('leaves application command options of that name', () => {
    const text = '{"d":{"data":{"options":[{"name":"token","type":3,"channel_types":["email"]}]}}}';
    expect(walk(text, 0, 'X')).toBe(text);
  });

  it('takes any JSON, and gives JSON of the same shape', () => {
    const shapeOf = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(shapeOf);
      if (typeof value !== 'object' || value === null) return typeof value;
      return Object.entries(value).map(([key, below]) => [key, shapeOf(below)]);
    };
    const key = fc.constantFrom('token', 'd', 'email', 'url', 'op', 'x', '__proto__');
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: 'small' },
        fc.jsonValue(),
        fc.array(tie('any')),
        fc.array(fc.tuple(key, tie('any'))).map((pairs) => Object.fromEntries(pairs) as object),
      ),
    })).any;
    fc.assert(
      fc.property(value, (before) => {
        const after = walk(JSON.stringify(before), 0, 'READY');
        expect(shapeOf(JSON.parse(after))).toEqual(shapeOf(JSON.parse(JSON.stringify(before))));
      }),
      { numRuns: 200 },
    );
  });
});
