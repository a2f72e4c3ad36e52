/** Facts come out of well-formed payloads, and nothing out of others. */
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../src/gateway/payload.js';
import { BOUNDS } from '../../../src/wire/bounds.js';
import {
  identifyFacts,
  readResume,
  readSessionId,
  readyFacts,
  resumeFacts,
} from '../../../src/gateway/session/facts.js';

const BLANK = {
  type: 'facts',
  session: 3,
  sessionId: null,
  userId: null,
  shard: null,
  library: null,
  intents: null,
  token: null,
};
const ODD: readonly JsonValue[] = [
  null,
  1,
  'x',
  true,
  [],
  {},
  { session_id: 1, seq: '1', user: [], shard: {} },
];

describe('identifyFacts', () => {
  it('reads shard, library and intents', () => {
    const d = { token: 't', properties: { browser: 'discord.js' }, shard: [1, 4], intents: 513 };
    expect(identifyFacts(3, d, 'agent')).toEqual({
      ...BLANK,
      shard: [1, 4],
      library: 'discord.js',
      intents: 513,
      token: 't',
    });
  });

  it('knows the prefixed property names of old libraries', () => {
    expect(identifyFacts(3, { properties: { $browser: 'eris' } }, 'agent').library).toBe('eris');
  });

  it.each(ODD)('falls back on the user agent for %j', (d) => {
    expect(identifyFacts(3, d, 'agent')).toEqual({ ...BLANK, library: 'agent' });
  });

  it.each([[[1]], [[1, 2, 3]], [[1, '2']], [['0', 2]], [[0.5, 2]]])('takes no shard from %j', (shard) => {
    expect(identifyFacts(3, { shard }, null)).toEqual(BLANK);
  });
});

describe('readyFacts', () => {
  it('reads the id, the user and the shard', () => {
    expect(readyFacts(3, { session_id: 'a', user: { id: '42' }, shard: [0, 1] })).toEqual({
      ...BLANK,
      sessionId: 'a',
      userId: '42',
      shard: [0, 1],
    });
  });

  it.each(ODD)('reads nothing from %j', (d) => {
    expect(readyFacts(3, d)).toEqual(BLANK);
    expect(readSessionId(d)).toBeNull();
  });
});

describe('readSessionId', () => {
  it('reads an id up to the bound of names, and none that is longer', () => {
    const id = 'i'.repeat(BOUNDS.nameChars);
    expect(readSessionId({ session_id: id })).toBe(id);
    expect(readSessionId({ session_id: `${id}i` })).toBeNull();
  });
});

describe('readResume', () => {
  it('reads the id and the sequence number', () => {
    expect(readResume({ token: 't', session_id: 'a', seq: 7 })).toEqual({ id: 'a', seq: 7 });
    const d = { token: 't', session_id: 'a', seq: 7 };
    expect(resumeFacts(3, d, 'agent')).toEqual({ ...BLANK, sessionId: 'a', library: 'agent', token: 't' });
  });

  it.each(ODD)('reads nothing from %j', (d) => {
    expect(readResume(d)).toEqual({ id: null, seq: null });
  });
});
