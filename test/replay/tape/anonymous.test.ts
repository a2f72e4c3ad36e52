import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../src/gateway/payload.js';
import { anonymise, type Privacy } from '../../../src/replay/tape/anonymous.js';
import { WRITTEN_KEYS } from '../../../src/gateway/redact/rules.js';
import { findLeaks } from '../../../src/replay/tape/leaks.js';
import type { RecordedExchange, Recording } from '../../../src/replay/recording.js';
import { formatTape, parseTape } from '../../../src/replay/tape/tape.js';
import { LEAKS } from '../../support/leaks.js';
import { call, dispatch, readySession, resume } from '../../support/capture/steps.js';

const PRIVATE: Privacy = { people: 'pseudonymise', content: 'mask' };
const AS_IT_IS: Privacy = { people: 'keep', content: 'keep' };
const demo = parseTape(readFileSync(new URL('../../../tapes/demo.tape.ndjson', import.meta.url), 'utf8'));
const digest = (text: string): Uint8Array => createHmac('sha256', 'a key').update(text).digest();
const veiled = (recording: Recording, privacy = PRIVATE): Recording => anonymise(recording, privacy, digest);

/** `d` of a dispatch after it went through. */
function after(event: string, d: JsonValue, privacy = PRIVATE): JsonObject {
  const step = veiled(readySession(dispatch(30, 2, event, d)), privacy).steps.at(-1)!;
  return (step.type === 'payload' ? step.payload.d : null) as JsonObject;
}

