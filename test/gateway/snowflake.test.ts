import { describe, expect, it } from 'vitest';
import { isId, readSnowflakeMs } from '../../src/gateway/snowflake.js';

describe('snowflakes', () => {
  it('say when their object was made', () => {
    // The example of Discord Docs/Reference, "Snowflakes".
    expect(readSnowflakeMs('175928847299117063')).toBe(Date.parse('2016-04-30T11:18:25.796Z'));
    expect(readSnowflakeMs('10000000000000000')).toBe(Date.parse('2015-01-28T14:16:25.791Z'));
  });

  it.each([
    '',
    '12',
    '1785974400123000',
    '12345678901234567890',
    '17592884729911706x',
    '-175928847299117063',
  ])('are not %j, which has no moment', (text) => {
    expect(readSnowflakeMs(text)).toBeNull();
  });

  it('are distinguished from other keys where ids are expected', () => {
    const texts = [
      '123456789012345',
      '12345678901234567890',
      '12345678901234',
      '123456789012345678901',
      'id',
    ];
    expect(texts.filter(isId)).toEqual(['123456789012345', '12345678901234567890']);
  });
});
