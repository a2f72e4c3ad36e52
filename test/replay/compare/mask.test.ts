import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/errors.js';
import type { JsonValue } from '../../../src/gateway/payload.js';
import { Mask, VOLATILE_RULES } from '../../../src/replay/compare/mask.js';

const apply = (rule: string, value: JsonValue, event: string | null = 'READY', op = 0): JsonValue =>
  new Mask([rule]).apply(value, op, event);

describe('a rule', () => {
  it('takes a field away and leaves the rest', () => {
    expect(apply('READY:d.session_id', { t: 'READY', d: { session_id: 'a', v: 10 } })).toEqual({
      t: 'READY',
      d: { v: 10 },
    });
  });

  it('reaches into every element of an array, and every key', () => {
    expect(apply('*:d.guilds[].id', { d: { guilds: [{ id: 1, n: 2 }, 3] } })).toEqual({
      d: { guilds: [{ n: 2 }, 3] },
    });
    expect(apply('*:d[].x', { d: [{ x: 1 }, { y: 2 }] })).toEqual({ d: [{}, { y: 2 }] });
    expect(apply('*:d.*.x', { d: { a: { x: 1, y: 2 }, b: 3 } })).toEqual({ d: { a: { y: 2 }, b: 3 } });
    expect(apply('*:d.list[]', { d: { list: [1, 2] } })).toEqual({ d: { list: [] } });
  });

  it('reaches to any depth, for one name or for all', () => {
    const value = { d: { a: [{ id: '1', b: { id: '2', c: 3 } }], id: '4' }, id: '5' };
    const rest = { d: { a: [{ b: { c: 3 } }] } };
    expect(apply('READY:**.id', value)).toEqual(rest);
    expect(apply('**.id', value)).toEqual(rest);
    expect(apply('**.**.id', value)).toEqual(rest);
    expect(apply('*:**.b.id', value)).toEqual({ d: { a: [{ id: '1', b: { c: 3 } }], id: '4' }, id: '5' });
    expect(apply('*:d.a.**.id', value)).toEqual({ d: { a: [{ b: { c: 3 } }], id: '4' }, id: '5' });
    expect(apply('*:d.a[].**.id', value)).toEqual({ d: { a: [{ b: { c: 3 } }], id: '4' }, id: '5' });
    expect(apply('HELLO:**.id', value)).toEqual(value);
  });

  it('leaves a value alone that has no such field', () => {
    const value = { d: { a: [1], b: null } };
    for (const path of ['d.x', 'd.a.x', 'd.b.x', 'd.a[].x', 'x.y', 'd[]']) {
      expect(apply(`*:${path}`, value)).toEqual(value);
    }
  });

  it('is for events that its name fits', () => {
    const value = { d: { nonce: 1 } };
    expect(apply('MESSAGE_*:d.nonce', value, 'MESSAGE_CREATE')).toEqual({ d: {} });
    expect(apply('MESSAGE_*:d.nonce', value, 'GUILD_MESSAGE_CREATE')).toEqual(value);
    expect(apply('MESSAGE:d.nonce', value, 'MESSAGE_CREATE')).toEqual(value);
    expect(apply('*A*E_C*:d.nonce', value, 'MESSAGE_CREATE')).toEqual({ d: {} });
    expect(apply('*E*E*E*E*E:d.nonce', value, 'MESSAGE_CREATE')).toEqual(value);
    expect(apply('M*X*E:d.nonce', value, 'MESSAGE_CREATE')).toEqual(value);
    expect(apply('AB*BA:d.nonce', value, 'ABA')).toEqual(value);
  });

  it('names payloads without an event by their opcode', () => {
    expect(apply('HELLO:d.x', { d: { x: 1 } }, null, 10)).toEqual({ d: {} });
    expect(apply('OP_99:d.x', { d: { x: 1 } }, null, 99)).toEqual({ d: {} });
  });

  it.each([
    '',
    'READY',
    'READY:',
    ':d',
    'READY:.d',
    'READY:d..x',
    'RE ADY:d',
    'READY:d[0]',
    '**',
    'READY:d.**',
  ])('%j is refused', (rule) => {
    expect(() => new Mask([rule])).toThrow(UsageError);
  });
});

it('the volatile fields are valid rules', () => {
  const mask = new Mask(VOLATILE_RULES);
  const ready = {
    t: 'READY',
    s: 1,
    op: 0,
    d: { _trace: ['x'], session_id: 'a', resume_gateway_url: 'b', user: { id: '1' } },
  };
  expect(mask.apply(ready, 0, 'READY')).toEqual({ t: 'READY', s: 1, op: 0, d: { user: { id: '1' } } });
});