describe('anonymised', () => {
  const MESSAGE = {
    id: '1235523679027200001',
    content: 'hello <@123456789012345678>, I am Alice',
    author: { id: '123456789012345678', username: 'alice', global_name: 'Alice', discriminator: '0' },
    mentions: [{ id: '123456789012345678', username: 'alice', avatar: '0123456789abcdef0123456789abcdef' }],
    embeds: [{ title: 'T1', fields: [{ name: 'n', value: 'v' }], url: 'https://example.com/page' }],
  };

  it('gives one person one pseudonym, and masks what was written', () => {
    const { author, content, mentions, embeds } = after(
      'MESSAGE_CREATE',
      MESSAGE,
    ) as unknown as typeof MESSAGE;
    expect(author.id).not.toBe(MESSAGE.author.id);
    expect(BigInt(author.id) >> 22n).toBe(BigInt(MESSAGE.author.id) >> 22n);
    expect(content).toBe(`xxxxx <@${author.id}>, x xx xxxxx`);
    expect(author).toMatchObject({ username: mentions[0]!.username, discriminator: '0' });
    expect(mentions[0]!.id).toBe(author.id);
    expect(mentions[0]!.avatar).toMatch(/^(?!0123)[0-9a-f]{32}$/);
    expect(embeds).toEqual([
      { title: 'xx', fields: [{ name: 'x', value: 'x' }], url: 'https://example.com/page' },
    ]);
    expect(JSON.stringify(author)).not.toMatch(/alice/i);
  });

  it('leaves an obfuscated channel as the gateway sent it, and masks a real one of its name', () => {
    const hidden = {
      id: '5',
      type: 0,
      position: 1,
      flags: 131072,
      name: '___hidden___',
      topic: '___hidden___',
    };
    const { channels } = after('GUILD_CREATE', {
      channels: [
        hidden,
        { ...hidden, flags: 0 },
        { flags: 131072, topic: '___hidden___', x: [{ topic: '___hidden___' }] },
      ],
    });
    expect(channels).toEqual([
      hidden,
      { ...hidden, flags: 0, topic: '___xxxxxx___' },
      { flags: 131072, topic: '___xxxxxx___', x: [{ topic: '___xxxxxx___' }] },
    ]);
    expect(after('CHANNEL_UPDATE', hidden)).toEqual(hidden);
  });

  it('masks what the table of secrets says that people write', () => {
    for (const path of WRITTEN_KEYS.filter((key) => !/url$|^components?\.values$/.test(key))) {
      const [key = '', within] = path.split('.').reverse();
      const d = within === undefined ? { [key]: 'a word' } : { [within]: [{ [key]: 'a word' }] };
      expect(JSON.stringify(after('SOMETHING', d)), path).toBe(JSON.stringify(d).replace('a word', 'x xxxx'));
    }
  });

  it('keeps people and content on request', () => {
    expect(after('MESSAGE_CREATE', MESSAGE, AS_IT_IS)).toEqual(MESSAGE);
  });

  it('keeps what programs look things up by', () => {
    const d = {
      name: 'general',
      permissions: '144115188075855871',
      features: ['COMMUNITY'],
      data: { name: 'ping', custom_id: 'page:2' },
      big: 0.5,
    };
    expect(after('CHANNEL_CREATE', d)).toEqual(d);
  });

  it('knows ids as keys, as numbers and in stream keys', () => {
    const id = '123456789012345678';
    const d = after('X', { users: { [id]: 1 }, stream_key: `guild:${id}:${id}:${id}`, id });
    const other = d['id'] as string;
    expect(other).not.toBe(id);
    expect(d).toEqual({ users: { [other]: 1 }, stream_key: `guild:${other}:${other}:${other}`, id: other });
    const step = { ...dispatch(1, 2, 'X'), text: `{"op":0,"t":"X","s":2,"d":{"id":${id},"x":1.0}}` };
    expect(veiled(readySession(step)).steps.at(-1)).toMatchObject({
      text: `{"op":0,"t":"X","s":2,"d":{"id":${other},"x":1.0}}`,
    });
  });

  it('masks a session id alike in READY and RESUME, and in a close', () => {
    const secret = 'recorded-session';
    const close = { type: 'close', connection: 1, atUs: 90, sender: 'gateway', code: 4000 } as const;
    const { steps } = veiled(readySession(resume(80, 1, 1), { ...close, reason: `no ${secret}` }), AS_IT_IS);
    const placeholders = steps.map((step) =>
      step.type === 'close' ? step.reason.slice(3) : (step.payload.d as JsonObject)['session_id'],
    );
    expect(placeholders.slice(2)).toEqual(Array(3).fill(placeholders[2]));
    expect(placeholders[2]).toMatch(/^redacted:[0-9a-f]{16}$/);
  });

  it('changes paths, bodies and headers of REST calls in the same way', () => {
    const id = '123456789012345678';
    const exchange = {
      atUs: 0,
      durationUs: 1,
      method: 'POST',
      path: `/v10/channels/${id}/messages`,
      status: 200,
      requestType: 'application/json',
      responseType: 'text/plain',
      requestBody: '{"content":"hi Bob"}',
      responseBody: 'thanks, Bob',
      responseHeaders: { 'x-ratelimit-bucket': '0123456789abcdef0123456789abcdef' },
    };
    const { exchanges } = veiled({ ...readySession(dispatch(1, 2, 'X', { id })), exchanges: [exchange] });
    expect(exchanges[0]).toMatchObject({
      path: expect.not.stringContaining(id) as string,
      requestBody: '{"content":"xx xxx"}',
      responseBody: 'xxxxxx, xxx',
      responseHeaders: { 'x-ratelimit-bucket': expect.stringMatching(/^[0-9a-f]{32}$/) as string },
    });
  });

  it.each([PRIVATE, AS_IT_IS])('leaves nothing that findLeaks reports, with %j', (privacy) => {
    const secret = fc.constantFrom(...LEAKS.map(([, text]) => text));
    const noise = fc.string({ maxLength: 12 });
    const written = fc
      .tuple(noise, secret, noise)
      .map(([before, text, behind]) => `${before} ${text} ${behind}`);
    const key = fc.oneof(
      noise,
      secret,
      fc.constantFrom('content', 'token', 'url', 'name', 'cookie', 'email'),
    );
    const leaf = fc.oneof(secret, written, noise, fc.integer());
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 3 }, leaf, fc.array(tie('value'), { maxLength: 3 }), tie('map')),
      map: fc.dictionary(key, tie('value'), { maxKeys: 4 }),
    })) as { value: fc.Arbitrary<JsonValue> };
    const event = fc.constantFrom('MESSAGE_CREATE', 'INTERACTION_CREATE', 'ODD');
    fc.assert(
      fc.property(value, event, written, (d, name, reason) => {
        const close = {
          type: 'close',
          connection: 1,
          atUs: 90,
          sender: 'gateway',
          code: 4000,
          reason,
        } as const;
        const tape = formatTape(veiled(readySession(dispatch(30, 2, name, d), close), privacy));
        expect([
          ...findLeaks(
            tape,
            LEAKS.map(([, text]) => text),
          ),
        ]).toEqual([]);
        expect(parseTape(tape).steps).toHaveLength(5);
      }),
      { numRuns: 150 },
    );
  });

  it('changes nothing the second time, but for people', () => {
    const once = veiled(demo);
    const tape = formatTape(once);
    expect(formatTape(veiled(parseTape(tape), AS_IT_IS))).toBe(tape);
    expect(formatTape(veiled(demo))).toBe(tape);
    expect(once.steps).toHaveLength(demo.steps.length);
  });
});

describe('a call', () => {
  const calls = (privacy: Privacy, ...exchanges: RecordedExchange[]): readonly RecordedExchange[] =>
    veiled({ ...readySession(), exchanges }, privacy).exchanges;
  const form = call('POST', '/x', null, null, { requestBody: 'content=see you at 123456789012345678' });

  it('without bodies has none, and a form is masked as a whole unless its content is kept', () => {
    expect(calls(PRIVATE, call('GET', '/x', null, null))).toEqual([call('GET', '/x', null, null)]);
    expect(calls(AS_IT_IS, form)).toEqual([form]);
    const [masked] = calls(PRIVATE, form);
    expect(masked?.requestBody).not.toMatch(/see|123456789012345678/);
  });
});
