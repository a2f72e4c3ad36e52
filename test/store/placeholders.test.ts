import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/store.js';
import { scratchFile } from '../support/scratch.js';
import { storeHost } from '../support/stores.js';

describe('placeholder', () => {
  it('is equal for equal secrets, also after opening the file again', () => {
    const path = scratchFile();
    const first = openStore(path, storeHost);
    const placeholder = first.placeholder('a-token');
    expect(placeholder).toMatch(/^redacted:[0-9a-f]{16}$/);
    expect(first.placeholder('another')).not.toBe(placeholder);
    for (let i = 0; i < 5000; i++) first.placeholder(`secret ${i}`);
    expect(first.placeholder('a-token')).toBe(placeholder);
    first.close();
    const second = openStore(path, storeHost);
    expect(second.placeholder('a-token')).toBe(placeholder);
    second.close();
  });

  it('differs between databases', () => {
    const placeholders = [scratchFile('a.sqlite'), scratchFile('b.sqlite')].map((path) => {
      const store = openStore(path, storeHost);
      try {
        return store.placeholder('a-token');
      } finally {
        store.close();
      }
    });
    expect(placeholders[0]).not.toBe(placeholders[1]);
  });
});
