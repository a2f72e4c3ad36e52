/** Trees hold the rules of their mode, and keys their meaning. */
import { describe, expect, it } from 'vitest';
import { REDACTION_RULES } from '../../../src/gateway/redact/rules.js';
import type { RuleNode, RuleSet } from '../../../src/gateway/redact/tree.js';
import { RedactionTree, ruleOfKey } from '../../../src/gateway/redact/tree.js';

/** Follows a path; `[]` is an element. */
const follow = (rules: RuleSet | null, ...path: readonly string[]): RuleNode | null =>
  path.reduce<RuleNode | null>(
    (node, step) => (step === '[]' ? (node?.element ?? null) : ruleOfKey(node, step)),
    rules?.root ?? null,
  );

describe('RedactionTree', () => {
  const secrets = new RedactionTree(new Set(['S', 'I'] as const));
  const personal = new RedactionTree(new Set(['S', 'I', 'P'] as const));

  it('finds rules by opcode, or by event for dispatches', () => {
    expect(follow(secrets.rulesFor(2, null), 'd', 'token')?.what).toBe('S');
    expect(follow(secrets.rulesFor(0, 'READY'), 'd', 'sessions', '[]', 'session_id')?.what).toBe('S');
    expect(follow(secrets.rulesFor(0, 'OAUTH2_TOKEN_CREATE'), 'd')?.what).toBe('I');
    expect(follow(secrets.rulesFor(0, 'SESSIONS_REPLACE'), 'd', '[]', 'session_id')?.what).toBe('S');
    expect(secrets.rulesFor(0, 'UNHEARD_OF')).toBeNull();
    expect(secrets.rulesFor(0, null)).toBeNull();
    expect(secrets.rulesFor(99, null)).toBeNull();
  });

  it('lets a named key take precedence over any key', () => {
    const properties = follow(secrets.rulesFor(2, null), 'd', 'properties');
    expect(ruleOfKey(properties, 'browser')?.what).toBe('open');
    expect(ruleOfKey(properties, 'launch_signature')?.what).toBe('I');
  });

  it('holds only the classes of its mode', () => {
    expect(secrets.rulesFor(0, 'MESSAGE_CREATE')).toBeNull();
    expect(follow(personal.rulesFor(0, 'MESSAGE_CREATE'), 'd', 'content')?.what).toBe('P');
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
    expect(secrets.meaningOf(key)).toBe('secret');
    expect(secrets.meaningOf(key)).toBe('secret');
  });

  it.each(['id', 'tok', 'ship', 'tip', 'session', 'content', 'description', '__proto__', 'constructor', ''])(
    'takes %s for nothing special',
    (key) => {
      expect(secrets.meaningOf(key)).toBeNull();
    },
  );

  it('knows keys of URLs', () => {
    expect(['url', 'proxy_url', 'resume_gateway_url'].map((key) => secrets.meaningOf(key))).toEqual([
      ...['url', 'url', 'url'],
    ]);
  });
});

describe('REDACTION_RULES', () => {
  it('have well-formed paths', () => {
    for (const [, , ...paths] of REDACTION_RULES) {
      expect(paths.length).toBeGreaterThan(0);
      for (const path of paths)
        expect(path).toMatch(/^((\[\]|\*|\$?[a-z_]+)((\[\])|(\.(\*|\$?[a-z_]+)))*)?$/);
    }
  });
});
