import { describe, expect, it } from 'vitest';
import { Commands } from '../../../src/replay/rest/commands.js';

const GLOBAL = '/applications/700/commands';
const GUILD = '/applications/700/guilds/5/commands';

describe('commands', () => {
  it('are there once they are registered, until others take their place', () => {
    const commands = new Commands();
    expect(commands.answer(`GET ${GLOBAL}`, null)).toEqual({ status: 200, value: [] });
    const both = commands.answer(`PUT ${GLOBAL}`, [{ name: 'ping' }, { name: 'ping', type: 2 }]);
    expect(both).toMatchObject({
      status: 200,
      value: [
        { id: '701', application_id: '700', version: '701', name: 'ping', type: 1, description: '' },
        { id: '702', name: 'ping', type: 2 },
      ],
    });
    expect(commands.answer(`GET ${GLOBAL}`, null)).toEqual(both);
    expect(commands.answer(`GET ${GUILD}`, null)?.value).toEqual([]);
    const next = [{ name: 'pong' }, { name: 'ping' }];
    expect(commands.answer(`PUT ${GLOBAL}`, next)?.value).toMatchObject([{ id: '703' }, { id: '701' }]);
  });

  it('are created, changed and deleted one by one', () => {
    const commands = new Commands();
    const created = commands.answer(`POST ${GUILD}`, { name: 'tide' });
    expect(created).toMatchObject({ status: 201, value: { id: '701', guild_id: '5', name: 'tide' } });
    const again = commands.answer(`POST ${GUILD}`, { name: 'tide', description: 'x' });
    expect(again).toMatchObject({ status: 200, value: { id: '701', description: 'x' } });
    const changed = commands.answer(`PATCH ${GUILD}/701`, { name: 'tides' });
    expect(changed).toMatchObject({ status: 200, value: { id: '701', name: 'tides', description: 'x' } });
    expect(commands.answer(`GET ${GUILD}/701`, null)).toEqual(changed);
    expect(commands.answer(`DELETE ${GUILD}/701`, null)).toEqual({ status: 204, value: null });
    expect(commands.answer(`GET ${GUILD}`, null)?.value).toEqual([]);
  });

  it('have no answer to a method that the API has not for one of them', () => {
    const commands = new Commands();
    commands.answer(`POST ${GUILD}`, { name: 'tide' });
    expect(commands.answer(`PUT ${GUILD}/701`, { name: 'ebb' })).toBeNull();
    expect(commands.answer(`GET ${GUILD}/701`, null)).toMatchObject({ value: { name: 'tide' } });
  });

  it.each([
    `GET ${GUILD}/701`,
    `DELETE ${GLOBAL}/1`,
    `DELETE ${GLOBAL}`,
    `PUT ${GLOBAL}`,
    'GET /applications/700/commands/permissions',
    'GET /applications/@me',
  ])('have no answer to %s', (route) => {
    expect(new Commands().answer(route, null)).toBeNull();
  });
});
