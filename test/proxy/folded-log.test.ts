import { expect, it, vi, onTestFinished } from 'vitest';
import { foldRepeats } from '../../src/proxy/folded-log.js';

it('a line is logged at once, and its repetitions once an interval with their count', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const told: string[] = [];
  const { log, flush } = foldRepeats((level, line, event) => {
    told.push(`${level} ${line}`);
    expect(event).toBe(line.startsWith('another') ? 'api_failed' : 'upstream_failed');
  });
  for (let count = 0; count < 8_000; count += 1) log('warn', 'the upstream is down', 'upstream_failed');
  log('warn', 'another line', 'api_failed');
  expect(told).toEqual(['warn the upstream is down', 'warn another line']);
  vi.advanceTimersByTime(10_000);
  expect(told.slice(2)).toEqual(['warn the upstream is down (7999 more in 10 s)']);
  log('warn', 'the upstream is down', 'upstream_failed');
  log('warn', 'another line', 'api_failed');
  expect(told.slice(3)).toEqual(['warn another line']);
  flush();
  expect(told.slice(4)).toEqual(['warn the upstream is down (1 more)']);
});
