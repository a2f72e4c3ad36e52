import { describe, expect, it } from 'vitest';
import { createSocketOptions } from '../../src/proxy/dialling.js';
import { fakeLookup } from '../support/fake-lookup.js';
import { TestCa } from '../support/test-ca.js';

describe('createReach', () => {
  const lookup = fakeLookup({ 'a.example.org': '10.0.0.1' });
  const ask = (allowHosts: readonly string[]): Promise<unknown> =>
    new Promise((resolve) => {
      createSocketOptions({ allowHosts, upstreamCa: [], lookup }).lookup(
        'a.example.org',
        {},
        (error, found) => resolve(error?.message ?? found),
      );
    });

  it('connects to inward addresses of listed hosts only', async () => {
    expect(await ask([])).toContain('leads to the inward address');
    expect(await ask(['a.example.org'])).toBe('10.0.0.1');
  });

  it('uses the certificates of Node, and additional ones if given', () => {
    expect(createSocketOptions({ allowHosts: [], upstreamCa: [] }).secureContext).toBeUndefined();
    expect(
      createSocketOptions({ allowHosts: [], upstreamCa: [new TestCa().cert] }).secureContext,
    ).toBeDefined();
  });
});
