/** The names of events. */
import { GatewayDispatchEvents } from 'discord-api-types/v10';
import { expect, it } from 'vitest';
import { EVENTS, isKnownEvent } from '../../src/gateway/events.js';

it('the table of events has every documented event of bots, and those of users', () => {
  for (const event of Object.values(GatewayDispatchEvents)) expect(isKnownEvent(event)).toBe(true);
  for (const event of ['CHANNEL_SYNC', 'CALL_CREATE', 'SESSIONS_REPLACE', 'PRESENCES_REPLACE'])
    expect(isKnownEvent(event)).toBe(true);
  expect(isKnownEvent('MADE_UP')).toBe(false);
});

it('the table of events is sorted, unique and in capitals', () => {
  expect(EVENTS).toHaveLength(211);
  expect([...new Set(EVENTS)].sort()).toEqual(EVENTS);
  for (const event of EVENTS) expect(event).toMatch(/^[A-Z][A-Z0-9_]+$/);
});
