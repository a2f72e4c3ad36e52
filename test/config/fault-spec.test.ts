import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFault } from '../../src/config/fault-spec.js';
import { UsageError } from '../../src/errors.js';
import { FAULT_NAMES, faultRow } from '../../src/replay/faults/catalogue.js';

describe('parseFault', () => {
  it.each([
    ['reset', { name: 'reset', arg: null, when: { type: 'default' } }],
    ['close:4000', { name: 'close', arg: 4000, when: { type: 'default' } }],
    ['close:4000@seq=5', { name: 'close', arg: 4000, when: { type: 'seq', seq: 5 } }],
    ['invalid-session', { name: 'invalid-session', arg: false, when: { type: 'default' } }],
    ['invalid-session:true@op=3', { name: 'invalid-session', arg: true, when: { type: 'op', op: 3 } }],
    ['delay:1.5@t=0.25', { name: 'delay', arg: 1500, when: { type: 'age', us: 250_000 } }],
    ['stall', { name: 'stall', arg: 60_000_000, when: { type: 'default' } }],
    ['stall:2@p=.5', { name: 'stall', arg: 2_000_000, when: { type: 'chance', probability: 0.5 } }],
    ['big-ready:1MiB', { name: 'big-ready', arg: 1024 * 1024, when: { type: 'default' } }],
    ['split-message:suffix', { name: 'split-message', arg: true, when: { type: 'default' } }],
  ])('reads %s', (spec, fault) => {
    expect(parseFault(spec)).toEqual(fault);
  });

  it.each([
    ['message_?reate*', 'MESSAGE_CREATE', true],
    ['MESSAGE_*', 'MESSAGE_DELETE_BULK', true],
    ['MESSAGE', 'MESSAGE_CREATE', false],
  ])('event=%s and %s: %s', (glob, event, isMatching) => {
    const { when } = parseFault(`duplicate@event=${glob}`);
    expect(when.type === 'event' && when.pattern.test(event)).toBe(isMatching);
  });

  it.each([
    ['reconect', 'unknown name', 'did you mean reconnect?'],
    ['api-504', 'unknown name', 'did you mean api-503?'],
    ['', 'unknown name', 'known are reconnect, '],
    ['reset:now', 'has an argument', 'reset takes none'],
    ['close', 'has no argument', 'give it as close:CODE'],
    ['close:1006', 'the argument "1006"', '3000 to 4999'],
    ['close:', 'the argument ""', 'CODE is'],
    ['stall:soon', 'the argument "soon"', 'seconds'],
    ['big-ready:much', 'the argument "much"', '5MiB'],
    ['invalid-session:maybe', 'the argument "maybe"', 'true or false'],
    ['split-message:middle', 'the argument "middle"', 'suffix'],
    ['reset@', 'the WHEN ""', 'seq=N, op=N'],
    ['reset@sec=1', 'the WHEN "sec=1"', 'did you mean seq=?'],
    ['reset@p=2', 'the WHEN "p=2"', 'up to 1'],
    ['reset@p=0', 'the WHEN "p=0"', 'above 0'],
    ['reset@seq=-1', 'the WHEN "seq=-1"', 'seq=N'],
    ['reset@event=(', 'the WHEN "event=("', 'event=GLOB'],
  ])('refuses "%s": %s', (spec, message, hint) => {
    expect(() => parseFault(spec)).toThrow(UsageError);
    expect(() => parseFault(spec)).toThrow(message);
    expect(() => parseFault(spec)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining(hint) as string }),
    );
  });

  it('reads every fault of the catalogue in the form that the catalogue names', () => {
    for (const name of FAULT_NAMES) {
      const { argument } = faultRow(name);
      if (argument?.whenLeftOut !== null) expect(parseFault(name)).toMatchObject({ name });
    }
  });

  it('reads or refuses any text, and does nothing else', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom(...FAULT_NAMES, ''), (text, name) => {
        try {
          expect(FAULT_NAMES).toContain(parseFault(name + text).name);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }),
    );
  });
});
