/** No secret passes the redactor, in payload, text or bytes, and other data stays unchanged. */
import { EventEmitter } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DecodedPayload } from '../../../src/gateway/decode/decoded.js';
import { PayloadDecoder } from '../../../src/gateway/decode/decoder.js';
import type { JsonValue } from '../../../src/gateway/payload.js';
import {
  findSecretKeys,
  type Redaction,
  Redactor,
  valueSplices,
} from '../../../src/gateway/redact/redact.js';
import { type LearnedValue, SecretValues } from '../../../src/gateway/redact/secret-values.js';
import { streamMessage, streamOpening } from '../../../src/wire/deflate.js';
import { encodeEtf } from '../../../src/wire/etf/encode.js';
import { applySplices, type Splice } from '../../../src/wire/splices.js';
import { newRecorder, placeholder, record } from '../../support/capture-playbook.js';
import { type Compressor, GatewayWire } from '../../support/gateway-wire.js';
import { redact } from '../../support/redacted-text.js';
import { TapScript } from '../../support/capture/tap-events.js';

// In parts, so that no scanner takes this made-up token for a leaked one.
const TOKEN = ['MTk4NjIyNDgzNDcxOTI1MjQ4', 'Cl2FMQ', 'ZnCjm1XVW7vRze4b7Cq4se7kKWs'].join('.');
const SESSION = '4f1b9c0de5a24c6f8b7d3e2a1c0f9e8d';
const MARK = 'MARKED-VALUE';

const newRedactor = (redaction: Redaction = 'secrets'): Redactor => new Redactor({ redaction, placeholder });

it.each(['pass"word', 'back\\slash', '","op":0,"', 'ends with one\\', '"begins with one'])(
  'a secret with a quote or backslash in it is masked at every place: %s',
  (secret) => {
    const redactor = newRedactor();
    redact(redactor, JSON.stringify({ op: 2, d: { token: secret } }));
    const around = { op: 0, t: 'X', d: { content: 'a "quoted" word' } };
    expect(redact(redactor, JSON.stringify(around))).toBe(JSON.stringify(around));
    const said = (value: string): string =>
      JSON.stringify({
        op: 0,
        t: 'X',
        d: { content: `it is ${value} "he says"`, x: [JSON.stringify([value])] },
      });
    const result = redact(redactor, said(secret));
    expect(result).not.toContain(JSON.stringify(secret).slice(1, -1));
    expect(JSON.parse(result)).toMatchObject({ d: { content: `it is ${placeholder(secret)} "he says"` } });
    expect(redactor.text(`it is ${secret}.`)).toBe(`it is ${placeholder(secret)}.`);
  },
);

