/** Trees hold the rules of their mode, and keys their meaning. */
import { describe, expect, it } from 'vitest';
import { SECRET_TABLE } from '../../../src/gateway/redact/rules.js';
import type { RuleNode, RuleSet } from '../../../src/gateway/redact/tree.js';
import { isSecret, RedactionTree, findKeyRule } from '../../../src/gateway/redact/tree.js';

/** Follows a path; `[]` is an element. */
const follow = (rules: RuleSet | null, ...path: readonly string[]): RuleNode | null =>
  path.reduce<RuleNode | null>(
    (node, step) => (step === '[]' ? (node?.element ?? null) : findKeyRule(node, step)),
    rules?.root ?? null,
  );

describe('RedactionTree', () => {
  const secrets = (): RedactionTree => new RedactionTree(new Set(['S', 'I'] as const));
  const personal = (): RedactionTree => new RedactionTree(new Set(['S', 'I', 'P'] as const));

  it('finds rules by opcode, or by event for dispatches', () => {
    expect(follow(secrets().rulesFor(2, null), 'd', 'token')?.what).toBe('S');
    expect(follow(secrets().rulesFor(0, 'READY'), 'd', 'sessions', '[]', 'session_id')?.what).toBe('S');
    expect(follow(secrets().rulesFor(0, 'OAUTH2_TOKEN_CREATE'), 'd')?.what).toBe('I');
    expect(follow(secrets().rulesFor(0, 'SESSIONS_REPLACE'), 'd', '[]', 'session_id')?.what).toBe('S');
    expect(secrets().rulesFor(0, 'UNHEARD_OF')).toBeNull();
    expect(follow(secrets().rulesFor(0, null), 'd', 'session_id')?.what).toBe('S'); // IDENTIFY of a voice gateway
    expect(secrets().rulesFor(99, null)).toBeNull();
  });

  it('finds rules by route, from the outermost value on', () => {
    const rules = personal().rulesForRoute('/users/@me/connections');
    expect(rules?.element?.keys.get('name')?.what).toBe('P');
    expect(personal().rulesForRoute('/users/@me')).toBeNull();
  });

  it('lets a named key take precedence over any key', () => {
    const properties = follow(secrets().rulesFor(2, null), 'd', 'properties');
    expect(findKeyRule(properties, 'browser')?.what).toBe('open');
    expect(findKeyRule(properties, 'launch_signature')?.what).toBe('I');
  });

  it('holds only the classes of its mode', () => {
    expect(secrets().rulesFor(0, 'USER_NOTE_UPDATE')).toBeNull();
    expect(follow(personal().rulesFor(0, 'USER_NOTE_UPDATE'), 'd', 'note')?.what).toBe('P');
    expect(secrets().findMeaning('content', '', 'gateway')).toBeNull();
    expect(personal().findMeaning('content', '', 'gateway')?.what).toBe('P');
  });

  it('prefers the rule for a key in an object to the rule for the key anywhere', () => {
    expect(personal().findMeaning('url', 'embeds', 'gateway')?.what).toBe('P');
    expect(personal().findMeaning('url', 'x', 'gateway')?.what).toBe('url');
    expect(secrets().findMeaning('code', '_errors', 'rest')).toBeNull();
    expect(secrets().findMeaning('code', '', 'rest')?.isTextOnly).toBe(true);
    expect(new RedactionTree(new Set()).rulesFor(6, null)).toBeNull();
  });

  it.each([
    ...[
      'token',
      'access_token',
      'lobby_secret',
      'secrets',
      'password',
      'session_id',
      'static_client_session_id',
    ],
    ...['sessionId', 'email', 'phone', 'ip', 'client_ip', 'Authorization'],
  ])('takes %s for a secret', (key) => {
    const tree = secrets();
    for (const place of ['gateway', 'gateway', 'rest', 'field'] as const) {
      expect(isSecret(tree.findMeaning(key, '', place))).toBe(true);
    }
  });

  it.each([
    'id',
    'tok',
    'ship',
    'tip',
    'session',
    'content',
    'description',
    'token_count',
    'secret_name',
    '__proto__',
    'constructor',
    '',
  ])('does not take %s for a secret', (key) => {
    expect(secrets().findMeaning(key, '', 'gateway')).toBeNull();
  });

  it.each([
    [
      true,
      [
        'access_token',
        'accessToken',
        'access-token',
        'sessionId',
        'session-id',
        'ipAddress',
        'ip-address',
        'lobby_secret',
      ],
    ],
    [false, ['content', 'id', 'timestamp', 'session', 'note']],
  ])('says %s of whether these keys take a closer look: %j', (isSecretKey, keys) => {
    const { secretKeys } = secrets();
    for (const key of keys) {
      const quoted = Buffer.from(`"${key}"`);
      secretKeys.hasSeen = false;
      secretKeys.see(quoted, 0, quoted.length);
      expect([key, secretKeys.hasSeen]).toEqual([key, isSecretKey]);
    }
  });

  it('knows payloads that have nothing to mask without such a key', () => {
    expect(secrets().rulesFor(6, null)?.isByKeyOnly).toBe(true); // token and session_id
    expect(secrets().rulesFor(2, null)?.isByKeyOnly).toBe(false); // any of the properties
    expect(secrets().rulesFor(10, null)?.isByKeyOnly).toBe(false); // _trace
    expect(personal().rulesFor(4, null)?.isByKeyOnly).toBe(false); // guild_id and channel_id
  });

  it('knows keys of URLs', () => {
    const keys = ['url', 'proxy_url', 'resume_gateway_url', 'location', 'redirect_uri'];
    for (const key of keys) {
      const meaning = secrets().findMeaning(key, '', 'rest');
      expect([meaning?.what, isSecret(meaning)]).toEqual(['url', false]);
    }
  });
});

describe('SECRET_TABLE', () => {
  it('have well-formed paths', () => {
    for (const [, , ...paths] of SECRET_TABLE) {
      expect(paths.length).toBeGreaterThan(0);
      for (const path of paths)
        expect(path).toMatch(/^((\[\]|\*?\$?[a-z_0-9]*\*?)((\[\])|(\.(\*|\$?[a-z_0-9]+)))*)?(:text)?$/);
    }
  });
});
