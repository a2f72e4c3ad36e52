/**
 * Arguments of the tools: one table for all of them, checked by the kinds of the settings, whose JSON Schema the client of
 * the protocol gets.
 */
import {
  anyKind,
  choiceKind,
  integer,
  list,
  SNOWFLAKE,
  someText,
  text,
  yesOrNo,
} from '../../config/kinds.js';
import { UsageError } from '../../errors.js';
import { parseTime } from '../../filter/quantities.js';
import { systemNowUs } from '../../host.js';
import type { FrameFilter, TimeSpan } from '../../store/filter.js';
import { LINT_SEVERITIES, type LintSeverity } from '../../lint/rule.js';
import type { CaptureReader } from '../../store/reader.js';
import { GROUP_KEYS } from '../../store/query-words.js';
import { SENDERS } from '../../wire/frame.js';
import { checkedOptions, SESSION_ID, type OptionRules } from '../options.js';
import { DEFAULT_ROWS, MAX_ROWS } from './answer.js';

/** Arguments of all tools. */
export interface ToolArguments {
  readonly limit?: number;
  readonly cursor?: string;
  readonly session?: number | 'latest';
  readonly connection?: number;
  readonly capture?: number | 'latest';
  readonly shard?: number;
  readonly op?: readonly number[];
  readonly event?: string;
  readonly sender?: 'client' | 'gateway';
  readonly guild?: string;
  readonly channel?: string;
  readonly user?: string;
  readonly text?: string;
  readonly filter?: string;
  readonly since?: string;
  readonly until?: string;
  readonly newestFirst?: boolean;
  readonly by?: readonly (typeof GROUP_KEYS)[number][];
  readonly id?: number | 'latest';
  readonly seq?: number;
  readonly method?: string;
  readonly route?: string;
  readonly statusFrom?: number;
  readonly statusTo?: number;
  readonly before?: number | 'latest';
  readonly after?: number | 'latest';
  readonly ignore?: readonly string[];
  readonly statement?: string;
  readonly rules?: readonly string[];
  readonly severity?: LintSeverity;
}

/** Name of an argument. */
export type ArgumentName = keyof ToolArguments;

const MOMENT_TEXT = text('2h (ago), an ISO time, today, yesterday, now or µs', (given) =>
  parseTime(given, systemNowUs()),
);

const ARGUMENT_RULES: OptionRules<ToolArguments> = {
  limit: integer(1),
  cursor: someText,
  session: SESSION_ID,
  connection: integer(1),
  capture: SESSION_ID,
  shard: integer(0),
  op: list(integer(0)),
  event: someText,
  sender: choiceKind(...SENDERS),
  guild: SNOWFLAKE,
  channel: SNOWFLAKE,
  user: SNOWFLAKE,
  text: someText,
  filter: someText,
  since: MOMENT_TEXT,
  until: MOMENT_TEXT,
  newestFirst: yesOrNo,
  by: list(choiceKind(...GROUP_KEYS)),
  id: anyKind<number | 'latest'>(integer(1), choiceKind('latest')),
  seq: integer(0),
  method: someText,
  route: someText,
  statusFrom: integer(0),
  statusTo: integer(0),
  before: SESSION_ID,
  after: SESSION_ID,
  ignore: list(someText),
  statement: someText,
  rules: list(someText),
  severity: choiceKind(...LINT_SEVERITIES),
};

