/**
 * The referee of tapes against the table of secrets: whatever the table says to be secret, `scrub --verify` finds raw in a
 * tape, by a list of its own.
 */
import { expect, it } from 'vitest';
import type { JsonValue } from '../../../src/gateway/payload.js';
import { SECRET_TABLE } from '../../../src/gateway/redact/rules.js';
import { findLeaks } from '../../../src/replay/tape/leaks.js';

// Neither long nor random enough to be found by its shape.
const VALUE = 'plain-words';
// In parts, so that no scanner takes this made-up secret for a leaked one.
const RANDOM = ['aB3dE7gH9jK1mN5p', 'Q8sT2vX4zA6cF0hJ'].join('');

/** Rows that no list of keys can find in any file, with the reason; their values are found where they look like secrets. */
const NOT_BY_KEY: Readonly<Record<string, readonly string[]>> = {
  'every key below, or the whole of `d`: no key is named': [
    '2 properties.*',
    'AUTHENTICATOR_CREATE ',
    'AUTHENTICATOR_UPDATE ',
    'AUTHENTICATOR_DELETE ',
    'OAUTH2_TOKEN_CREATE ',
    'REMOTE_COMMAND ',
    'CONSOLE_COMMAND_UPDATE ',
    'other credentials *:text',
  ],
  'a word that is innocent in most places: errors, presences, invites, calls of REST and drivers have it': [
    '29 payload',
    'READY lobbies[].metadata',
    'READY_SUPPLEMENTAL lobbies[].metadata',
    'LOBBY_CREATE metadata',
    'LOBBY_UPDATE metadata',
    'BILLING_POPUP_BRIDGE_CALLBACK state',
    'BILLING_POPUP_BRIDGE_CALLBACK path',
    'BILLING_POPUP_BRIDGE_CALLBACK query',
    'GIFT_CODE_CREATE code',
    'GIFT_CODE_UPDATE code',
    'INVITE_CREATE code',
    'INVITE_DELETE code',
    '1 data:text',
    '2 port',
    'rest code:text',
    'field state',
    'field *_key',
    'field *_auth',
  ],
  'the name of a host of Discord, which any client may write down': [
    'READY resume_gateway_url',
    'READY_SUPPLEMENTAL resume_gateway_url',
    'VOICE_SERVER_UPDATE endpoint',
    'STREAM_SERVER_UPDATE endpoint',
    'LOBBY_VOICE_SERVER_UPDATE endpoint',
    'SPEED_TEST_SERVER_UPDATE endpoint',
  ],
};

const PLACES = SECRET_TABLE.filter(([, what]) => what === 'S' || what === 'I').flatMap(
  ([where, , ...paths]) =>
    (typeof where === 'object' ? where : [where]).flatMap((one) =>
      paths.map((path) => ({ where: one, path })),
    ),
);

/** The value at a path such as `a[].b`. */
function at(path: string, value: JsonValue): JsonValue {
  const [, step, rest = ''] = /^(\[\]|[^.[]+)\.?(.*)$/.exec(path) ?? [];
  if (step === undefined) return value;
  return step === '[]' ? [at(rest, value)] : { [step.replaceAll('*', 'x')]: at(rest, value) };
}

const lineWith = (path: string, value: string): string =>
  JSON.stringify({ atUs: 1, sender: 'gateway', payload: { op: 0, d: at(path.replace(':text', ''), value) } });

it('findLeaks finds every secret of the table that has a key of its own', () => {
  const missed = PLACES.filter(({ path }) => [...findLeaks([lineWith(path, VALUE)])].length === 0);
  expect(missed.map(({ where, path }) => `${where} ${path}`).sort()).toEqual(
    Object.values(NOT_BY_KEY).flat().sort(),
  );
});

it('findLeaks finds every secret of the table by its shape, and no masked one', () => {
  for (const { path } of PLACES) {
    expect([...findLeaks([lineWith(path, RANDOM)])], path).not.toEqual([]);
    expect([...findLeaks([lineWith(path, 'redacted:0123456789abcdef')])], path).toEqual([]);
  }
});
