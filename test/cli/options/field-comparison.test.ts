/** Comparisons as people type them for --where. */
import { describe, expect, it } from 'vitest';
import { parseComparison } from '../../../src/cli/options/field-comparison.js';

describe('parseComparison', () => {
  it.each([
    ['d.author.bot=true', ['d', 'author', 'bot'], '=', 'boolean', 'true'],
    ['d.author.bot != false', ['d', 'author', 'bot'], '!=', 'boolean', 'false'],
    ['d.embeds[0].title~*sale*', ['d', 'embeds', 0, 'title'], '~', 'string', '*sale*'],
    ['d.embeds[-1]=null', ['d', 'embeds', -1], '=', 'null', 'null'],
    ['s>=10', ['s'], '>=', 'number', '10'],
    ['s<1.5e3', ['s'], '<', 'number', '1.5e3'],
    ['d["a.b"]["=\\""]=x', ['d', 'a.b', '="'], '=', 'string', 'x'],
    ['d.name_localizations.en-US="5"', ['d', 'name_localizations', 'en-US'], '=', 'string', '5'],
    ['d.content=', ['d', 'content'], '=', 'string', ''],
    ['d.content="=1"', ['d', 'content'], '=', 'string', '=1'],
    ['d.content=a = b', ['d', 'content'], '=', 'string', 'a = b'],
    [' d.content  =  x', ['d', 'content'], '=', 'string', 'x'],
  ])('reads %s', (text, path, operator, type, value) => {
    expect(parseComparison(text)).toEqual({ path, operator, value: { type, text: value } });
  });

  it.each([
    '',
    'd',
    '=1',
    'd.=1',
    'd..x=1',
    'd[x]=1',
    'd["x]=1',
    'd.x="open',
    'd.x<true',
    'd.x~null',
    'd x=1',
    // Operators of other languages, which would compare with a value that begins with a sign.
    'd.x==1',
    'd.x!==1',
    'd.x=~a*',
  ])('refuses %j', (text) => expect(parseComparison(text)).toBeNull());
});
