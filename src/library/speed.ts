/**
 * Speed, as a user of the library or the command line gives it.
 */
import { UsageError } from '../errors.js';
import type { MockSpeed, Speed } from '../replay/clock.js';

/** The same speed of a mock, once it is known to be one. Throws a UsageError otherwise. */
export function checkedMockSpeed(speed: MockSpeed): MockSpeed {
  return speed === 'step' ? speed : checkedSpeed(speed);
}

/** The same speed, once it is known to be one. Throws a UsageError otherwise. */
export function checkedSpeed(speed: Speed): Speed {
  if (speed === 'max' || (speed > 0 && Number.isFinite(speed))) return speed;
  throw new UsageError('"speed" is no pace', 'give a number above 0, or max');
}
