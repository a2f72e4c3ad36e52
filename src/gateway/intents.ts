/**
 * Intents as data: which events each of them enables, and which events need no intent.
 *
 * Some events belong to two intents, one for guilds and one for direct messages; a payload's own `guild_id` decides
 * which, but the session's intents mostly suffice. MESSAGE_CONTENT and such add fields, not events.
 * Source: Discord Docs/Gateway, "List of Intents", and the bits of discord-api-types, both read 2026-08.
 */

/** One intent. */
export interface Intent {
  readonly name: string;
  /** Value of its bit in IDENTIFY's `intents`. */
  readonly bit: number;
  readonly events: readonly string[];
}

const withEach = (start: string, ...ends: readonly string[]): readonly string[] =>
  ends.map((end) => `${start}_${end}`);

const REACTIONS = withEach('MESSAGE_REACTION', 'ADD', 'REMOVE', 'REMOVE_ALL', 'REMOVE_EMOJI');
const MESSAGES = withEach('MESSAGE', 'CREATE', 'UPDATE', 'DELETE');
const POLLS = withEach('MESSAGE_POLL_VOTE', 'ADD', 'REMOVE');
const GUILDS = [
  ...withEach('GUILD', 'CREATE', 'UPDATE', 'DELETE', 'ROLE_CREATE', 'ROLE_UPDATE', 'ROLE_DELETE'),
  ...withEach('CHANNEL', 'CREATE', 'UPDATE', 'DELETE', 'PINS_UPDATE'),
  ...withEach('THREAD', 'CREATE', 'UPDATE', 'DELETE', 'LIST_SYNC', 'MEMBER_UPDATE', 'MEMBERS_UPDATE'),
  ...withEach('STAGE_INSTANCE', 'CREATE', 'UPDATE', 'DELETE'),
  ...withEach('VOICE_CHANNEL', 'STATUS_UPDATE', 'START_TIME_UPDATE'),
];
const GUILD_EXPRESSIONS = [
  ...withEach('GUILD', 'EMOJIS_UPDATE', 'STICKERS_UPDATE', 'SOUNDBOARD_SOUNDS_UPDATE'),
  ...withEach('GUILD_SOUNDBOARD_SOUND', 'CREATE', 'UPDATE', 'DELETE'),
];
const GUILD_INTEGRATIONS = [
  'GUILD_INTEGRATIONS_UPDATE',
  ...withEach('INTEGRATION', 'CREATE', 'UPDATE', 'DELETE'),
];
const SCHEDULED_EVENTS = withEach(
  'GUILD_SCHEDULED_EVENT',
  ...['CREATE', 'UPDATE', 'DELETE', 'USER_ADD', 'USER_REMOVE'],
);

type Row = readonly [name: string, shift: number, events: readonly string[]];

// prettier-ignore
const ROWS: readonly Row[] = [
  ['GUILDS', 0, GUILDS],
  ['GUILD_MEMBERS', 1, [...withEach('GUILD_MEMBER', 'ADD', 'UPDATE', 'REMOVE'), 'THREAD_MEMBERS_UPDATE']],
  ['GUILD_MODERATION', 2, withEach('GUILD', 'AUDIT_LOG_ENTRY_CREATE', 'BAN_ADD', 'BAN_REMOVE')],
  ['GUILD_EXPRESSIONS', 3, GUILD_EXPRESSIONS],
  ['GUILD_INTEGRATIONS', 4, GUILD_INTEGRATIONS],
  ['GUILD_WEBHOOKS', 5, ['WEBHOOKS_UPDATE']],
  ['GUILD_INVITES', 6, withEach('INVITE', 'CREATE', 'DELETE')],
  ['GUILD_VOICE_STATES', 7, withEach('VOICE', 'STATE_UPDATE', 'CHANNEL_EFFECT_SEND')],
  ['GUILD_PRESENCES', 8, ['PRESENCE_UPDATE']],
  ['GUILD_MESSAGES', 9, [...MESSAGES, 'MESSAGE_DELETE_BULK']],
  ['GUILD_MESSAGE_REACTIONS', 10, REACTIONS],
  ['GUILD_MESSAGE_TYPING', 11, ['TYPING_START']],
  ['DIRECT_MESSAGES', 12, [...MESSAGES, 'CHANNEL_PINS_UPDATE']],
  ['DIRECT_MESSAGE_REACTIONS', 13, REACTIONS],
  ['DIRECT_MESSAGE_TYPING', 14, ['TYPING_START']],
  ['MESSAGE_CONTENT', 15, []],
  ['GUILD_SCHEDULED_EVENTS', 16, SCHEDULED_EVENTS],
  ['AUTO_MODERATION_CONFIGURATION', 20, withEach('AUTO_MODERATION_RULE', 'CREATE', 'UPDATE', 'DELETE')],
  ['AUTO_MODERATION_EXECUTION', 21, ['AUTO_MODERATION_ACTION_EXECUTION']],
  ['GUILD_MESSAGE_POLLS', 24, POLLS],
  ['DIRECT_MESSAGE_POLLS', 25, POLLS],
];

/** Every intent, by its bit. */
export const INTENTS: readonly Intent[] = Object.freeze(
  ROWS.map(([name, shift, events]) => Object.freeze({ name, bit: 2 ** shift, events })),
);

/** Events that no intent is needed for. */
export const EVENTS_WITHOUT_INTENT: readonly string[] = [
  ...['READY', 'RESUMED', 'RATE_LIMITED', 'USER_UPDATE', 'VOICE_SERVER_UPDATE', 'INTERACTION_CREATE'],
  ...['GUILD_MEMBERS_CHUNK', 'SOUNDBOARD_SOUNDS', 'CHANNEL_INFO', 'APPLICATION_COMMAND_PERMISSIONS_UPDATE'],
  ...withEach('ENTITLEMENT', 'CREATE', 'UPDATE', 'DELETE'),
  ...withEach('SUBSCRIPTION', 'CREATE', 'UPDATE', 'DELETE'),
];

const BY_EVENT = new Map<string, Intent[]>(EVENTS_WITHOUT_INTENT.map((event) => [event, []]));
for (const intent of INTENTS) {
  for (const event of intent.events) BY_EVENT.set(event, [...(BY_EVENT.get(event) ?? []), intent]);
}

/** Whether Discord documents the event for bots. */
export function isKnownEvent(event: string): boolean {
  return BY_EVENT.has(event);
}

/**
 * Name of the intent that enabled an event, or null if the event needs no intent. `asked` are the session's intents, or
 * null if they are unknown; if several intents are possible, their names are joined by `|`.
 */
export function intentName(event: string | null, asked: number | null): string | null {
  const possible = BY_EVENT.get(event ?? '') ?? [];
  const wanted = possible.filter(({ bit }) => Math.floor((asked ?? 0) / bit) % 2 === 1);
  const names = (wanted.length > 0 ? wanted : possible).map(({ name }) => name);
  return names.length === 0 ? null : names.join('|');
}
