/** Schema of the configuration, and the two files beside it at the root. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import {
  completed,
  CONFIG_KEYS,
  configJsonSchema,
  type ConfigKey,
  findDefault,
  describeSetting,
  readSetting,
} from '../../src/config/schema.js';

const root = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const defaults = loadConfig({ file: null, environment: {}, flags: {} });

describe('config.schema.json', () => {
  it('is the schema that the program checks with (regenerate it with vitest -u)', async () => {
    const path = root('config.schema.json');
    const style = await resolveConfig(path);
    const text = await format(JSON.stringify(configJsonSchema()), { ...style, parser: 'json' });
    await expect(text).toMatchFileSnapshot(path);
  });

  it('describes every key and refuses others', () => {
    const schema = configJsonSchema() as {
      properties: Record<string, { description: string }>;
      additionalProperties: boolean;
    };
    expect(schema.additionalProperties).toBe(false);
    expect(Object.keys(schema.properties)).toEqual(['$schema', ...CONFIG_KEYS]);
    for (const property of Object.values(schema.properties)) expect(property.description).toMatch(/^.+: .+$/);
  });
});

describe('config.example.json', () => {
  it('works as it is, and shows every setting at its default', () => {
    const example = JSON.parse(readFileSync(root('config.example.json'), 'utf8')) as Record<string, unknown>;
    expect(Object.keys(example)).toEqual(['$schema', ...CONFIG_KEYS]);
    expect(example['$schema']).toBe('./config.schema.json');
    expect(loadConfig({ file: root('config.example.json'), environment: {}, flags: {} })).toEqual(defaults);
  });
});

describe('completed and readSetting', () => {
  it('turn text into values', () => {
    expect(completed({ listen: ':0', maxPayloadBytes: '1KiB', queueBytes: 5 })).toMatchObject({
      listen: { host: '127.0.0.1', port: 0 },
      maxPayloadBytes: 1024,
      queueBytes: 5,
    });
  });

  it.each([
    ['listen', 'nowhere'],
    ['upstream', 'https://gateway.discord.gg'],
    ['upstream', 'wss://'],
    ['api', 'ws://127.0.0.1'],
    ['db', ''],
    ['mode', 'sideways'],
    ['rewrite', 'yes'],
    ['redact', true],
    ['onOverload', 'stop'],
    ['maxPayloadBytes', 0],
    ['maxPayloadBytes', 1.5],
    ['queueBytes', '64 parsecs'],
    ['allowHosts', 'example.org'],
    ['allowHosts', ['']],
    ['allowHosts', ['example.org/path']],
    ['allowHosts', ['example.org:443']],
  ])('refuse %s: %j', (key, value) => {
    expect(readSetting(key as ConfigKey, value)).toBeUndefined();
  });
});

describe('describeSetting and defaultOf', () => {
  it('say what a setting is for and what it is without being set', () => {
    expect(describeSetting('upstream')).toBe('gateway to dial: a ws:// or wss:// URL');
    expect(findDefault('maxPayloadBytes')).toBe('64MiB');
    expect(findDefault('listen')).toBe('127.0.0.1:7331');
    expect(findDefault('allowHosts')).toBeNull();
  });
});
