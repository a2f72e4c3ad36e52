import { once } from 'node:events';
import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { Alarm } from '../src/alarm.js';

it('an alarm rings once, at the time that was set last', async () => {
  const bell = new EventEmitter();
  let nowUs = 0;
  let rings = 0;
  const alarm = new Alarm(
    () => nowUs,
    () => {
      rings += 1;
      bell.emit('ring');
    },
  );
  alarm.set(3_600_000_000);
  alarm.set(2_000);
  await once(bell, 'ring');
  nowUs = 10_000;
  alarm.set(5_000); // over already
  alarm.set(null);
  alarm.set(5_000);
  await once(bell, 'ring');
  expect(rings).toBe(2);
});

it('an alarm can be set further ahead than setTimeout allows', () => {
  const alarm = new Alarm(
    () => 0,
    () => undefined,
  );
  alarm.set(Number.MAX_SAFE_INTEGER);
  alarm.set(null);
});
