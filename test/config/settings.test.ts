/** The table of settings: each default is one that the setting accepts. */
import { describe, expect, it } from 'vitest';
import { SETTINGS } from '../../src/config/settings.js';

describe('SETTINGS', () => {
  it.each(Object.entries(SETTINGS))('%s accepts its default, and says what it expects', (_, setting) => {
    expect(setting.read(setting.initially)).toBeDefined();
    expect(setting.about).toMatch(/^.+: .+$/);
  });

  it.each(['https://app.example.org', 'https://*.example.org', 'null', 'app://x'])(
    'take %s as an origin',
    (origin) => {
      expect(SETTINGS.allowOrigins.read([origin])).toEqual([origin]);
    },
  );

  it.each(['app.example.org', 'https://a/b', 'https://*.*.org'])('refuse %s as an origin', (origin) => {
    expect(SETTINGS.allowOrigins.read([origin])).toBeUndefined();
  });
});
