/** Capabilities by name. */
import { expect, it } from 'vitest';
import { capabilityNames } from '../../src/gateway/capabilities.js';

it('names the bits of the official web client, and says which have no name', () => {
  const names = capabilityNames(1767421);
  expect(names.filter((name) => name.startsWith('UNKNOWN'))).toEqual([
    'UNKNOWN_17',
    'UNKNOWN_19',
    'UNKNOWN_20',
  ]);
  expect(names).toContain('CHANNEL_OBFUSCATION');
  expect(names).toHaveLength(17);
});

it('names the bits that D++ sends', () => {
  expect(capabilityNames(32768)).toEqual(['CHANNEL_OBFUSCATION']);
  expect(capabilityNames(0)).toEqual([]);
});
