import { expect, it } from 'vitest';
import { FAULT_HELP } from '../../../src/cli/options/mock-options.js';
import { FAULT_NAMES } from '../../../src/replay/faults/catalogue.js';

it('names every fault on a line of its own, and fits a terminal', () => {
  const lines = FAULT_HELP.split('\n');
  for (const name of FAULT_NAMES) {
    expect(
      lines.some((line) => line === `  ${name}` || line.startsWith(`  ${name}:`)),
      name,
    ).toBe(true);
  }
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
});
