import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../src/gateway/payload.js';
import type { ReceivedPayload } from '../../src/mock/gateway.js';
import { compareWithRecorded } from '../../src/vitest/matchers.js';

const said = (...payloads: readonly [number, JsonValue][]): readonly ReceivedPayload[] =>
  payloads.map(([op, d]) => ({ connection: 1, atUs: 0, payload: { op, d, s: null, t: null } }));

describe('compareWithRecorded', () => {
  it('ignores values that differ in every run', () => {
    const recorded = said(
      [2, { token: 'redacted:1', intents: 1 }],
      [1, null],
      [8, { guild_id: '1', nonce: 'a' }],
    );
    const received = said(
      [2, { token: 'live', intents: 1 }],
      [8, { guild_id: '1', nonce: 'b' }],
      [1, 3],
      [40, {}],
    );
    expect(compareWithRecorded(recorded, received, [])).toMatchObject({ equal: true, matched: 2 });
  });

  it('reports other differences, except ignored ones', () => {
    const recorded = said([3, { status: 'idle', since: 1 }], [8, { guild_id: '1' }]);
    const received = said([3, { status: 'online', since: 2 }]);
    expect(compareWithRecorded(recorded, received, [])).toMatchObject({
      equal: false,
      missing: [{ op: 8 }],
      changed: [{ op: 3, path: 'd.status', expected: 'idle', actual: 'online' }],
    });
    expect(compareWithRecorded(recorded, received, ['PRESENCE_UPDATE:d.status']).changed).toEqual([]);
  });
});
