import { expect, it } from 'vitest';
import { rebased } from '../../src/library/mock.js';
import { dispatch, readySession } from '../support/capture/steps.js';

it('recordings are moved in time, or the reason is given', () => {
  const lines: string[] = [];
  const log = (_level: string, line: string): void => void lines.push(line);
  const timeless = [readySession()];
  expect(lines).toEqual([]);
  expect(rebased(timeless, 0, log)).toBe(timeless);
  expect(lines).toEqual([expect.stringContaining('no time is moved')]);
  const message = readySession(dispatch(30, 2, 'MESSAGE_CREATE', { id: '1234567890123456789' }));
  expect(rebased([message], 2e15, log)).not.toEqual([message]);
});
