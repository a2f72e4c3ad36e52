/**
 * Filters: the flags that say which frames a command is about.
 *
 * Those of a scope and a span of time fit statistics too; sizes and what payloads say fit frames alone.
 */
import type { Command, Option } from 'commander';
import { choiceKind, commaList, expecting, text } from '../../config/kinds.js';
import {
  FRAME_KINDS,
  FRAME_STATUSES,
  SENDERS,
  type CaptureReader,
  type FieldComparison,
  type FrameFilter,
  type FrameKind,
  type FrameStatus,
  type IdOrLatest,
  type Scope,
  type TimeSpan,
} from '../../library/queries.js';
import { parseComparison } from './field-comparison.js';
import { BYTES, choiceOption, each, ID, NUMBER, OPS, SNOWFLAKE, TIME, typed } from './values.js';

/** Flags of `addScopeOptions`. */
interface ScopeFlags {
  readonly since?: number;
  readonly until?: number;
  readonly op?: readonly number[];
  readonly event?: string;
  readonly sender?: 'client' | 'gateway';
  readonly kind?: readonly FrameKind[];
  readonly status?: readonly FrameStatus[];
  readonly capture?: IdOrLatest;
  readonly connection?: IdOrLatest;
  readonly session?: IdOrLatest;
  readonly shard?: number;
}

/** Flags of `addFrameOptions`. */
interface FrameFlags {
  readonly minSize?: number;
  readonly maxSize?: number;
  readonly guild?: string;
  readonly channel?: string;
  readonly user?: string;
  readonly where?: readonly FieldComparison[];
  readonly grep?: string;
}

/** Adds `--since` and `--until`. */
export function addTimeOptions(command: Command): Command {
  return command
    .addOption(typed('--since <time>', 'from this time on', TIME))
    .addOption(typed('--until <time>', 'before this time', expecting('as --since', TIME)));
}

/** Adds the flags that `readPlace` reads. */
export function addPlaceOptions(command: Command): Command {
  return command
    .addOption(typed('--capture <id>', 'one run of record', ID))
    .addOption(typed('--connection <id>', 'one connection', ID))
    .addOption(typed('--session <id>', 'one session', ID));
}

/** Filter of place and time by the flags, without shards. Throws a UsageError for an id that is not in the database. */
export function readPlace(
  command: Command,
  reader: CaptureReader,
): TimeSpan & Pick<Scope, 'capture' | 'connection' | 'session'> {
  const { since, until, capture, connection, session } = command.opts<ScopeFlags>();
  return {
    sinceUs: since,
    untilUs: until,
    capture: capture === undefined ? undefined : reader.resolveCapture(capture),
    connection: connection === undefined ? undefined : reader.resolveConnection(connection),
    session: session === undefined ? undefined : reader.resolveSession(session),
  };
}

/** Adds the flags that `readScope` reads. */
export function addScopeOptions(command: Command): Command {
  addTimeOptions(command)
    .addOption(typed('--op <list>', 'opcodes', OPS))
    .option('--event <glob>', "event names, such as READY or 'MESSAGE_*'")
    .addOption(choiceOption('--sender <side>', 'who sent it', SENDERS))
    .addOption(
      typed(
        '--kind <list>',
        'kinds of frames',
        commaList(choiceKind(...FRAME_KINDS), FRAME_KINDS.join(', ')),
      ),
    )
    .addOption(
      typed(
        '--status <list>',
        'decoding result',
        commaList(choiceKind(...FRAME_STATUSES), 'ok, partial, control, not_json, …'),
      ),
    );
  return addPlaceOptions(command).addOption(
    typed('--shard <number>', 'one shard', expecting('a number from 0', NUMBER)),
  );
}

/** Adds the flags that `readFrameFilter` reads besides. */
export function addFrameOptions(command: Command): Command {
  return addScopeOptions(command)
    .addOption(typed('--min-size <bytes>', 'payloads of at least', BYTES))
    .addOption(typed('--max-size <bytes>', 'payloads of at most', BYTES))
    .addOption(discordId('--guild <id>', 'guild that the payload is about'))
    .addOption(discordId('--channel <id>', 'channel that the payload is about'))
    .addOption(discordId('--user <id>', 'user, author or member that the payload is about'))
    .addOption(
      each(
        '--where <comparison>',
        'a field of the payload; can be given several times',
        text('PATH, one of = != < <= > >= ~ (glob), and a value, such as d.author.bot=true', parseComparison),
      ),
    )
    .option('--grep <text>', "text in the payload's JSON");
}

function discordId(flags: string, description: string): Option {
  return typed(flags, description, SNOWFLAKE);
}

/** Filter of place and time by the flags. Throws a UsageError for an id that is not in the database. */
export function readScope(command: Command, reader: CaptureReader): Scope & TimeSpan {
  const flags = command.opts<ScopeFlags>();
  return {
    ...readPlace(command, reader),
    ops: flags.op,
    event: flags.event,
    sender: flags.sender,
    kinds: flags.kind,
    statuses: flags.status,
    shard: flags.shard,
  };
}

/** The whole filter that the flags make. Throws as `readScope` does. */
export function readFrameFilter(command: Command, reader: CaptureReader): FrameFilter {
  const { minSize, maxSize, guild, channel, user, where, grep } = command.opts<FrameFlags>();
  return {
    ...readScope(command, reader),
    minBytes: minSize,
    maxBytes: maxSize,
    guild,
    channel,
    user,
    where,
    text: grep,
  };
}
