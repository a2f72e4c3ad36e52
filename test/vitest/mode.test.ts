import { describe, expect, it } from 'vitest';
import { isRecording, chooseMode } from '../../src/vitest/mode.js';

describe('modeOf', () => {
  it.each([
    [undefined, {}, 'once'],
    [undefined, { CI: 'true' }, 'none'],
    [undefined, { CI: 'false' }, 'once'],
    ['all', { CI: 'true' }, 'all'],
    ['none', { GATETAPE_TAPE_MODE: 'all' }, 'all'],
    ['all', { GATETAPE_TAPE_MODE: 'none' }, 'none'],
    ['all', { GATETAPE_TAPE_MODE: '' }, 'all'],
    // The name until 0.1, which the mode of capture shares.
    ['none', { GATETAPE_MODE: 'all' }, 'all'],
    ['none', { GATETAPE_MODE: 'all', GATETAPE_TAPE_MODE: 'once' }, 'once'],
    ['none', { GATETAPE_MODE: 'forward' }, 'none'],
  ] as const)('of %s with %o is %s', (asked, environment, mode) => {
    expect(chooseMode(asked, environment)).toBe(mode);
  });

  it('refuses a variable that is not a mode', () => {
    expect(() => chooseMode('none', { GATETAPE_TAPE_MODE: 'noen' })).toThrow('GATETAPE_TAPE_MODE is "noen"');
  });
});

describe('isRecording', () => {
  it.each([
    ['none', false, false],
    ['none', true, false],
    ['once', false, true],
    ['once', true, false],
    ['all', false, true],
    ['all', true, true],
  ] as const)('in mode %s with a tape %s is %s', (mode, hasTape, answer) => {
    expect(isRecording(mode, hasTape)).toBe(answer);
  });
});
