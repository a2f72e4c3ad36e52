import { expect, it } from 'vitest';
import { SecretValues } from '../../src/gateway/redact/secret-values.js';
import { createSecretMemory, SecretMemory } from '../../src/worker/secret-memory.js';

const valueOf = (n: number): string => `value-${String(n).padStart(8, '0')}-${'x'.repeat(180)}`;
const isKnown = (values: SecretValues, value: string): boolean =>
  values.findIn(Buffer.from(`${value}.`)).length > 0;

it('a new set gets the secrets of the last one, and stays bounded', () => {
  const memory = createSecretMemory();
  const values = new SecretValues(new SecretMemory(memory));
  const holder = values.hold();
  holder.add('credential in use');
  values.remember('short one', false);
  values.remember('with "a quote\\', true);
  for (let n = 0; n < 6_000; n += 1) values.remember(valueOf(n), n % 8 === 0);
  const next = new SecretValues(new SecretMemory(memory));
  for (const value of ['credential in use', 'with "a quote\\', valueOf(5_999), valueOf(5_992)]) {
    expect(isKnown(next, value)).toBe(true);
  }
  expect(isKnown(next, valueOf(1))).toBe(false);
  expect(new SecretMemory(memory).read().length * 200).toBeLessThan(memory.byteLength + 1024 * 200);
});

it('credentials in use are kept, however many others come', () => {
  const memory = createSecretMemory();
  new SecretValues(new SecretMemory(memory)).hold().add('credential in use');
  const next = new SecretValues(new SecretMemory(memory));
  for (let n = 0; n < 1500; n += 1) next.remember(valueOf(n), true);
  expect(isKnown(next, 'credential in use')).toBe(true);
});
