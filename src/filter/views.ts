/**
 * Views: filters with names. Some are built in; the setting `views` adds others, or replaces those.
 */
import { didYouMean } from '../closest.js';
import { UsageError } from '../errors.js';
import { FilterError } from './filter-error.js';
import { exclude, type Filter } from './nodes.js';
import { parseFilter } from './parse.js';

/** A filter with a name. */
export interface View {
  readonly name: string;
  /** Text of the filter. */
  readonly filter: string;
  readonly source: 'built-in' | 'settings';
  /** Error of the text; null if it is a valid filter. */
  readonly error: string | null;
}

/** Filters by their names. */
export type ViewTexts = Readonly<Record<string, string>>;

/** Views that are always there. */
export const BUILT_IN_VIEWS: ViewTexts = {
  quiet: '-op:HEARTBEAT,HEARTBEAT_ACK -event:PRESENCE_UPDATE,TYPING_START -kind:ping,pong',
  lifecycle: 'op:IDENTIFY,RESUME,HELLO,RECONNECT,INVALID_SESSION or event:READY,RESUMED or kind:close',
  trouble:
    'status:!ok,!partial,!control or op:RECONNECT,INVALID_SESSION or event:RATE_LIMITED or close:1002..4999',
  messages: 'event:MESSAGE_CREATE,MESSAGE_UPDATE,MESSAGE_DELETE,MESSAGE_DELETE_BULK',
  guilds: 'event:GUILD_CREATE,GUILD_UPDATE,GUILD_DELETE,CHANNEL_*,THREAD_*,GUILD_ROLE_*',
  members: 'event:GUILD_MEMBER_*,GUILD_MEMBERS_CHUNK,GUILD_BAN_* or op:REQUEST_GUILD_MEMBERS',
  interactions: 'event:INTERACTION_*',
  voice: 'event:VOICE_* or op:VOICE_STATE_UPDATE,VOICE_SERVER_PING',
  client: 'sender:client',
  large: 'size:>=64KiB',
};

/** What `--hide` leaves out, by its words. */
export const HIDDEN: ViewTexts = {
  heartbeats: 'op:HEARTBEAT,HEARTBEAT_ACK',
  presences: 'event:PRESENCE_UPDATE',
  typing: 'event:TYPING_START',
  pings: 'kind:ping,pong',
  partial: 'status:partial',
};

/** Words that `--hide` takes. */
export const HIDDEN_WORDS: readonly string[] = Object.keys(HIDDEN);

/** All views, those of the settings last. */
export function listViews(own: ViewTexts): readonly View[] {
  const builtIn = Object.entries(BUILT_IN_VIEWS).filter(([name]) => !Object.hasOwn(own, name));
  return [
    ...builtIn.map(([name, filter]): View => ({ name, filter, source: 'built-in', error: null })),
    ...Object.entries(own).map(([name, filter]): View => ({
      name,
      filter,
      source: 'settings',
      error: findDefect(filter),
    })),
  ];
}

function findDefect(filter: string): string | null {
  try {
    parseFilter(filter);
    return null;
  } catch (error) {
    if (error instanceof FilterError) return error.message;
    throw error;
  }
}

function parseView({ name, filter }: View): Filter {
  try {
    return parseFilter(filter);
  } catch (error) {
    throw error instanceof FilterError ? error.within(`the view ${name}`) : error;
  }
}

/** Filter of a view. Throws a UsageError for an unknown name, and a FilterError if its text cannot be parsed. */
export function readView(name: string, own: ViewTexts): Filter {
  const views = listViews(own);
  const view = views.find((one) => one.name === name);
  if (view !== undefined) return parseView(view);
  const names = views.map((one) => one.name);
  throw new UsageError(`there is no view ${name}`, didYouMean(name, names, 'list them with gatetape views'));
}

/** Filter for a word of `--hide`, which leaves those frames out; null for an unknown word. */
export function readHidden(word: string): Filter | null {
  const text = Object.hasOwn(HIDDEN, word) ? HIDDEN[word] : undefined;
  return text === undefined ? null : exclude(parseFilter(text));
}
