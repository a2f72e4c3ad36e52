import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapedOnce, walkPath } from '../../../src/gateway/rest-path.js';
import { Redactor, type Redaction } from '../../../src/gateway/redact/redact.js';
import { redactBody, redactForm, redactPath } from '../../../src/gateway/redact/rest-body.js';
import { placeholder } from '../../support/capture-playbook.js';
import { spelled } from '../../support/spelled-paths.js';

const redactor = (redaction: Redaction = 'secrets'): Redactor => new Redactor({ redaction, placeholder });
const SECRET = ['aW50ZXJhY3Rpb24', 'ZXhhbXBsZQ'].join('-');
const MASK = placeholder(SECRET);
const body = (
  text: string,
  type = 'application/json',
  route = '/x',
  by = redactor(),
  isCut = false,
): string => Buffer.from(redactBody({ text: Buffer.from(text), route, type, isCut }, by) ?? []).toString();

describe('the path of a REST call', () => {
  it.each([
    [`/v10/webhooks/1/${SECRET}`, `/v10/webhooks/1/${MASK}`],
    [
      `/webhooks/1/${SECRET}/messages/@original?wait=true`,
      `/webhooks/1/${MASK}/messages/@original?wait=true`,
    ],
    [`/interactions/1/${SECRET}/callback`, `/interactions/1/${MASK}/callback`],
    [`/invites/${SECRET}?with_counts=true`, `/invites/${MASK}?with_counts=true`],
    [`/x?token=${SECRET}&author_id=7`, `/x?token=${MASK}&author_id=7`],
    [`/x?access%5Ftoken=${SECRET}#y`, `/x?access%5Ftoken=${MASK}#y`],
    ['/v10/channels/1/messages?limit=50', '/v10/channels/1/messages?limit=50'],
    [`/%77ebhooks/1/${SECRET}`, `/%77ebhooks/1/${MASK}`],
    [`/v10%2Fwebhooks%2f1%2F${SECRET}%2Fslack`, `/v10%2Fwebhooks%2f1%2F${MASK}%2Fslack`],
    [`//webhooks//1/./${SECRET}/../..`, `//webhooks//1/./${MASK}/../..`],
    [`/x/..\\webhooks\\1\\${SECRET}`, `/x/..\\webhooks\\1\\${MASK}`],
    [`/webhooks/1/${encodeURIComponent(SECRET).replace('a', '%61')}`, `/webhooks/1/${MASK}`],
    [
      `/x?to=${encodeURIComponent(`https://discord.com/api/webhooks/1/${SECRET}`)}&a=%20`,
      `/x?to=${encodeURIComponent(`https://discord.com/api/webhooks/1/${MASK}`)}&a=%20`,
    ],
    [`/webhooks/1/%5c${SECRET}`, `/webhooks/1/%5c${MASK}`],
    [`/webhooks%252F1%25252F${SECRET}`, `/webhooks/1%2F${MASK}`],
    [`https://discord.com/api/webhooks/1/${SECRET}`, `https://discord.com/api/webhooks/1/${MASK}`],
    [
      `/x?to=${encodeURIComponent('https://me:pass-word@x.example/')}`,
      `/x?to=${encodeURIComponent(`https://${placeholder('me:pass-word')}@x.example/`)}`,
    ],
    ['//channels/1/./messages/%F0%9F%94%A5', '//channels/1/./messages/%F0%9F%94%A5'],
  ])('%s is kept as %s', (path, kept) => {
    expect(redactPath(path, redactor())).toBe(kept);
  });

  it('has no token left however it is spelled', () => {
    const ways = [
      ['webhooks', '1', SECRET],
      ['v10', 'webhooks', '1', SECRET, 'messages', '@original'],
      ['interactions', '1', SECRET, 'callback'],
      ['invites', SECRET],
    ];
    const route = fc.constantFrom(...ways).chain((segments) => spelled(segments));
    fc.assert(
      fc.property(route, (path) => {
        const names = walkPath(escapedOnce(redactPath(path, redactor())));
        expect(names).toContain(MASK);
        expect(names.join('/')).not.toContain(SECRET);
      }),
    );
  });

  it('makes its secret known, so that bodies lose it too', () => {
    const by = redactor();
    redactPath(`/webhooks/1/${SECRET}`, by);
    expect(body(`{"content":"it is ${SECRET}"}`, 'application/json', '/x', by)).toBe(
      `{"content":"it is ${MASK}"}`,
    );
  });

  it('stays with --redact none', () => {
    expect(body('a text that was cu', 'text/plain', '/x', redactor('none'), true)).toBe('a text that was cu');
    expect(redactPath(`/webhooks/1/${SECRET}`, redactor('none'))).toContain(SECRET);
  });
});