describe('body', () => {
  it('keeps the scheme of a token, and gives the bare one the same placeholder', () => {
    const redactor = newRedactor();
    expect(redact(redactor, `{"op":2,"d":{"token":"Bot ${TOKEN}"}}`)).toContain(
      `"Bot ${placeholder(TOKEN)}"`,
    );
    expect(redact(redactor, `{"op":6,"d":{"token":"${TOKEN}"}}`)).toContain(`"${placeholder(TOKEN)}"`);
  });

  it('masks values wherever they turn up later', () => {
    const redactor = newRedactor();
    redact(redactor, `{"op":2,"d":{"token":"${TOKEN}"}}`);
    const text = (secret: string): string => `{"op":0,"t":"X","d":{"${secret}":["says ${secret}!"]}}`;
    expect(redact(redactor, text(TOKEN))).toBe(text(placeholder(TOKEN)));
    expect(redactor.text(`invalid ${TOKEN}`)).toBe(`invalid ${placeholder(TOKEN)}`);
    expect(Buffer.from(redactor.raw(Buffer.from(`\xff${TOKEN}`, 'latin1'))).toString('latin1')).toBe(
      `\xff${placeholder(TOKEN)}`,
    );
  });

  it('masks learned credentials, without their scheme', () => {
    const redactor = newRedactor();
    redactor.learn(['Bearer my-oauth-token']);
    expect(redact(redactor, '{"op":7,"d":"my-oauth-token"}')).toBe(
      `{"op":7,"d":"${placeholder('my-oauth-token')}"}`,
    );
  });

  it('does not search for ids that only a key calls a token', () => {
    const redactor = newRedactor();
    redact(redactor, '{"op":0,"d":{"page_token":"123456789012345678","other_token":"short"}}');
    const text = '{"op":0,"d":{"id":"123456789012345678","x":"short"}}';
    expect(redact(redactor, text)).toBe(text);
  });

  it('masks signed links in attachments', () => {
    const redactor = newRedactor();
    const text =
      '{"op":0,"t":"MESSAGE_CREATE","d":{"attachments":[{"url":"https://c/a.png?ex=1&is=2&hm=3"}]}}';
    expect(redact(redactor, text)).toContain(`a.png?${placeholder('ex=1&is=2&hm=3')}"`);
  });

  it('keeps READY, RESUME and voice states matchable', () => {
    const redactor = newRedactor();
    const ready = redact(redactor, `{"op":0,"t":"READY","d":{"session_id":"${SESSION}"}}`);
    const resume = redact(redactor, `{"op":6,"d":{"session_id":"${SESSION}"}}`);
    const voice = redact(redactor, `{"op":0,"t":"VOICE_STATE_UPDATE","d":{"session_id":"${SESSION}"}}`);
    for (const text of [ready, resume, voice])
      expect(text).toContain(`"session_id":"${redactor.alias(SESSION)}"`);
  });

  it('keeps placeholders of an earlier redaction', () => {
    const text =
      '{"op":6,"d":{"token":"redacted:0123456789abcdef","session_id":"redacted:fedcba9876543210"}}';
    expect(redact(newRedactor(), text)).toBe(text);
  });

  it('masks a secret of 20 MB', () => {
    const bytes = Buffer.from(`{"op":0,"t":"X","d":{"token":"${'a1'.repeat(10_000_000)}"}}`);
    // Not the playbook's placeholder, which takes seconds to sum up so much.
    const redactor = new Redactor({ redaction: 'secrets', placeholder: () => 'redacted:0123456789abcdef' });
    const body = redactor.body({ op: 0, t: 'X', bytes, hasSecretKey: true });
    expect(body.length).toBeLessThan(100);
  });

  it('gives the very same bytes where nothing is secret', () => {
    const redactor = newRedactor();
    redactor.learn([TOKEN]);
    const text = ' {"op":0, "t":"MESSAGE_CREATE", "d":{"content":"a \\u00e9 \\n \\\\ b","n":1.0}} ';
    expect(redact(redactor, text)).toBe(text);
  });

  it('masks in text and bytes what looks like a secret, seen before or not', () => {
    const redactor = newRedactor();
    expect(redactor.text(`bad ${TOKEN}`)).toBe(`bad ${placeholder(TOKEN)}`);
    const cut = Buffer.from(`{"op":2,"d":{"token":"${TOKEN.slice(0, 10)}`);
    expect(Buffer.from(redactor.raw(cut)).toString()).not.toContain(TOKEN.slice(0, 10));
    expect(newRedactor('none').raw(cut)).toBe(cut);
  });

  it.each([
    // By every key of the table, as far as the text is JSON; the cut string goes whole.
    [
      '{"t":"X","d":{"ip":"203.0.113.7","guild":"1","sdp":"v=0 cut',
      /^\{"t":"X","d":\{"ip":"redacted:\w+","guild":"1","sdp":"redacted:\w+$/,
    ],
    [
      '{"d":{"client_ip":["203.0.113.7",{"a":"x y"}],"n":1}} and more',
      /^\{"d":\{"client_ip":\["redacted:\w+",\{"a":"redacted:\w+"\}\],"n":1\}\} and more$/,
    ],
    ['{"token":"ab cd","n":[1, tru', /^\{"token":"redacted:\w+","n":\[1, tru$/],
    ['x{"token":["ab",{"c":"d e"}],"n":1', /^x\{"token":"redacted:\w+","n":1$/],
    ['{"d":{"content":"a cut te', /^\{"d":\{"content":"a cut te$/],
  ])('masks the value of a secret key in bytes that are not a payload: %j', (text, expected) => {
    expect(Buffer.from(newRedactor().raw(Buffer.from(text))).toString()).toMatch(expected);
  });

  it('keeps bytes and texts without redaction', () => {
    expect(newRedactor('none').text(TOKEN)).toBe(TOKEN);
  });
});

describe('a known secret', () => {
  /** JSON text of a value, some letters of its strings escaped for no reason. */
  const escaped = (value: JsonValue, picks: readonly boolean[]): string => {
    let at = 0;
    return JSON.stringify(value).replace(/(?<!\\\\)[A-Za-z0-9.]/g, (letter) => {
      at += 1;
      return picks[at % picks.length] ? `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}` : letter;
    });
  };
  const isIn = (value: unknown): boolean => {
    if (typeof value === 'string') return value.includes(TOKEN);
    if (typeof value !== 'object' || value === null) return false;
    return Object.entries(value).some(([key, below]) => isIn(key) || isIn(below));
  };

  it('is in no string of the output, however deeply nested or escaped it was', () => {
    const holder = fc
      .tuple(fc.string(), fc.string(), fc.nat(2))
      .map(([before, after, levels]) =>
        Array.from({ length: levels }).reduce<string>(
          (text) => JSON.stringify([text]),
          before + TOKEN + after,
        ),
      );
    const value = fc.letrec<{ any: JsonValue }>((tie) => ({
      any: fc.oneof(
        { depthSize: 'small' },
        holder,
        fc.string(),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(fc.oneof(fc.string(), holder), tie('any'), { maxKeys: 3 }),
      ),
    })).any;
    const redactor = newRedactor();
    redactor.learn([TOKEN]);
    fc.assert(
      fc.property(value, fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }), (d, picks) => {
        const result = redact(redactor, `{"op":0,"t":"X","s":1,"d":${escaped(d, picks)}}`);
        expect(result).not.toContain(TOKEN);
        expect(isIn(JSON.parse(result))).toBe(false);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the URL of a webhook', () => {
  const WEBHOOK_TOKEN = ['aBcD-eFgH', 'iJkL0123', 'mNoP_qRsT'].join('_');
  const hook = fc
    .record({
      host: fc.constantFrom('discord.com', 'discordapp.com', 'canary.discord.com', 'ptb.discord.com'),
      version: fc.constantFrom('', '/v9', '/v10'),
      id: fc.bigInt({ min: 1n, max: 2n ** 63n }),
      tail: fc.constantFrom('', '?wait=true', '/slack', '/messages/1', '.', ')', '>'),
    })
    .map(
      ({ host, version, id, tail }) => `https://${host}/api${version}/webhooks/${id}/${WEBHOOK_TOKEN}${tail}`,
    );
  /** Values with the URL in keys and strings, alone and within text and JSON. */
  const holder = fc
    .tuple(fc.string(), hook, fc.string({ unit: 'binary' }), fc.nat(2))
    .map(([before, url, after, levels]) =>
      Array.from({ length: levels }).reduce<string>(
        (text) => JSON.stringify({ d: text }),
        `${before} ${url} ${after}`,
      ),
    );
  const value = fc.letrec<{ any: JsonValue }>((tie) => ({
    any: fc.oneof(
      { depthSize: 'small' },
      holder,
      fc.record({ content: holder, url: hook }),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(fc.oneof(fc.string(), holder), tie('any'), { maxKeys: 3 }),
    ),
  })).any;
  const etf = { pack: (value: unknown) => Buffer.from(encodeEtf(value as JsonValue)), unpack: () => null };
  const zstd = (): Compressor => {
    const pieces = new EventEmitter();
    let opening = streamOpening('zstd-stream');
    return {
      on: (event, listener) => pieces.on(event, listener),
      write: (bytes) => {
        pieces.emit('data', Buffer.concat([opening, streamMessage('zstd-stream', bytes)]));
        opening = new Uint8Array();
      },
      flush: (done) => done(),
    };
  };
  const TRANSPORTS = ['json', 'etf'].flatMap((encoding) =>
    ['none', 'zlib-stream', 'zstd-stream'].map((compress) => [encoding, compress] as const),
  );

  it.each(['plain', 'slashes', 'letters'])('keeps no token in JSON, its escapes: %s', (escapes) => {
    fc.assert(
      fc.property(value, (d) => {
        const plain = JSON.stringify({ op: 0, t: 'MESSAGE_CREATE', s: 1, d });
        const slashes = plain.replaceAll('/', '\\/');
        const letters = plain.replaceAll('/webh', '\\u002fw\\u0065bh');
        const text = { plain, slashes, letters }[escapes]!;
        const redactor = newRedactor();
        const result = redact(redactor, text);
        expect(result).not.toContain(WEBHOOK_TOKEN);
        expect(JSON.stringify(JSON.parse(result))).not.toContain(WEBHOOK_TOKEN);
        expect(Buffer.from(redactor.json(Buffer.from(text), '/x')).toString()).not.toContain(WEBHOOK_TOKEN);
        expect(redact(newRedactor('none'), text)).toBe(text);
      }),
      { numRuns: 60 },
    );
  });

  it.each(TRANSPORTS)('keeps no token on its way through %s, %s', async (encoding, compress) => {
    await fc.assert(
      fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 3 }), async (all) => {
        const wire = new GatewayWire(`/?encoding=${encoding}&compress=${compress}`, { etf, zstd });
        const recorder = newRecorder();
        const transport = { version: 10, encoding: encoding as 'json', compress: compress as 'none' };
        const records = record(new TapScript().open(1, { transport }).events, recorder);
        for (const d of all) {
          const { data } = await wire.encode(JSON.stringify({ op: 0, t: 'X', s: 1, d }));
          const frame = [typeof data === 'string' ? 'text' : 'binary', data] as const;
          records.push(...record(new TapScript().gateway(1, frame).events, recorder));
        }
        const frames = records.filter((one) => one.type === 'frame');
        expect(frames.map(({ status }) => status)).toEqual(all.map(() => 'ok'));
        for (const { body, raw } of frames) {
          for (const kept of [body, raw]) expect(Buffer.from(kept ?? []).includes(WEBHOOK_TOKEN)).toBe(false);
        }
      }),
      { numRuns: 15 },
    );
  });

  it('keeps no token in text that is not JSON, nor in bytes', () => {
    const text = `no JSON: https://discord.com/api/webhooks/1/${WEBHOOK_TOKEN.slice(0, 9)} "`;
    const masked = text.replace(WEBHOOK_TOKEN.slice(0, 9), placeholder(WEBHOOK_TOKEN.slice(0, 9)));
    expect(newRedactor().text(text)).toBe(masked);
    expect(Buffer.from(newRedactor().raw(Buffer.from(text))).toString()).toBe(masked);
  });
});

it('what people write is masked with "personal" only', () => {
  const text = '{"op":0,"t":"MESSAGE_CREATE","s":1,"d":{"content":"hello"}}';
  expect(redact(newRedactor(), text)).toBe(text);
  expect(redact(newRedactor('personal'), text)).toBe(text.replace('hello', placeholder('hello')));
});

it('remembers what is secret by its place as a value, and what clients show as credentials', () => {
  const kept: LearnedValue[] = [];
  const memory = {
    read: () => [],
    add: (learned: LearnedValue) => kept.push(learned) > 0,
    rewrite: () => undefined,
  };
  const redactor = new Redactor({ redaction: 'secrets', placeholder, memory });
  redactor.secret('code-of-16-letters');
  redactor.learn(['Bot my-token-of-letters']);
  expect(kept).toEqual([
    { value: 'code-of-16-letters', isCredential: false },
    { value: 'my-token-of-letters', isCredential: true },
  ]);
});

it('JSON is not searched for what only ETF has', () => {
  const redactor = newRedactor();
  redactor.learn([TOKEN]);
  const key = `$etf:${Buffer.from(TOKEN).toString('base64')}`;
  const text = JSON.stringify({ op: 0, t: 'X', d: { [key]: 1, list: [...Buffer.from(TOKEN)] } });
  expect(redact(redactor, text)).toBe(text);
});

it('a known secret is masked behind escapes of a URL', () => {
  const redactor = newRedactor();
  redactor.learn(['a/very+secret=value']);
  const text = (secret: string): string => `{"op":0,"t":"X","d":{"content":"x ${secret} y"}}`;
  expect(redact(redactor, text(encodeURIComponent('a/very+secret=value')))).toBe(
    text(placeholder('a/very+secret=value')),
  );
});

it('a call about credentials loses all text that is not known to be harmless', () => {
  const text = (login: string): string => `{"login":"${login}","type":"x","n":1}`;
  const json = (route: string): string =>
    Buffer.from(newRedactor().json(Buffer.from(text('somebody')), route)).toString();
  expect(json('/auth/login')).toBe(text(placeholder('somebody')));
  expect(json('/authors')).toBe(text('somebody'));
});

describe('etf', () => {
  /** Decodes a value sent as ETF, and gives projection and document as they are kept. */
  function redactEtf(redactor: Redactor, value: JsonValue): { body: string; etf: Uint8Array | null } {
    const data = encodeEtf(value);
    const decoder = new PayloadDecoder({
      sender: 'gateway',
      transport: { version: 10, encoding: 'etf', compress: 'none' },
      extensions: null,
      maxPayloadBytes: 1e6,
      secretKeys: redactor.secretKeys,
    });
    const frame = { kind: 'binary', data, wireBytes: data.length, isDeflated: false, error: null } as const;
    const [decoded] = decoder.push(frame);
    if (!(decoded instanceof DecodedPayload)) throw new Error('not a payload');
    const body = redactor.body(decoded);
    return { body: Buffer.from(body).toString(), etf: redactor.etf(decoded, body) };
  }

  const ready = (session: string): JsonValue => ({
    op: 0,
    t: 'READY',
    s: 1,
    d: { session_id: session, v: 10 },
  });

  it('masks projection and document alike', () => {
    const { body, etf } = redactEtf(newRedactor(), ready(SESSION));
    expect(JSON.parse(body)).toEqual(ready(placeholder(SESSION)));
    expect(etf).toEqual(Buffer.from(encodeEtf(ready(placeholder(SESSION)))));
  });

  it('keeps the document where nothing is secret, or nothing is to be masked', () => {
    const value = { op: 0, t: 'X', s: 1, d: { n: 2 ** 40 } };
    expect(redactEtf(newRedactor(), value).etf).toEqual(encodeEtf(value));
    expect(redactEtf(newRedactor('none'), ready(SESSION)).etf).toEqual(encodeEtf(ready(SESSION)));
  });

  it('drops the document if a value is in a binary that is not UTF-8', () => {
    const redactor = newRedactor();
    redactor.learn([TOKEN]);
    const base64 = Buffer.from(`\xff${TOKEN}`, 'latin1').toString('base64');
    const { body, etf } = redactEtf(redactor, { op: 0, t: 'X', s: 1, d: { $binary: base64 } });
    expect(JSON.parse(body)).toMatchObject({ d: { $binary: placeholder(base64) } });
    expect(etf).toBeNull();
  });
});

describe('what a client shows', () => {
  it('is remembered without its scheme, and the password of Basic by itself', () => {
    const redactor = newRedactor();
    const pair = Buffer.from('nobody:a-password-of-9').toString('base64');
    redactor.learn([`Bot ${MARK}`, `Basic ${pair}`, `Basic ${Buffer.from('nobody:').toString('base64')}`]);
    const said = `${MARK} ${pair} a-password-of-9 nobody`;
    expect(redactor.text(said)).toBe(
      [MARK, pair, 'a-password-of-9'].map(placeholder).concat('nobody').join(' '),
    );
  });
});

it('a decoder looks for no keys where nothing is masked', () => {
  expect(findSecretKeys('none')).toBeNull();
  expect(newRedactor('none').secretKeys).toBeNull();
  const [keys, key] = [findSecretKeys('secrets'), Buffer.from('{"token":')];
  keys?.see(key, 1, 8);
  expect(keys?.hasSeen).toBe(true);
});

it('the value of a field is a secret by its name, or an identifier, which is not searched for elsewhere', () => {
  const redactor = newRedactor();
  const [code, address] = ['code-of-16-letters', 'an-address-of-some-one'];
  expect(redactor.field('code', code)).toBe(placeholder(code));
  expect(redactor.field('email', address)).toBe(placeholder(address));
  expect(redactor.field('limit', '50')).toBeNull();
  expect(redactor.text(`${code} ${address}`)).toBe(`${placeholder(code)} ${address}`);
});

it('without a redaction URLs, texts, bytes and documents stay', () => {
  const redactor = newRedactor('none');
  const url = `https://me:${MARK}@x.example/?token=${TOKEN}`;
  expect(redactor.url(url)).toBe(url);
  expect(redactor.text(TOKEN)).toBe(TOKEN);
  const bytes = Buffer.from(TOKEN);
  expect(redactor.raw(bytes)).toBe(bytes);
  expect(redactor.json(bytes, '/x')).toBe(bytes);
});

/** A JSON text without the secrets in its strings. */
function mask(text: string, ...secrets: readonly string[]): string {
  const values = new SecretValues();
  for (const secret of secrets) values.remember(secret, true);
  const splices: Splice[] = [];
  valueSplices(Buffer.from(text), values, () => 'P', splices);
  return Buffer.from(applySplices(Buffer.from(text), splices)).toString();
}

describe('valueSplices', () => {
  it('masks in strings, keys included, several in one', () => {
    expect(mask('{"a":"x secret-1 secret-2","secret-1":["secret-1"]}', 'secret-1', 'secret-2')).toBe(
      '{"a":"x P P","P":["P"]}',
    );
    expect(mask('"secret-1secret-2"', 'secret-1', 'secret-2')).toBe('"PP"');
  });

  it.each([
    ['{"op":10000000,"d":1}', '10000000'],
    ['{"op":10,"s":null,"t":null}', '":null,"'],
    ['{"a":"b\\\\n123456"}', '\\\\n123456'],
    ['[null,null,null]', 'null,null'],
    ['{"a":12345678}', ':12345678}'],
  ])('leaves %s although %s is a secret', (text, secret) => {
    expect(mask(text, secret)).toBe(text);
  });

  it('leaves JSON of the same kind, whatever part of it is called a secret', () => {
    const texts = fc.json().filter((text) => text.length >= 8);
    fc.assert(
      fc.property(texts, fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1 }), (text, cuts) => {
        const secrets = cuts.map(([at, length]) => text.slice(at % text.length).slice(0, 8 + (length % 30)));
        const masked = mask(text, ...secrets);
        expect(typeof JSON.parse(masked)).toBe(typeof JSON.parse(text));
      }),
      { numRuns: 300 },
    );
  });
});
