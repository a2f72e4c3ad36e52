import { expect, it } from 'vitest';
import { ClientLimits } from '../../../src/replay/gateway-side/client-limits.js';

const SECOND = 1_000_000;

it('a client may send 120 payloads in any minute', () => {
  const conduct = new ClientLimits(41_250, 0);
  for (let n = 0; n < 120; n += 1) expect(conduct.send(n * (SECOND / 4))).toBe(true);
  expect(conduct.send(59 * SECOND)).toBe(false);
  expect(conduct.send(60 * SECOND)).toBe(true); // the first one is a minute ago
  expect(conduct.send(60 * SECOND)).toBe(false); // the second one is not
});

it('a heartbeat may come up to one and a half intervals after the connection', () => {
  const conduct = new ClientLimits(10_000, 5 * SECOND);
  expect(conduct.overdueAtUs).toBe(20 * SECOND);
  conduct.beat(12 * SECOND);
  expect(conduct.overdueAtUs).toBe(27 * SECOND);
});
