import { expect, it } from 'vitest';
import type { JsonValue } from '../../../src/gateway/payload.js';
import { hasShape } from '../../../src/replay/gateway-side/strictness.js';

const PRESENCE = { since: null, activities: [], status: 'online', afk: false };

it.each<[number, JsonValue, boolean]>([
  [1, null, true],
  [1, 5, true],
  [1, 5.5, false],
  [3, PRESENCE, true],
  [3, { ...PRESENCE, since: 1, broadcast: null }, true],
  [3, { ...PRESENCE, afk: null }, false],
  [4, { guild_id: null, channel_id: null }, true],
  [4, { guild_id: '5' }, false],
  [8, { guild_id: '5', query: '' }, true],
  [8, { guild_id: ['5'], user_ids: '6' }, true],
  [8, null, false],
  [31, { guild_ids: [] }, true],
  [31, { guild_ids: '5' }, false],
  [37, { subscriptions: {} }, true],
  [37, { subscriptions: [] }, false],
  [40, { seq: null, qos: {} }, true],
  [40, {}, false],
  [43, { guild_id: '5', fields: ['status'] }, true],
  [19, 'anything', true],
])('the shape of op %i with %j: %s', (op, d, expected) => {
  expect(hasShape(op, d)).toBe(expected);
});