describe('the body of a REST call', () => {
  it('of JSON loses the values of secret keys at any depth, and nothing else', () => {
    expect(body(`[{"token":"${SECRET}","n":1.0,"url":"https://x/webhooks/1/${SECRET}"}]`)).toBe(
      `[{"token":"${MASK}","n":1.0,"url":"https://x/webhooks/1/${MASK}"}]`,
    );
  });

  it('of a JSON string loses a known secret behind its escapes, too', () => {
    const by = redactor();
    by.learn([SECRET]);
    const escaped = SECRET.replace(/./g, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`);
    expect(JSON.parse(body(`"x ${escaped}"`, 'application/json', '/x', by))).toBe(`x ${MASK}`);
    for (const several of [`{"a":1} {"token":"${SECRET}"}`, `[1]\n["${escaped}"]`, `{"token":"${SECRET}"}x`])
      expect(body(several, 'application/json', '/x', by)).not.toMatch(new RegExp(`${SECRET}|u00`));
  });

  it('of a JSON string loses the token of a webhook behind its escapes', () => {
    const url = `https://discord.com/api/webhooks/1/${SECRET}`.replaceAll('/', '\\u002f');
    expect(body(`"${url}"`)).not.toContain(SECRET);
  });

  it('of a form loses a token that nobody has named, its full stops escaped', () => {
    // In parts, so that no scanner takes this made-up token for a leaked one.
    const token = ['MTk4NjIyNDgzNDcxOTI1MjQ4', 'Cl2FMQ', 'ZnCjm1XVW7vRze4b7Cq4se7kKWs'].join('%2E');
    expect(redactForm(`x=${token}&y=%20`, redactor())).toBe(
      `x=${encodeURIComponent(placeholder(decodeURIComponent(token)))}&y=%20`,
    );
  });

  it('of a form loses secret fields', () => {
    const form = `grant_type=authorization_code&code=${SECRET}&client_secret=${SECRET}&refresh_token=`;
    expect(redactForm(form, redactor())).toBe(
      `grant_type=authorization_code&code=${MASK}&client_secret=${MASK}&refresh_token=`,
    );
    expect(body(form, 'application/x-www-form-urlencoded; charset=utf-8')).not.toContain(SECRET);
  });

  it('of a route for credentials loses every possible credential, and keeps user ids and names', () => {
    expect(
      body('{"login":"a@b.example","code":"123456","expires_in":5}', 'application/json', '/auth/login'),
    ).toBe(`{"login":"${placeholder('a@b.example')}","code":"${placeholder('123456')}","expires_in":5}`);
    const by = redactor();
    const user = '"user_id":"1234567890123456789","user":{"username":"a-name-that-is-long"}';
    const answer = (token: string): string => `{"token":"${token}",${user},"ticket":"${token}"}`;
    expect(body(answer(SECRET), 'application/json', '/auth/login', by)).toBe(answer(MASK));
    // Only the token is remembered: replay needs the rest.
    const ready = `{"op":0,"t":"READY","d":{"x":"1234567890123456789 a-name-that-is-long ${SECRET}"}}`;
    const bytes = Buffer.from(ready);
    expect(Buffer.from(by.body({ op: 0, t: 'READY', bytes, hasSecretKey: true })).toString()).toBe(
      ready.replace(SECRET, MASK),
    );
  });

  it.each([
    `{"ticket":"${SECRET}"}`,
    `{"captcha_key":"${SECRET}"}`,
    `{"fingerprint":"${SECRET}"}`,
    `{"location":"https://app.example/back?code=${SECRET}&state=${SECRET}#access_token=${SECRET}"}`,
    `{"redirect_uri":"https://user:${SECRET}@app.example/"}`,
    `{"code":"${SECRET}"}`,
    `{"accessToken":"${SECRET}"}`,
    `\ufeff{"token":"${SECRET}"}`,
    `{"x":"${['$2b', '10', 'abcdefghijklmnopqrstuv'].join('$')}${SECRET}"}`,
    `{"x":"${['$argon2id', 'v=19', 'm=65536,t=3,p=4', SECRET, SECRET].join('$')}"}`,
    `{"x":"${['$scrypt', 'ln=16,r=8,p=1', SECRET, SECRET].join('$')}"}`,
    `{"secret_key":[${[...Buffer.from(SECRET)].join()}]}`,
  ])('%s has nothing secret left', (text) => {
    const kept = body(text);
    expect(kept).not.toContain(SECRET);
    expect(kept).not.toContain([...Buffer.from(SECRET)].join());
    expect(() => JSON.parse(kept.replace(/^\ufeff/, '')) as unknown).not.toThrow();
  });

  it('keeps the codes of errors', () => {
    const error =
      '{"message":"Invalid Form Body","code":50035,"errors":{"content":{"_errors":[{"code":"BASE_TYPE_MAX_LENGTH","message":"m"}]}}}';
    expect(body(error)).toBe(error);
    expect(body(error, 'application/json', '/auth/login')).toBe(error);
  });

  it.each(['application/x-www-form-urlencoded', 'Application/X-WWW-Form-URLencoded; charset=UTF-8', ''])(
    'of a form of type %j loses secret fields, however they are spelled',
    (type) => {
      const form = `grant_type=x&%74oken=${SECRET}&c%6Fde=${SECRET}&%2543ode=${SECRET}&Client-Secret=${SECRET}&a[token]=1&token[]=${SECRET}`;
      expect(body(form, type)).not.toContain(SECRET);
      expect(body(form, type)).toContain('grant_type=x&');
    },
  );

  it('that was cut loses the same secrets as the complete one, wherever it was cut', () => {
    const whole = JSON.stringify({
      login: 'somebody-who-logs-in',
      deep: [{ password: SECRET, url: `https://x/a?hm=${SECRET}` }],
      code: SECRET,
      content: 'what somebody wrote',
    });
    for (let length = 1; length < whole.length; length += 1) {
      const kept = body(
        whole.slice(0, length),
        'application/json',
        '/auth/login',
        redactor('personal'),
        true,
      );
      for (const secret of ['somebody', SECRET.slice(0, 6), 'what']) expect(kept).not.toContain(secret);
    }
    const by = redactor();
    by.learn([SECRET]);
    expect(body(`say ${SECRET.slice(0, -3)}`, 'text/plain', '/x', by, true)).toBe('say ');
  });

  it('that is nested too deeply is not kept', () => {
    expect(body('['.repeat(100_000))).toBe('');
    expect(body(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)).toBe('');
  });

  it('of JSON that was cut loses what looks like a secret', () => {
    expect(body(`{"token":"${SECRET}","content":"cut he`)).not.toContain(SECRET);
  });

  it.each(['?', '&', '=', '?a', '#'])('that is a megabyte of %j is scanned in linear time', (unit) => {
    const form = unit.repeat(1_000_000 / unit.length);
    expect(redactForm(form, redactor())).toBe(form);
  });

  it('loses message contents with --redact personal only', () => {
    const text = '[{"content":"hello"}]';
    expect(body(text)).toBe(text);
    expect(body(text, 'application/json', '/x', redactor('personal'))).not.toContain('hello');
    expect(body(text, 'application/json', '/x', redactor('none'))).toBe(text);
  });
});

describe('a body that only looks like JSON', () => {
  it('is not kept if it is nested too deep, behind a byte order mark neither', () => {
    const deep = '['.repeat(2000) + ']'.repeat(2000);
    for (const text of [deep, `\ufeff${deep}`])
      expect(
        redactBody({ text: Buffer.from(text), route: '/x', type: '', isCut: false }, redactor()),
      ).toBeNull();
  });

  it('is kept up to where it breaks, unless it is nested too deep behind that', () => {
    const kept = (text: string): string | null =>
      redactBody({ text: Buffer.from(text), route: '/x', type: '', isCut: true }, redactor())?.toString() ??
      null;
    expect(kept(`[1 ${'['.repeat(2000)}`)).toBeNull();
    expect(kept('[}')).toBe('[');
    expect(kept(`{"token":"${SECRET}","a":`)).toBe(`{"token":"${MASK}"`);
    expect(kept('[1,2')).toBe('[1,2');
  });
});

it('a form without a redaction stays as it is', () => {
  const form = `token=${SECRET}`;
  expect(redactForm(form, redactor('none'))).toBe(form);
  expect(redactForm(form, redactor())).toBe(`token=${MASK}`);
});

it('JSON in a field of a form is searched by its keys, and left out if it cannot be', () => {
  const form = (value: string): string =>
    body(`payload_json=${encodeURIComponent(value)}`, 'application/x-www-form-urlencoded');
  expect(form(`{"token":"${SECRET}"}`)).toBe(`payload_json=${encodeURIComponent(`{"token":"${MASK}"}`)}`);
  expect(form(` ["https://discord.com/api/webhooks/1/${SECRET}"]`)).toBe(
    `payload_json=${encodeURIComponent(` ["https://discord.com/api/webhooks/1/${MASK}"]`)}`,
  );
  expect(form('\u00a0{} is no JSON')).toBe(`payload_json=${encodeURIComponent('\u00a0{} is no JSON')}`);
  expect(form(`{"a":1} {"token":"${SECRET}"}`)).toBe('payload_json=');
});