const ABOUT: Readonly<Record<ArgumentName, string>> = {
  limit: `rows of a page, at most ${MAX_ROWS}; default ${DEFAULT_ROWS}`,
  cursor: 'nextCursor of the answer before, to go on; all other arguments as before',
  session: 'id of a session, or latest',
  connection: 'id of a connection',
  capture: 'id of a run of the recorder, or latest',
  shard: 'shard id of the session',
  op: 'gateway opcodes',
  event: 'event name of dispatches, with * and ? as in file names, such as MESSAGE_*',
  sender: 'side that sent the frame',
  guild: 'id of the guild that the payload is about',
  channel: 'id of the channel that the payload is about',
  user: 'id of the user that the payload is about',
  text: 'text that occurs in the payload',
  filter:
    'filter of the language, such as: event:MESSAGE_* d.author.bot:true -channel:1,2 "two words" /regular expression/i. ' +
    'Terms all hold, - excludes, or and parentheses join; key:value has commas, globs, !value and ranges such as size:>4KiB',
  since: 'from this time on: 2h (ago), an ISO time, or µs since the Unix epoch',
  until: 'before this time',
  newestFirst: 'newest first; default oldest first',
  by: 'keys of the groups; default op, event, sender',
  id: 'id of a frame, or latest',
  seq: 'sequence number of a dispatch of the session, instead of an id',
  method: 'HTTP method, such as POST',
  route: "route, with ids as :id and * as in file names, such as '/channels/*/messages'",
  statusFrom: 'least HTTP status',
  statusTo: 'greatest HTTP status',
  before: 'session that is compared: what was, or what is expected',
  after: 'session that it is compared with',
  ignore: 'fields that may differ, as NAME:PATH',
  statement:
    'SELECT, WITH, VALUES or EXPLAIN; tables and views are in sqlite_schema, and frame_view is for people',
  rules: "names of the rules to judge by, with * for any part, such as 'hb-*'; default all",
  severity: 'findings of this severity and worse; default info',
};

/** JSON Schema of some arguments. */
export function describeArguments(takes: readonly ArgumentName[], needs: readonly ArgumentName[]): object {
  const properties = takes.map((name) => [name, { ...ARGUMENT_RULES[name].json, description: ABOUT[name] }]);
  return {
    type: 'object',
    properties: Object.fromEntries(properties) as object,
    required: needs,
    additionalProperties: false,
  };
}

/** Arguments of a tool, checked. Throws a UsageError for a wrong, unknown or missing one. */
export function readArguments(
  tool: string,
  given: object,
  takes: readonly ArgumentName[],
  needs: readonly ArgumentName[],
): ToolArguments {
  const rules = Object.fromEntries(takes.map((name) => [name, ARGUMENT_RULES[name]]));
  const checked: ToolArguments = checkedOptions<object>(tool, given, rules);
  const missing = needs.find((name) => checked[name] === undefined);
  if (missing === undefined) return checked;
  throw new UsageError(`${tool}: "${missing}" is missing`, `give ${ABOUT[missing]}`);
}

/** Rows of a page. */
export function readLimit({ limit = DEFAULT_ROWS }: ToolArguments): number {
  return Math.min(limit, MAX_ROWS);
}

/** Span of time of `since` and `until`. */
export function readTimes({ since, until }: ToolArguments): TimeSpan {
  return { sinceUs: readMoment(since), untilUs: readMoment(until) };
}

function readMoment(given: string | undefined): number | undefined {
  return given === undefined ? undefined : (MOMENT_TEXT.read(given) ?? undefined);
}

/** Id of a session that is named, or undefined. Throws a UsageError if not found. */
export function resolveNamed(
  reader: CaptureReader,
  session: number | 'latest' | undefined,
): number | undefined {
  return session === undefined ? undefined : reader.resolveSession(session);
}

/** Frames that are meant, by the arguments that a tool takes. Throws a UsageError for ids that there are not. */
export function readSelection(reader: CaptureReader, given: ToolArguments): FrameFilter {
  const { connection, capture, shard, op, event, sender, guild, channel, user, text: words, filter } = given;
  return {
    ...readTimes(given),
    session: resolveNamed(reader, given.session),
    connection: connection === undefined ? undefined : reader.resolveConnection(connection),
    capture: capture === undefined ? undefined : reader.resolveCapture(capture),
    ...{ shard, ops: op, event, sender, guild, channel, user, text: words, filter },
  };
}
