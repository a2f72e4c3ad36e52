/** The transition table is complete, and its signals come from the right side. */
import { describe, expect, it } from 'vitest';
import { OBSERVATIONS } from '../../../src/gateway/session/observations.js';
import { OPCODES } from '../../../src/gateway/opcodes.js';
import { readSignal, TRANSITIONS } from '../../../src/gateway/session/phases.js';

const PHASES = Object.keys(TRANSITIONS);

describe('TRANSITIONS', () => {
  it.each(Object.entries(TRANSITIONS))('from %s lead to known phases under known names', (_, row) => {
    for (const [next, remark] of Object.values(row)) {
      expect(PHASES).toContain(next);
      if (remark !== null) expect(OBSERVATIONS).toHaveProperty(remark);
    }
  });

  it('lead through a complete session without an observation', () => {
    const path = ['identify', 'early', 'ready', 'dispatch', 'command', 'invalid_session', 'resume'] as const;
    let phase: keyof typeof TRANSITIONS = 'none';
    const passed = [...path, 'dispatch' as const, 'resumed' as const].map((signal) => {
      const [next, remark]: (typeof TRANSITIONS)['none']['identify'] = TRANSITIONS[phase][signal];
      expect(remark).toBeNull();
      return (phase = next);
    });
    expect(passed).toEqual([
      ...['identifying', 'identifying', 'live', 'live', 'live', 'invalid', 'resuming', 'resuming', 'live'],
    ]);
  });
});

describe('signalOf', () => {
  it.each([
    ['client', 2, null, 'identify'],
    ['client', 6, null, 'resume'],
    ['client', 1, null, null],
    ['client', 40, null, null],
    ['client', 41, null, null],
    ['gateway', 0, 'READY', 'ready'],
    ['gateway', 0, 'RESUMED', 'resumed'],
    ['gateway', 0, 'INITIAL_GUILD', 'early'],
    ['gateway', 0, 'ANYTHING', 'dispatch'],
    ['gateway', 0, null, 'dispatch'],
    ['gateway', 9, null, 'invalid_session'],
    ['gateway', 10, null, null],
    ['gateway', 6, null, null],
    ['gateway', 99, null, null],
    ['client', 99, null, 'command'],
  ] as const)('reads %s %d %s as %s', (sender, op, event, signal) => {
    expect(readSignal(sender, op, event)).toBe(signal);
  });

  it('takes every other opcode of the client for a command', () => {
    const others = OPCODES.filter((row) => row.sentBy === 'client' && ![2, 6, 40, 41].includes(row.op));
    for (const { op } of others) expect(readSignal('client', op, null)).toBe('command');
  });
});
