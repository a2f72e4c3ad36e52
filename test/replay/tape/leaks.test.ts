import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findLeaks, type Leak } from '../../../src/replay/tape/leaks.js';
import { encodeEtf } from '../../../src/library/etf.js';
import { LEAKS } from '../../support/leaks.js';
import { bareFrame, frame, opened } from '../../support/capture/records.js';
import { exportedAs } from '../../support/round-trips.js';
import { storeRecords } from '../../support/stores.js';

const found = (text: string, known: string[] = []): Leak[] => [...findLeaks(text.split('\n'), known)];
const tapes = new URL('../../../tapes/', import.meta.url);

describe('findLeaks', () => {
  it.each(LEAKS)('finds a %s at any place in the text', (kind, secret) => {
    const line = JSON.stringify({ atUs: 1, payload: { op: 0, d: { deep: [{ note: secret }] } } });
    expect(found(`{}\n${line}\n`)).toMatchObject([{ line: 2, path: 'payload.d.deep[0].note', kind }]);
    expect(found(`a log line: ${secret} and more`)).toMatchObject([{ line: 1, path: null, kind }]);
    expect(found(JSON.stringify({ [secret]: 1 }))).toMatchObject([{ kind, path: '' }]);
  });

  it.each(LEAKS)('prints no %s completely', (_kind, secret) => {
    const [leak] = found(JSON.stringify({ note: secret }));
    expect(JSON.stringify(leak)).not.toContain(secret.slice(0, 9));
    expect(leak!.excerpt).toContain(`(${secret.length} characters)`);
  });

  it('finds what keys name, and known secrets whatever they look like', () => {
    expect(found('{"d":{"session_id":"not-at-all-random"}}')).toMatchObject([
      { path: 'd.session_id', kind: 'named-secret' },
    ]);
    expect(found('{"d":["my plain words"]}', ['plain words'])).toMatchObject([
      { path: 'd[0]', kind: 'known-secret' },
    ]);
    expect(found('{"a":"plain words","a":1}', ['plain words'])).toMatchObject([
      { path: null, kind: 'known-secret' },
    ]);
  });

  it.each([
    '{"id":"1235523679027200000","permissions":"2251799813685247","nonce":"1235523679027200000"}',
    '{"avatar":"a_0123456789abcdef0123456789abcdef","icon":"0123456789abcdef0123456789abcdef"}',
    '{"url":"https://cdn.discordapp.com/avatars/1235523679027200000/0123456789abcdef0123456789abcdef.png"}',
    '{"token":"redacted:0123456789abcdef","authorization":"Bot redacted:0123456789abcdef"}',
    '{"features":["GUILD_ONBOARDING_EVER_ENABLED_2"],"timestamp":"2026-08-06T12:00:00.000000+00:00"}',
    '{"browser_version":"120.0.0.0","ua":"Mozilla/5.0 Chrome/120.0.0.0","host":"127.0.0.1"}',
    '{"id":"123e4567-e89b-12d3-a456-426614174000","continuation_token":"1235523679027200000"}',
    '{"name":"abc123-def456-ghi789-jkl012-mno345"}',
    '{"name":"picture@2x.png","session_id":null,"token":"","micros":0.123456}',
  ])('leaves %s alone', (text) => {
    expect(found(text)).toEqual([]);
  });

  it('looks into objects of secrets, into JSON within JSON, and no deeper than three texts of it', () => {
    expect(found('{"d":{"cookies":{"session":"not-at-all-random"}}}')).toMatchObject([
      { path: 'd.cookies.session', kind: 'named-secret' },
    ]);
    const within = (depth: number): string =>
      depth === 0 ? '{"session_id":"not-at-all-random"}' : JSON.stringify({ text: within(depth - 1) });
    expect(found(within(3)).map(({ kind }) => kind)).toEqual(['named-secret']);
    expect(found(within(4))).toEqual([]);
  });

  it('looks into bytes of a CSV whose lines end as those of RFC 4180, and at nothing that is none', () => {
    const bytes = Buffer.from('broken {"session_id":"not-at-all-random"} '.repeat(3)).toString('base64');
    const line = (session: string): string => `1,2,${session},${bytes},\r`;
    const kinds = (text: string): string[] => found(text).map(({ kind, path }) => `${kind} ${path}`);
    expect(kinds(line('5'))).toEqual(kinds(line('5').slice(0, -1)));
    expect(kinds(line('no session'))).toEqual(['random null']);
  });

  it.each(['har', 'jsonl', 'csv'] as const)('looks into the base64 of a %s, and finds nothing else', (as) => {
    const frames = (token: string): string => {
      const hash = '0123456789abcdef0123456789abcdef';
      const payload = { op: 0, t: 'X', s: 1, d: { avatar: hash, note: `tea ${token}` } };
      const db = storeRecords([
        opened(),
        frame({
          op: 0,
          event: 'X',
          seq: 1,
          kind: 'binary',
          body: Buffer.from(JSON.stringify(payload)),
          raw: encodeEtf(payload),
        }),
        bareFrame({
          status: 'not_json',
          frameNo: 2,
          raw: Buffer.from(`broken ${'aB3'.repeat(30)} ${token}`),
        }),
      ]);
      return exportedAs(as, db);
    };
    const plain = found(frames('redacted:0123456789abcdef')).filter(({ kind }) => kind !== 'hex');
    expect(plain.filter(({ path }) => path === null)).toEqual([]);
    const [, [, token]] = LEAKS as readonly [unknown, readonly [string, string]];
    const leaks = found(frames(token)).filter(({ kind }) => kind === 'discord-token');
    expect(leaks.filter(({ path }) => path?.includes('bytes') === true).length).toBeGreaterThanOrEqual(2);
  });

  it('finds nothing in the tapes of this repository', () => {
    const names = readdirSync(tapes).filter((name) => name.endsWith('.ndjson'));
    expect(names).not.toEqual([]);
    for (const name of names) expect(found(readFileSync(new URL(name, tapes), 'utf8')), name).toEqual([]);
  });

  it('never throws, and never takes long, whatever the text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (text) => void found(text)));
    fc.assert(fc.property(fc.json(), (text) => void found(text)));
    for (const part of ['a', 'a.', '1', '0:', 'a@', 'aB1', '{"', '"']) found(part.repeat(20_000));
    expect(found('aB1'.repeat(6_000_000))).toMatchObject([{ kind: 'hex' }]);
  });
});
