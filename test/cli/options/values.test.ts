/** Times, opcodes, ids and speeds as people type them. */
import type { Option } from 'commander';
import { SNOWFLAKE } from '../../../src/config/kinds.js';
import { describe, expect, it } from 'vitest';
import { parseTime } from '../../../src/filter/quantities.js';
import { requireKind, text as textKind } from '../../../src/config/kinds.js';
import {
  choiceOption,
  COUNT,
  each,
  ID,
  NUMBER,
  PACE,
  STATUSES,
  typed,
} from '../../../src/cli/options/values.js';

const NOW = 1_785_974_400_000_000; // 2026-08-06T00:00:00Z

describe('ID, SNOWFLAKE and COUNT', () => {
  it.each([
    ['1', 1],
    ['latest', 'latest'],
    ['0', null],
    ['-1', null],
    ['1.0', null],
    ['Latest', null],
    ['9007199254740993', null],
    ['99999999999999999999', null],
  ])('reads the id %j as %j', (text, id) => expect(ID.read(text) ?? null).toBe(id));

  it('accepts Discord ids by their digits, and keeps them as text', () => {
    const texts = ['1400000000000000001', 'abc', 'latest', '-1', ''];
    expect(texts.map((text) => SNOWFLAKE.read(text))).toEqual([
      '1400000000000000001',
      ...[undefined, undefined, undefined, undefined],
    ]);
  });

  it('refuses "latest" as a limit', () => {
    expect(COUNT.read('10')).toBe(10);
    expect(COUNT.read('latest')).toBeUndefined();
  });
});

describe('PACE', () => {
  it.each([
    ['1', 1],
    ['0.5', 0.5],
    ['10x', 10],
    ['max', 'max'],
    ['0', null],
    ['-1', null],
    ['fast', null],
    ['9'.repeat(400), null],
  ])('reads %s as %s', (text, speed) => expect(PACE.read(text) ?? null).toBe(speed));
});

describe('flags', () => {
  const read = (flag: Option, text: string): unknown => (flag.parseArg as (text: string) => unknown)(text);

  it('name themselves and what they expected', () => {
    const flag = typed(
      '--since <time>',
      'only since',
      textKind('a time', (given) => parseTime(given, NOW)),
    );
    expect(read(flag, 'now')).toBe(NOW);
    expect(() => read(flag, 'soon')).toThrow('--since is "soon"');
    expect(flag.description).toBe('only since: a time');
    expect(() => requireKind('ID', 'x', ID)).toThrow('ID is "x"');
  });

  it('suggest the word that was meant', () => {
    const flag = choiceOption('--format <form>', 'form', ['table', 'json']);
    expect(read(flag, 'json')).toBe('json');
    expect(() => read(flag, 'jsno')).toThrow(expect.objectContaining({ hint: 'did you mean json?' }));
    expect(() => read(flag, 'xml')).toThrow(expect.objectContaining({ hint: 'expected table or json' }));
  });
});

describe('NUMBER', () => {
  it.each([
    ['0', 0],
    ['12', 12],
    ['-1', null],
    ['-0', null],
    ['1.5', null],
    ['', null],
  ])('reads %j as %j', (text, number) => expect(NUMBER.read(text) ?? null).toBe(number));
});

describe('STATUSES', () => {
  it.each([
    ['404', [{ from: 404, to: 404 }]],
    [
      '5XX, 404',
      [
        { from: 500, to: 599 },
        { from: 404, to: 404 },
      ],
    ],
    ['none,2xx', [null, { from: 200, to: 299 }]],
    ['', null],
    ['404,', null],
    ['40x', null],
    ['0xx', null],
    ['1000', null],
    ['nein', null],
  ])('reads %j as %j', (text, statuses) => expect(STATUSES.read(text) ?? null).toEqual(statuses));
});

describe('each', () => {
  it('collects the values of a repeated flag', () => {
    const option = each('--shard <n>', 'shards', NUMBER);
    const parse = option.parseArg as (text: string, before?: number[]) => unknown;
    expect(parse('2', [1])).toEqual([1, 2]);
    expect(parse('1')).toEqual([1]);
    expect(() => parse('x')).toThrow('--shard is "x"');
  });
});
