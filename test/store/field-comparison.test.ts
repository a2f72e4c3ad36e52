/** What payloads say, judged by JavaScript's own reading of the same payloads. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FieldComparison, FieldValue } from '../../src/store/field-comparison.js';
import type { FieldOperator } from '../../src/store/query-words.js';
import type { FrameFilter } from '../../src/store/filter.js';
import type { CaptureReader } from '../../src/store/reader.js';
import { bareFrame, frame, opened } from '../support/capture/records.js';
import { readerOf } from '../support/stores.js';

const readerOver = (payloads: readonly (object | null)[]): CaptureReader =>
  readerOf([
    opened(),
    ...payloads.map((payload, index) =>
      payload === null
        ? bareFrame({ frameNo: index + 1, status: 'control' })
        : frame({
            frameNo: index + 1,
            event: 't' in payload ? String(payload.t) : 'MESSAGE_CREATE',
            body: Buffer.from(JSON.stringify(payload)),
          }),
    ),
  ]);
const ids = (reader: CaptureReader, filter: FrameFilter): number[] =>
  [...reader.frames(filter)].map(({ id }) => id);
const field = (
  path: readonly (string | number)[],
  operator: FieldOperator,
  type: FieldValue['type'],
  text: string,
): FrameFilter => ({ where: [{ path, operator, value: { type, text } }] });

describe('comparisons of a field', () => {
  const reader = (): CaptureReader =>
    readerOver([
      { d: { bot: true, n: 5, id: '900719925474099301', embeds: [{ title: 'Sale' }] } },
      { d: { bot: false, n: 7.5, id: '900719925474099302', embeds: [] } },
      { d: { bot: 1, n: null, id: 9, 'odd "key"': 'x', embeds: [{}, { title: 'end' }] } },
      { d: { n: '5', id: 'true' } },
      null,
    ]);

  it.each<[string, FrameFilter, number[]]>([
    ['true is no 1', field(['d', 'bot'], '=', 'boolean', 'true'), [1]],
    ['1 is no true', field(['d', 'bot'], '=', 'number', '1'), [3]],
    ['what is not there is not equal', field(['d', 'bot'], '!=', 'boolean', 'true'), [2, 3, 4]],
    ['a number is text with its digits too', field(['d', 'n'], '=', 'number', '5'), [1, 4]],
    ['a string is no number', field(['d', 'n'], '=', 'string', '5'), [4]],
    ['null is what is not there, too', field(['d', 'n'], '=', 'null', 'null'), [3]],
    ['null of something missing', field(['d', 'nothing'], '=', 'null', 'null'), [1, 2, 3, 4]],
    ['ids beyond 2^53 to the last digit', field(['d', 'id'], '>', 'number', '900719925474099301'), [2]],
    ['ids of any length by their value', field(['d', 'id'], '<=', 'number', '900719925474099301'), [1, 3]],
    ['fractions', field(['d', 'n'], '>=', 'number', '7.5'), [2]],
    ['text by its order', field(['d', 'id'], '>', 'string', 'a'), [4]],
    ['globs', field(['d', 'id'], '~', 'string', '9*1'), [1]],
    ['an element of an array', field(['d', 'embeds', 0, 'title'], '=', 'string', 'Sale'), [1]],
    ['the last element', field(['d', 'embeds', -1, 'title'], '=', 'string', 'end'), [3]],
    ['a key in need of quotes', field(['d', 'odd "key"'], '=', 'string', 'x'), [3]],
  ])('%s', (_name, filter, expected) => expect(ids(reader(), filter)).toEqual(expected));

  it('hold together with each other and with the rest of the filter', () => {
    const both: FieldComparison[] = [
      { path: ['d', 'n'], operator: '!=', value: { type: 'null', text: 'null' } },
      { path: ['d', 'bot'], operator: '!=', value: { type: 'boolean', text: 'true' } },
    ];
    expect(ids(reader(), { where: both })).toEqual([2, 4]);
    expect(ids(reader(), { where: both, limit: 1 })).toEqual([4]);
    expect(ids(reader(), { where: both, event: 'NONE' })).toEqual([]);
  });

  it('take any path and any value without becoming part of the SQL', () => {
    const frames = reader();
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.integer({ min: -9, max: 9 })), { minLength: 1, maxLength: 3 }),
        fc.constantFrom<FieldOperator>('=', '!=', '<', '>', '~'),
        fc.constantFrom<FieldValue['type']>('number', 'string'),
        fc.string(),
        (path, operator, type, text) => {
          expect(ids(frames, field(['none', ...path], operator, type, text))).toEqual(
            operator === '!=' ? [1, 2, 3, 4] : [],
          );
        },
      ),
    );
  });
});

describe('text', () => {
  it('is found as JavaScript finds it, but for the case of ASCII letters', () => {
    const texts = ['50 %', '50 percent', 'a_b', 'aXb', 'back\\slash', "it's", 'ÄÖ', 'äö', ''];
    const payloads = texts.map((content) => ({ d: { content } }));
    const reader = readerOver(payloads);
    const spellings = (payload: unknown): string[] => [
      JSON.stringify(payload),
      JSON.stringify(payload).replaceAll('\\\\', '\\'),
    ];
    const lower = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(...texts), fc.string({ maxLength: 3 })), (text) => {
        fc.pre(!text.includes('\0'));
        const expected = payloads.flatMap((payload, index) =>
          spellings(payload).some((json) => lower(json).includes(lower(text))) ? [index + 1] : [],
        );
        expect(ids(reader, { text })).toEqual(expected);
      }),
    );
  });
});

describe('guild, channel and user', () => {
  it('are what the payload is about, as in frame_view', () => {
    const reader = readerOver([
      {
        t: 'MESSAGE_CREATE',
        d: { guild_id: '7', channel_id: '8', author: { id: '9' }, content: '7 8 9 10' },
      },
      { t: 'GUILD_CREATE', d: { id: '7' } },
      { t: 'MESSAGE_DELETE', d: { id: '7', channel_id: '80' } },
      { t: 'THREAD_UPDATE', d: { id: '8', guild_id: '70' } },
      { t: 'PRESENCE_UPDATE', d: { user: { id: '9' }, guild_id: 7 } },
      { t: 'INTERACTION_CREATE', d: { member: { user: { id: '10' } } } },
      { t: 'TYPING_START', d: { user_id: '10', channel_id: '8' } },
      null,
    ]);
    expect(ids(reader, { guild: '7' })).toEqual([1, 2, 5]);
    expect(ids(reader, { channel: '8' })).toEqual([1, 4, 7]);
    expect(ids(reader, { user: '9' })).toEqual([1, 5]);
    expect(ids(reader, { user: '10' })).toEqual([6, 7]);
    expect(ids(reader, { user: '10', channel: '8', limit: 5 })).toEqual([7]);
    expect(ids(reader, { guild: "7' OR 1=1 --" })).toEqual([]);
  });
});
