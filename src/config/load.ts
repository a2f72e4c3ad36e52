/**
 * Configuration from a JSON file, the environment and flags, as one frozen value.
 *
 * Flags override the environment, which overrides the file, which overrides the defaults. Each source is checked
 * separately, so that an error names the wrong file and key, variable or flag.
 */
import { UsageError } from '../errors.js';
import { readUserFile } from '../files.js';
import { closest, didYouMean } from '../closest.js';
import { mayHoldSecrets, SECRETS_HINT } from './values.js';
import { describeWrong, type WrongValue } from './kinds.js';
import {
  completed,
  CONFIG_KEYS,
  type Config,
  type ConfigKey,
  type FileKey,
  findKind,
  readSetting,
} from './schema.js';

/** Settings from flags, not yet checked; undefined means that the flag was not given. */
export type ConfigFlags = Readonly<Partial<Record<ConfigKey, unknown>>>;

/** Sources of a configuration. */
export interface ConfigSources {
  /** Path of the config file; if null, that of `GATETAPE_CONFIG`, if set. */
  readonly file: string | null;
  /** The process environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly flags: ConfigFlags;
}

/** Flags whose names differ from their key's. */
const FLAGS: Partial<Record<ConfigKey, string>> = {
  rewrite: '--no-rewrite',
  maxPayloadBytes: '--max-payload',
  maxBodyBytes: '--max-body',
  queueBytes: '--queue',
  maxDbSizeBytes: '--max-db-size',
  allowHosts: '--allow-host',
  lint: '--thresholds',
  allowOrigins: '--allow-origin',
  views: '--view',
};

const PREFIX = 'GATETAPE_';

/** Modes of a test with gatetape/vitest: whether it plays or records its tape. */
export const TAPE_MODES = ['none', 'once', 'all'] as const;

/** Variable that names the config file. */
export const CONFIG_VARIABLE = `${PREFIX}CONFIG`;

/** Variable that sets the mode of tests. */
export const TAPE_MODE_VARIABLE = `${PREFIX}TAPE_MODE`;

/** Hint for a mode of tests in the variable of the mode of capture. */
export const RENAMED = `its name is ${TAPE_MODE_VARIABLE} since 0.2`;

/**
 * Mode of tests in `GATETAPE_MODE`, which both modes shared until 0.1, or null. Supported for one more release; the mode
 * of capture has other words.
 */
export function formerTapeMode(
  environment: ConfigSources['environment'],
): (typeof TAPE_MODES)[number] | null {
  return TAPE_MODES.find((mode) => mode === environment[nameVariable('mode')]) ?? null;
}

/** Flag that sets `key`, such as `--max-payload`. */
export function nameFlag(key: ConfigKey): string {
  return FLAGS[key] ?? `--${words(key).join('-')}`;
}

/** Environment variable that sets `key`, such as `GATETAPE_MAX_PAYLOAD_BYTES`. */
export function nameVariable(key: ConfigKey): string {
  return PREFIX + words(key).join('_').toUpperCase();
}

/** The configuration of all sources together. Throws a UsageError that names what is wrong, and where. */
export function loadConfig(sources: ConfigSources): Config {
  const path = sources.file ?? toSetText(sources.environment[CONFIG_VARIABLE]);
  const layers = [
    path === null ? {} : checked(readConfigFile(path), path, (key) => `${path}: "${key}"`),
    checked(fromEnvironment(sources.environment), 'the environment', nameVariable),
    checked(fromFlags(sources.flags), 'the command line', nameFlag),
  ];
  return completed(Object.assign({}, ...layers) as object);
}

/** The configuration of one set of values in the form of the config file. Throws a UsageError. */
export function completeConfig(values: object, source: string): Config {
  return completed(checked(fromFlags(values), source, (key) => `${source}: ${key}`));
}

/** A warning for each variable that looks like a setting but is not one, with the name that was probably meant. */
export function strayVariables(environment: ConfigSources['environment']): readonly string[] {
  const known = [CONFIG_VARIABLE, `${PREFIX}TOKEN`, TAPE_MODE_VARIABLE, ...CONFIG_KEYS.map(nameVariable)];
  const strays = Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && !known.includes(name))
    .map((name) => {
      // Compared without what all of them have in common, or every name would be close to a short one.
      const near = closest(
        name.slice(PREFIX.length),
        known.map((one) => one.slice(PREFIX.length)),
      );
      return `${name} is not a setting: ${near === null ? 'it is ignored' : `did you mean ${PREFIX}${near}?`}`;
    });
  const tapeMode = formerTapeMode(environment);
  if (tapeMode !== null)
    strays.push(`${nameVariable('mode')} is ${tapeMode}, which is a mode of gatetape/vitest: ${RENAMED}`);
  return strays;
}

