import { describe, expect, it } from 'vitest';
import { Redactor, type Redaction } from '../../../src/gateway/redact/redact.js';
import { redactBody, redactForm, redactPath } from '../../../src/gateway/redact/rest.js';
import { placeholder } from '../../support/capture-playbook.js';

const redactor = (redaction: Redaction = 'secrets'): Redactor => new Redactor({ redaction, placeholder });
const SECRET = ['aW50ZXJhY3Rpb24', 'ZXhhbXBsZQ'].join('-');
const MASK = placeholder(SECRET);
const body = (text: string, type = 'application/json', route = '/x', by = redactor()): string =>
  Buffer.from(redactBody(Buffer.from(text), route, type, by)).toString();

describe('a path', () => {
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
  ])('%s is kept as %s', (path, kept) => {
    expect(redactPath(path, redactor())).toBe(kept);
  });

  it('makes its secret known, so that bodies lose it too', () => {
    const by = redactor();
    redactPath(`/webhooks/1/${SECRET}`, by);
    expect(body(`{"content":"it is ${SECRET}"}`, 'application/json', '/x', by)).toBe(
      `{"content":"it is ${MASK}"}`,
    );
  });

  it('stays with --redact none', () => {
    expect(redactPath(`/webhooks/1/${SECRET}`, redactor('none'))).toContain(SECRET);
  });
});

describe('a body', () => {
  it('of JSON loses what its keys give away, at any depth, and nothing else', () => {
    expect(body(`[{"token":"${SECRET}","n":1.0,"url":"https://x/webhooks/1/${SECRET}"}]`)).toBe(
      `[{"token":"${MASK}","n":1.0,"url":"https://x/webhooks/1/${MASK}"}]`,
    );
  });

  it('of a form loses secret fields', () => {
    const form = `grant_type=authorization_code&code=${SECRET}&client_secret=${SECRET}&refresh_token=`;
    expect(redactForm(form, redactor())).toBe(
      `grant_type=authorization_code&code=${MASK}&client_secret=${MASK}&refresh_token=`,
    );
    expect(body(form, 'application/x-www-form-urlencoded; charset=utf-8')).not.toContain(SECRET);
  });

  it('of a route that deals in credentials loses every value', () => {
    expect(body('{"login":"a@b.example","code":"123456"}', 'application/json', '/auth/login')).toBe(
      `{"login":"${placeholder('a@b.example')}","code":"${placeholder('123456')}"}`,
    );
  });

  it('of JSON that was cut loses what looks like a secret', () => {
    expect(body(`{"token":"${SECRET}","content":"cut he`)).not.toContain(SECRET);
  });

  it.each(['?', '&', '=', '?a', '#'])('that is a megabyte of %j takes no long time', (unit) => {
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
