import { expect, it } from 'vitest';
import { EVENT_FAMILIES, findFamily } from '../../src/gateway/event-family.js';
import { findOpcode, OP } from '../../src/gateway/opcodes.js';

it.each([
  ['text', 'ok', 0, 'MESSAGE_CREATE', 'message'],
  ['text', 'ok', 0, 'INTERACTION_CREATE', 'message'],
  ['text', 'ok', 0, 'READY', 'session'],
  ['text', 'ok', 0, 'RATE_LIMITED', 'trouble'],
  ['text', 'ok', 0, 'PRESENCE_UPDATE', 'presence'],
  ['text', 'ok', 0, 'GUILD_MEMBER_ADD', 'member'],
  ['text', 'ok', 0, 'GUILD_CREATE', 'guild'],
  ['text', 'ok', 0, 'VOICE_STATE_UPDATE', 'voice'],
  ['text', 'ok', 0, 'SOMETHING_ELSE', 'other'],
  ['text', 'ok', OP.HELLO, null, 'session'],
  ['text', 'ok', OP.RECONNECT, null, 'trouble'],
  ['text', 'ok', OP.REQUEST_GUILD_MEMBERS, null, 'member'],
  ['text', 'ok', 250, null, 'other'],
  ['text', 'ok', null, null, 'other'],
  ['close', 'control', null, null, 'session'],
  ['ping', 'control', null, null, 'other'],
  ['binary', 'partial', null, null, 'other'],
  ['binary', 'not_json', null, null, 'trouble'],
] as const)('a %s frame, %s, op %s, %s belongs to the family %s', (kind, status, op, event, family) => {
  const opName = op === null ? null : (findOpcode(op)?.name ?? null);
  expect(findFamily({ kind, status, op, event }, opName)).toBe(family);
});

it('families are shown in their order', () => {
  expect(EVENT_FAMILIES.join(' ')).toBe('message presence guild member session trouble voice other');
});