function readConfigFile(path: string): unknown {
  const text = readUserFile(path, 'the config file');
  try {
    // Editors on Windows begin a file with a byte order mark, which JSON.parse refuses.
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    const line = lineOfSyntaxError(text, (cause as SyntaxError).message);
    throw new UsageError(`${path}${line} is not JSON`, 'compare it with config.example.json', { cause });
  }
}

/** ` line 3`, if the message of JSON.parse has a position; its wording differs between versions of V8. */
function lineOfSyntaxError(text: string, message: string): string {
  const position = /at position (\d+)/.exec(message)?.[1];
  if (position === undefined) return '';
  return ` line ${text.slice(0, Number(position)).split('\n').length}`;
}

function fromEnvironment(environment: ConfigSources['environment']): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const key of CONFIG_KEYS) {
    if (key === 'mode' && formerTapeMode(environment) !== null) continue;
    const text = toSetText(environment[nameVariable(key)]);
    if (text !== null) values[key] = fromText(key, text);
  }
  return values;
}

/** A variable's text, or null if it is unset or empty. */
function toSetText(variable: string | undefined): string | null {
  return variable === undefined || variable === '' ? null : variable;
}

/** A variable's text in the form of the config file; invalid text is returned unchanged, for the check. */
function fromText(key: ConfigKey, text: string): unknown {
  if (key === 'rewrite' || key === 'tls' || key === 'allowRemote')
    return { true: true, '1': true, false: false, '0': false }[text.toLowerCase()] ?? text;
  if (key === 'allowHosts' || key === 'allowOrigins') return text.split(',').map((host) => host.trim());
  return text;
}

function fromFlags(flags: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
}

/** `values` if each of them is accepted; otherwise throws one UsageError that names all wrong ones. */
function checked(values: unknown, source: string, nameKey: (key: ConfigKey) => string): object {
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw new UsageError(`${source} holds no JSON object`, 'compare it with config.example.json');
  }
  const [first, ...others] = findWrongSettings(values, nameKey);
  if (first === undefined) return values;
  if (others.length === 0) throw new UsageError(first.what, first.hint);
  const all = [first, ...others].map(({ what, hint }) => `${what} (${hint})`);
  throw new UsageError(`${all.length} settings of ${source} are wrong`, all.join('; '));
}

/** Settings with values that are not accepted, then unknown keys. */
function findWrongSettings(values: object, nameKey: (key: ConfigKey) => string): readonly WrongValue[] {
  const keys: readonly FileKey[] = ['$schema', ...CONFIG_KEYS];
  const isKnown = (key: string): boolean => keys.some((each) => each === key);
  const given = new Map<string, unknown>(Object.entries(values));
  const every = `the settings are ${CONFIG_KEYS.join(', ')}`;
  return [
    ...keys
      .filter((key) => given.get(key) !== undefined && readSetting(key, given.get(key)) === undefined)
      .map((key) => wrongValue(nameKey(key as ConfigKey), key, given.get(key))),
    ...[...given.keys()]
      .filter((key) => !isKnown(key))
      .map((key) => ({
        what: `${nameKey(key as ConfigKey)} is not a setting`,
        hint: didYouMean(key, CONFIG_KEYS, every),
      })),
  ];
}

/** Message about a wrong value; a URL that can contain a secret is not shown. */
function wrongValue(name: string, key: FileKey, value: unknown): WrongValue {
  if ((key === 'upstream' || key === 'api') && mayHoldSecrets(String(value)))
    return { what: `${name} has a user, a password, a query or a fragment`, hint: SECRETS_HINT };
  return describeWrong(name, value, findKind(key));
}

function words(key: string): readonly string[] {
  return key.split(/(?=[A-Z])/).map((word) => word.toLowerCase());
}
