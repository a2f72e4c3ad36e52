/**
 * Flags of settings: the part of the configuration that a command takes.
 *
 * A command names its settings; their flags, help texts and defaults come from the configuration's schema.
 */
import { type Command, Option } from 'commander';
import { nameFlag, loadConfig, strayVariables } from '../../config/load.js';
import {
  CONFIG_KEYS,
  type Config,
  type ConfigKey,
  findDefault,
  describeSetting,
  findKind,
} from '../../config/schema.js';
import { warn } from '../print/terminal.js';
import { noteChoices } from './values.js';

/** Arguments of the flags, for `--help`; a flag that is not listed has no argument. */
const ARGUMENTS: Partial<Record<ConfigKey, string>> = {
  listen: 'host:port',
  upstream: 'ws-url',
  api: 'http-url',
  upstreamCa: 'file',
  db: 'file',
  keyFile: 'file',
  mode: 'mode',
  redact: 'what',
  onOverload: 'action',
  onRecordError: 'action',
  maxPayloadBytes: 'bytes',
  maxBodyBytes: 'bytes',
  queueBytes: 'bytes',
  decoders: 'count',
  maxDbSizeBytes: 'bytes',
  compactAfter: 'age',
  rotate: 'limit',
  keep: 'count',
  metrics: 'host:port',
  shipTo: 'url',
  shipCluster: 'name',
  shipTtl: 'days',
  logFormat: 'form',
  logLevel: 'level',
  allowHosts: 'host',
  others: 'action',
  tlsCert: 'file',
  tlsKey: 'file',
  caDir: 'folder',
  allowOrigins: 'origin',
  lint: 'json',
};

/** Adds the flags of some settings to a command. */
export function addSettings(command: Command, keys: readonly ConfigKey[]): Command {
  for (const key of keys) command.addOption(settingOption(key));
  return command;
}

/** Adds `--db`, which can be given several times and name several files by a pattern. */
export function addSeveral(command: Command): Command {
  const initially = findDefault('db') ?? '';
  const about = "database, or several: given several times, or as a pattern such as 'captures/*.sqlite'";
  const option = new Option(`${nameFlag('db')} <file>`, `${about} (default: ${initially})`);
  several.add(command);
  return command.addOption(option.argParser(collect));
}

/** Commands with a `--db` that can be given several times. */
const several = new WeakSet<Command>();

function collect(value: string, values: readonly string[] | undefined): readonly string[] {
  return [...(values ?? []), value];
}

/** Paths and patterns of the databases of a command that takes several and has read its configuration. */
export function readDatabasePaths(command: Command): readonly string[] {
  const { db } = command.opts<{ db?: readonly string[] }>();
  return db ?? [loaded.get(command)?.db ?? ''];
}

function settingOption(key: ConfigKey): Option {
  const argument = ARGUMENTS[key];
  const flags = argument === undefined ? nameFlag(key) : `${nameFlag(key)} <${argument}>`;
  const initially = findDefault(key);
  // The default is only shown. If it were set here, it would override the environment and the file.
  const shown = argument === undefined || initially === null ? '' : ` (default: ${initially})`;
  const option = new Option(flags, (HELP[key] ?? describeSetting(key)) + shown);
  if (argument !== undefined) noteChoices(option, findKind(key));
  if (key !== 'allowHosts' && key !== 'allowOrigins') return option;
  return option.argParser(collect);
}

/** Help texts of flags for which the setting's own text is wrong. */
const HELP: Partial<Record<ConfigKey, string>> = {
  tls: 'let clients speak TLS too, shown a certificate of the local authority',
  allowRemote: 'let other machines use the proxy, which are then recorded, and read metrics',
  shipTo: 'copy what is recorded to ClickHouse, in the background: http://host:8123/database',
  shipFrames: 'copy a row for each frame there, too',
  shipBodies: 'copy payloads there, too, redacted as they are in the database',
  rewrite: 'do not change READY: clients then resume past the proxy',
  allowHosts: 'gateway that may be dialled besides those of the upstream; can be given several times',
  allowOrigins: 'web page that may ask here, by its origin; can be given several times',
};

/** Configuration for a run of `command`: its flags, the environment, the file of `--config`. Throws UsageError. */
export function readConfig(command: Command): Config {
  const flags: Partial<Record<ConfigKey, unknown>> = {};
  for (const key of CONFIG_KEYS) {
    // --view names some of the views, and sets none.
    if (key === 'views') continue;
    const name = command.options.find((option) => option.long === nameFlag(key))?.attributeName();
    if (name !== undefined && command.getOptionValueSource(name) === 'cli') {
      const value = command.getOptionValue(name) as unknown;
      flags[key] = key === 'db' && several.has(command) ? (value as readonly string[]).at(-1) : value;
    }
  }
  const { config: file } = command.optsWithGlobals<{ config?: string }>();
  const config = loadConfig({ file: file ?? null, environment: process.env, flags });
  strayVariables(process.env).forEach((line) => warn(line, config));
  loaded.set(command, config);
  return config;
}

const loaded = new WeakMap<Command, Config>();

/** Database of a command that has read its configuration, or null. */
export function findDatabase(command: Command): string | null {
  return loaded.get(command)?.db ?? null;
}
