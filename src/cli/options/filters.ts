/**
 * Filters: the flags that select frames.
 *
 * Most are terms of the filter language under their names (docs/filters.md). Those of a scope and a span of time fit
 * statistics too; sizes and what payloads say fit frames alone.
 */
import { Option, type Command } from 'commander';
import { choiceKind, commaList, expecting, text, type Kind } from '../../config/kinds.js';
import { FilterError } from '../../filter/filter-error.js';
import type { KeyName } from '../../filter/keys.js';
import type { Filter } from '../../filter/nodes.js';
import { parseFilter, parseKeyTerm } from '../../filter/parse.js';
import { HIDDEN_WORDS, readHidden, readView } from '../../filter/views.js';
import {
  FRAME_KINDS,
  FRAME_STATUSES,
  SENDERS,
  type CaptureReader,
  type FieldComparison,
  type FilteredBy,
  type FrameFilter,
  type IdOrLatest,
  type Scope,
  type TimeSpan,
} from '../../library/queries.js';
import { readConfig } from './config-options.js';
import { parseComparison } from './field-comparison.js';
import { BYTES, each, ID, TIME, typed } from './values.js';

/** Flags of `addPlaceOptions` and `addTimeOptions`. */
interface PlaceFlags {
  readonly since?: number;
  readonly until?: number;
  readonly capture?: IdOrLatest;
  readonly connection?: IdOrLatest;
  readonly session?: IdOrLatest;
}

/** Flags of `addFrameOptions` that are no terms of a filter. */
interface FrameFlags {
  readonly minSize?: number;
  readonly maxSize?: number;
  readonly where?: readonly FieldComparison[];
  readonly grep?: string;
}

/** Flags of `addFilterOptions`. */
interface FilterFlags {
  readonly filter?: readonly Filter[];
  readonly view?: readonly string[];
  readonly hide?: readonly string[];
}

/** Flags that are the terms of their names. */
const TERM_FLAGS = [
  'op',
  'event',
  'sender',
  'kind',
  'status',
  'shard',
  'guild',
  'channel',
  'user',
] as const satisfies readonly KeyName[];

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
  const { since, until, capture, connection, session } = command.opts<PlaceFlags>();
  return {
    sinceUs: since,
    untilUs: until,
    capture: capture === undefined ? undefined : reader.resolveCapture(capture),
    connection: connection === undefined ? undefined : reader.resolveConnection(connection),
    session: session === undefined ? undefined : reader.resolveSession(session),
  };
}

/** Adds `--filter`, `--view` and `--hide`. */
export function addFilterOptions(command: Command): Command {
  return command
    .addOption(
      gathered('--filter <text>', "what to select, such as 'event:MESSAGE_* size:>4KiB'", parseFilter),
    )
    .addOption(gathered('--view <name>', 'a filter with a name: gatetape views lists them', (name) => name))
    .addOption(
      typed(
        '--hide <list>',
        'what to leave out',
        commaList(choiceKind(...HIDDEN_WORDS), HIDDEN_WORDS.join(', ')),
      ),
    );
}

/** A flag that can be given several times; the values come as a list. */
export function gathered(flags: string, description: string, parse: (text: string) => unknown): Option {
  const option = new Option(flags, `${description}; can be given several times`);
  return option.argParser((text: string, before: readonly unknown[] | undefined) => [
    ...(before ?? []),
    parse(text),
  ]);
}

/** Filters of `--filter`, `--view` and `--hide`, all of which have to hold. Throws a UsageError for an unknown view. */
export function readFilters(command: Command): readonly Filter[] {
  const { filter = [], view = [], hide = [] } = command.opts<FilterFlags>();
  const views = view.length === 0 ? [] : view.map((name) => readView(name, readConfig(command).views));
  return [...filter, ...views, ...hide.flatMap((word) => readHidden(word) ?? [])];
}

/** Adds the flags that `readScope` reads. */
export function addScopeOptions(command: Command): Command {
  addTimeOptions(command)
    .addOption(typed('--op <list>', 'opcodes', termKind('op', 'numbers or names, such as 0,HELLO')))
    .addOption(
      typed('--event <list>', 'event names', termKind('event', "names or globs, such as 'MESSAGE_*'")),
    )
    .addOption(typed('--sender <side>', 'who sent it', termKind('sender', SENDERS.join(' or '), SENDERS)))
    .addOption(
      typed('--kind <list>', 'kinds of frames', termKind('kind', FRAME_KINDS.join(', '), FRAME_KINDS)),
    )
    .addOption(
      typed(
        '--status <list>',
        'decoding result',
        termKind('status', 'ok, partial, control, not_json, …', FRAME_STATUSES),
      ),
    );
  addPlaceOptions(command).addOption(
    typed('--shard <list>', 'shards', termKind('shard', 'numbers from 0, or ranges such as 0..3')),
  );
  return addFilterOptions(command);
}

/** Adds the flags that `readFrameFilter` reads besides. */
export function addFrameOptions(command: Command): Command {
  return addScopeOptions(command)
    .addOption(typed('--min-size <bytes>', 'payloads of at least', BYTES))
    .addOption(typed('--max-size <bytes>', 'payloads of at most', BYTES))
    .addOption(discordId('guild', '--guild <id>', 'guild that the payload is about'))
    .addOption(discordId('channel', '--channel <id>', 'channel that the payload is about'))
    .addOption(discordId('user', '--user <id>', 'user, author or member that the payload is about'))
    .addOption(
      each(
        '--where <comparison>',
        'a field of the payload; can be given several times',
        text('PATH, one of = != < <= > >= ~ (glob), and a value, such as d.author.bot=true', parseComparison),
      ),
    )
    .option('--grep <text>', "text in the payload's JSON");
}

function discordId(key: KeyName, flags: string, description: string): Option {
  return typed(flags, description, termKind(key, 'an id of Discord, all digits'));
}

/** Values of a key of the filter language, with `!`, lists, globs and ranges. */
export function termKind(key: KeyName, expected: string, choices: readonly string[] = []): Kind<Filter> {
  const read = (given: unknown): Filter | undefined => {
    try {
      return parseKeyTerm(key, String(given));
    } catch (error) {
      if (error instanceof FilterError) return undefined;
      throw error;
    }
  };
  return { expected, read, json: {}, choices };
}

/** Filters of the flags that are terms of the language, and those of `readFilters`; all of them have to hold. */
export function readTerms(command: Command): readonly Filter[] {
  const flags = command.opts<Partial<Record<KeyName, Filter>>>();
  return [...TERM_FLAGS.flatMap((key) => flags[key] ?? []), ...readFilters(command)];
}

/** Filter of the flags of `addScopeOptions`. Throws a UsageError for an id that is not in the database. */
export function readScope(
  command: Command,
  reader: CaptureReader,
): ReturnType<typeof readPlace> & FilteredBy {
  const filters = readTerms(command);
  return {
    ...readPlace(command, reader),
    // A command that follows a recording keeps to the session, and the time, that it began with.
    filter: filters.length === 0 ? undefined : reader.pinFilter(filters),
  };
}

/** The whole filter that the flags make. Throws as `readScope` does. */
export function readFrameFilter(command: Command, reader: CaptureReader): FrameFilter {
  return { ...readScope(command, reader), ...readContentFilter(command) };
}

/** Filter of the flags on sizes and payloads that are not terms. */
export function readContentFilter(
  command: Command,
): Pick<FrameFilter, 'minBytes' | 'maxBytes' | 'where' | 'text'> {
  const { minSize, maxSize, where, grep } = command.opts<FrameFlags>();
  return { minBytes: minSize, maxBytes: maxSize, where, text: grep };
}
