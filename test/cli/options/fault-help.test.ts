import { expect, it } from 'vitest';
import { FAULT_HELP } from '../../../src/cli/options/mock-options.js';
import { FAULT_NAMES } from '../../../src/replay/faults/catalogue.js';

it('the help of --fault names every fault on its own line, at most 80 columns wide', () => {
  const lines = FAULT_HELP.split('\n');
  for (const name of FAULT_NAMES) {
    expect(
      lines.some((line) => line === `  ${name}` || line.startsWith(`  ${name}:`)),
      name,
    ).toBe(true);
  }
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
});
