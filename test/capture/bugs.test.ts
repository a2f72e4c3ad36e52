import { expect, it } from 'vitest';
import { describeBug } from '../../src/capture/bugs.js';

it('a bug is described by its name and origin, without its message', () => {
  function faultyStep(): void {
    throw new RangeError('looks at secretPlace\n    at secretPlace');
  }
  let error: unknown;
  try {
    faultyStep();
  } catch (thrown) {
    error = thrown;
  }
  expect(describeBug(error)).toBe('RangeError in faultyStep');
  const [plain, bare] = [new TypeError('x'), new TypeError('y')];
  plain.stack = 'TypeError: x\n    at https://x';
  delete bare.stack;
  expect(describeBug(plain)).toBe('TypeError in https');
  expect(describeBug(bare)).toBe('TypeError in an unknown place');
  expect(describeBug('a text')).toBe('no error');
});
