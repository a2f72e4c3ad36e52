/** Capabilities by name. */
import { expect, it } from 'vitest';
import { capabilityNames } from '../../src/gateway/capabilities.js';

it('capability bits of the official web client have names, and unknown ones are listed', () => {
  const names = capabilityNames(1767421);
  expect(names.filter((name) => name.startsWith('UNKNOWN'))).toEqual([
    'UNKNOWN_17',
    'UNKNOWN_19',
    'UNKNOWN_20',
  ]);
  expect(names).toContain('CHANNEL_OBFUSCATION');
  expect(names).toHaveLength(17);
});

it('capability bits that D++ sends have names', () => {
  expect(capabilityNames(32768)).toEqual(['CHANNEL_OBFUSCATION']);
  expect(capabilityNames(0)).toEqual([]);
});
