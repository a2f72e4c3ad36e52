/** Arbitrary frames for filters, in which what filterArb (filters.ts) looks for occurs now and then. */
import fc from 'fast-check';
import type { FilterFrame } from '../../src/filter/evaluate.js';
import { TEXTS } from './filters.js';

export const FIRST_US = 1_785_974_400_000_000;

const idArb = fc.constantFrom<unknown>('80000000000000001', '80000000000000002', '7', 7, true, ['7'], null);
const textArb = fc.oneof(
  fc.constantFrom(...TEXTS, 'deployed', 'Deploy DONE', 'müller', '5', '5.5', 'true'),
  fc.string({ maxLength: 6, unit: 'grapheme' }).map((text) => text.replace(/[\ud800-\udfff\0]/g, '')),
);
const scalarArb = fc.oneof(textArb, idArb, fc.constantFrom<unknown>(5, -1, 5.5, 0, true, false, null));
const embedArb = fc.record(
  { title: scalarArb, fields: fc.array(fc.record({ name: scalarArb }), { maxLength: 2 }) },
  { requiredKeys: [] },
);
const dataArb = fc.oneof(
  { weight: 1, arbitrary: scalarArb },
  {
    weight: 6,
    arbitrary: fc.record(
      {
        content: scalarArb,
        author: fc.oneof(
          fc.record({ id: idArb, bot: fc.constantFrom<unknown>(true, false, 'true', 1) }),
          scalarArb,
        ),
        embeds: fc.oneof(fc.array(embedArb, { maxLength: 2 }), embedArb),
        roles: fc.array(fc.oneof(scalarArb, fc.array(scalarArb, { maxLength: 2 })), { maxLength: 3 }),
        'a "key"': scalarArb,
        nested: fc.array(fc.array(scalarArb, { maxLength: 2 }), { maxLength: 2 }),
        guild_id: idArb,
        channel_id: idArb,
        user_id: idArb,
        id: idArb,
        member: fc.record({ user: fc.record({ id: idArb }) }),
      },
      { requiredKeys: [] },
    ),
  },
);

/** JSON of a payload, with some characters as escapes that JSON.stringify would not use. */
function spell(payload: unknown, escaped: readonly string[]): string {
  return JSON.stringify(payload).replace(/[^\\"{}[\],:\s]/gu, (char) =>
    escaped.includes(char) && !/[\dtrufalsen.-]/.test(char)
      ? char
          .split('')
          .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
          .join('')
      : char,
  );
}

/** A frame apart from its place. */
export type FrameContent = Omit<
  FilterFrame,
  'id' | 'atUs' | 'captureId' | 'connectionId' | 'service' | 'sessionId' | 'shardId'
>;

const payloadArb: fc.Arbitrary<FrameContent> = fc
  .record({
    op: fc.constantFrom(0, 0, 0, 1, 11, 31_337),
    event: fc.constantFrom('READY', 'MESSAGE_CREATE', 'GUILD_CREATE', 'CHANNEL_UPDATE', 'A B', 'X*'),
    seq: fc.option(fc.nat({ max: 5 })),
    data: dataArb,
    escaped: fc.subarray(['ü', 'd', 'D', '😀', 'K', 'o', '/']),
    sender: fc.constantFrom('client' as const, 'gateway' as const),
    kind: fc.constantFrom('text' as const, 'binary' as const),
    wireBytes: fc.nat({ max: 1_100 }),
  })
  .map(({ op, event, seq, data, escaped, ...rest }) => {
    const name = op === 0 ? event : null;
    const payloadText = spell({ t: name, s: seq, op, d: data }, escaped).replace(/\\u0064":/g, 'd":');
    const payloadBytes = Buffer.byteLength(payloadText);
    return { ...rest, op, event: name, seq, status: 'ok', payloadBytes, closeCode: null, payloadText };
  });

const bareArb: fc.Arbitrary<FrameContent> = fc
  .record({
    what: fc.constantFrom(
      { status: 'control', kind: 'ping' } as const,
      { status: 'control', kind: 'close' } as const,
      { status: 'partial', kind: 'text' } as const,
      { status: 'not_json', kind: 'text' } as const,
    ),
    code: fc.constantFrom(1000, 4004, 4014, null),
    sender: fc.constantFrom('client' as const, 'gateway' as const),
    wireBytes: fc.nat({ max: 1_100 }),
  })
  .map(({ what, code, ...rest }) => ({
    ...rest,
    ...what,
    op: null,
    event: null,
    seq: null,
    payloadBytes: null,
    closeCode: what.kind === 'close' ? code : null,
    payloadText: null,
  }));

/** What frames can hold. */
export const contentArb: fc.Arbitrary<FrameContent> = fc.oneof(
  { weight: 4, arbitrary: payloadArb },
  { weight: 1, arbitrary: bareArb },
);
