/**
 * Schema of the configuration: every key, what it accepts, its default and its purpose.
 *
 * The program checks the config file, the environment and the flags with it, and `config.schema.json`, which
 * editors read, is generated from it (test/config/schema.test.ts). The settings themselves: settings.ts.
 */
import { text, type Kind } from './kinds.js';
import { SETTINGS, type Setting } from './settings.js';

const ABOUT_SCHEMA = 'location of this schema: a path or URL for editors';

/** Name of a setting. */
export type ConfigKey = keyof typeof SETTINGS;

/** Complete configuration: every key has a value. */
export type Config = {
  readonly [Key in ConfigKey]: (typeof SETTINGS)[Key] extends Setting<infer Value> ? Value : never;
};

/** Every setting, in the order of the documentation. */
export const CONFIG_KEYS = Object.keys(SETTINGS) as readonly ConfigKey[];

/** Every key of a config file. */
export type FileKey = ConfigKey | '$schema';

const SCHEMA_KEY = text('a path or URL for editors', (given) => given);

/** Values that a key of a config file accepts. */
export function findKind(key: FileKey): Kind<unknown> {
  return key === '$schema' ? SCHEMA_KEY : SETTINGS[key];
}

/** Value of a setting that is given as `given`; undefined if it does not accept that. */
export function readSetting(key: FileKey, given: unknown): unknown {
  return findKind(key).read(given);
}

/** Configuration of accepted values; a setting that is not given has its default. */
export function completed(values: Readonly<Partial<Record<ConfigKey, unknown>>>): Config {
  const entries = CONFIG_KEYS.map((key) => [key, readSetting(key, values[key] ?? SETTINGS[key].initially)]);
  return Object.freeze(Object.fromEntries(entries) as Config);
}

/** Purpose of a setting and what it expects, as `PURPOSE: EXPECTED`. */
export function describeSetting(key: FileKey): string {
  return key === '$schema' ? ABOUT_SCHEMA : SETTINGS[key].about;
}

/** A setting's default in the form of a file, or null if there is nothing to show. */
export function findDefault(key: ConfigKey): string | null {
  const { initially } = SETTINGS[key];
  return typeof initially === 'object' ? null : String(initially);
}

/** Content of `config.schema.json`. */
export function configJsonSchema(): object {
  const described = CONFIG_KEYS.map((key) => {
    const { json, about, initially } = SETTINGS[key];
    return [key, { description: about, default: initially, ...json }];
  });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Configuration of gatetape',
    description: 'Flags and GATETAPE_* variables override it.',
    type: 'object',
    properties: {
      $schema: { description: ABOUT_SCHEMA, type: 'string' },
      ...(Object.fromEntries(described) as object),
    },
    additionalProperties: false,
  };
}
