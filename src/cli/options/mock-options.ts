/**
 * Flags of `mock` for what it demands of its clients, and its help on faults.
 */
import type { Command } from 'commander';
import { FAULT_NAMES, faultRow, type FaultName, type FaultRow } from '../../config/fault-spec.js';
import { anyKind, choiceKind, commaList, expecting, text, type Kind, SNOWFLAKE } from '../../config/kinds.js';
import { parseIntents } from '../../config/values.js';
import type { Demands } from '../../library/mock.js';
import { COUNT, DURATION, typed } from './values.js';

/** Values of the flags. */
export interface DemandFlags {
  readonly strict?: boolean;
  readonly token?: string;
  readonly maxConcurrency?: number;
  readonly requireShards?: boolean;
  readonly disallowIntents?: number;
  /** µs. */
  readonly resumeWindow?: number;
}

/** Adds the flags to a command. */
export function addDemands(command: Command): Command {
  return command
    .option('--strict', 'refuse wrong input as the documentation says, with close codes 4001 to 4014')
    .option('--token <value>', 'token that clients must have, made up for the test (default: any)')
    .addOption(
      typed(
        '--max-concurrency <n>',
        'shards that may identify within five seconds',
        expecting('a number', COUNT),
      ),
    )
    .option('--require-shards', 'close with 4011 when a client names no shard')
    .addOption(
      typed(
        '--disallow-intents <list>',
        'close with 4014 on these',
        text('such as GUILD_MEMBERS,MESSAGE_CONTENT', parseIntents),
      ),
    )
    .addOption(
      typed(
        '--resume-window <span>',
        'how long sessions outlive connections',
        expecting('2m, 30s (default: no limit)', DURATION),
      ),
    );
}

/** Demands from the flags. */
export function readDemands(flags: DemandFlags): Demands & { readonly resumeWindowUs: number | undefined } {
  return {
    isStrict: flags.strict,
    token: flags.token,
    maxConcurrency: flags.maxConcurrency,
    isShardingRequired: flags.requireShards,
    disallowedIntents: flags.disallowIntents,
    resumeWindowUs: flags.resumeWindow,
  };
}

/** Ids of channels, or those that the recorded permissions hide. */
export const HIDDEN_CHANNELS: Kind<'permissions' | readonly string[]> = {
  ...anyKind<'permissions' | readonly string[]>(choiceKind('permissions'), commaList(SNOWFLAKE)),
  expected: 'ids with commas between, or permissions for those that the recorded permissions hide',
};

const WIDTH = 80;
const INDENT = '      ';

const DEFAULTS: Readonly<Record<FaultRow['when'], string>> = {
  first: 'the first dispatch behind READY',
  READY: 'from READY on',
  start: 'the first occasion',
};

/** Help on faults: the catalogue, with the incident that each imitates, and the forms of WHEN. */
export const FAULT_HELP = `Faults, as NAME[:ARG][@WHEN], with the incident that each imitates:
${FAULT_NAMES.map(describe).join('\n')}

WHEN, instead of the default that each fault has:
  seq=N        the dispatch with this sequence number goes out
  op=N         a payload with this opcode goes out or comes in
  event=GLOB   a dispatch whose name matches goes out
  t=SECONDS    a connection is so old
  p=CHANCE     each time, with this chance (such as 0.01), from READY on`;

function describe(name: FaultName): string {
  const { argument, does, imitates, when } = faultRow(name);
  const form = argument === null ? name : `${name}:${argument.word}`;
  return [`  ${form}`, ...wrapped(`${does}. Default: ${DEFAULTS[when]}. As in ${imitates}.`)].join('\n');
}

function wrapped(text: string): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length >= WIDTH) lines.push(INDENT + word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
