/** Observations have stable names and one sentence each. */
import { describe, expect, it } from 'vitest';
import { OBSERVATIONS, RELAY_OBSERVATIONS } from '../../../src/gateway/session/observations.js';

describe('OBSERVATIONS', () => {
  it.each(Object.entries(OBSERVATIONS))('%s is a name with a sentence', (name, explanation) => {
    expect(name).toMatch(/^[a-z]+(_[a-z]+)+$/);
    expect(explanation).toMatch(/^[A-Z].*\.$/);
  });

  it.each(RELAY_OBSERVATIONS)('%s, which only the relay makes, is one of them', (name) => {
    expect(OBSERVATIONS).toHaveProperty(name);
  });
});
