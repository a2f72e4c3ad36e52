/**
 * Intents as data: name, bit, who may set it, since when, and which events it enables; and the events without one.
 *
 * Some events belong to two intents, one for guilds and one for direct messages; a payload's own `guild_id` decides
 * which, but the session's intents mostly suffice. MESSAGE_CONTENT adds fields, not events. A user's session gets
 * everything without any intent. Events of no row, documented or not, need none.
 * Source: Discord Docs/Gateway, "List of Intents", and docs.discord.food/gateway/using-gateway for the rest, both read
 * 2026-11. Nothing is known of bit 29; some libraries are said to send it.
 */

/**
 * Who may set an intent. `bot`: bots, by Discord's documentation. `user`: users' sessions, not bots. `oauth2`: sessions
 * of an OAuth2 token only, as of the Social SDK. `user/oauth2`: both. `unconfirmed`: no source names who.
 */
export type IntentHolder = 'bot' | 'user' | 'oauth2' | 'user/oauth2' | 'unconfirmed';

/** One intent. */
export interface Intent {
  readonly name: string;
  /** Value of its bit in IDENTIFY's `intents`. */
  readonly bit: number;
  readonly holder: IntentHolder;
  /** Whether a bot needs a switch in the developer portal for it, and from 10,000 reachable users on a review. */
  readonly isPrivileged: boolean;
  /** Month in which public documentation first had it, such as `2020-02`; null for none. */
  readonly since: string | null;
  readonly events: readonly string[];
  /** Names that Discord used before. */
  readonly formerNames: readonly string[];
}

const withEach = (start: string, ...ends: readonly string[]): readonly string[] =>
  ends.map((end) => `${start}_${end}`);

const REACTIONS = withEach('MESSAGE_REACTION', 'ADD', 'ADD_MANY', 'REMOVE', 'REMOVE_ALL', 'REMOVE_EMOJI');
const MESSAGES = withEach('MESSAGE', 'CREATE', 'UPDATE', 'DELETE');
const POLLS = withEach('MESSAGE_POLL_VOTE', 'ADD', 'REMOVE');
const GUILDS = [
  ...withEach('GUILD', 'CREATE', 'UPDATE', 'DELETE', 'ROLE_CREATE', 'ROLE_UPDATE', 'ROLE_DELETE'),
  ...withEach('CHANNEL', 'CREATE', 'UPDATE', 'DELETE', 'PINS_UPDATE'),
  ...withEach('THREAD', 'CREATE', 'UPDATE', 'DELETE', 'LIST_SYNC', 'MEMBER_UPDATE', 'MEMBERS_UPDATE'),
  ...withEach('STAGE_INSTANCE', 'CREATE', 'UPDATE', 'DELETE'),
  ...withEach('VOICE_CHANNEL', 'STATUS_UPDATE', 'START_TIME_UPDATE'),
];
const GUILD_MEMBERS = [...withEach('GUILD_MEMBER', 'ADD', 'UPDATE', 'REMOVE'), 'THREAD_MEMBERS_UPDATE'];
const GUILD_EXPRESSIONS = [
  ...withEach('GUILD', 'EMOJIS_UPDATE', 'STICKERS_UPDATE', 'SOUNDBOARD_SOUNDS_UPDATE'),
  ...withEach('GUILD_SOUNDBOARD_SOUND', 'CREATE', 'UPDATE', 'DELETE'),
];
const GUILD_INTEGRATIONS = [
  'GUILD_INTEGRATIONS_UPDATE',
  ...withEach('INTEGRATION', 'CREATE', 'UPDATE', 'DELETE'),
];
const SCHEDULED_EVENTS = [
  ...withEach('GUILD_SCHEDULED_EVENT', 'CREATE', 'UPDATE', 'DELETE', 'USER_ADD', 'USER_REMOVE'),
  ...withEach('GUILD_SCHEDULED_EVENT_EXCEPTION', 'CREATE', 'UPDATE', 'DELETE'),
  'GUILD_SCHEDULED_EVENT_EXCEPTIONS_DELETE',
];
const PRIVATE_CHANNELS = withEach(
  'CHANNEL',
  'CREATE',
  'UPDATE',
  'DELETE',
  'RECIPIENT_ADD',
  'RECIPIENT_REMOVE',
);
const CALLS = [
  ...withEach('CALL', 'CREATE', 'UPDATE', 'DELETE'),
  ...['VOICE_STATE_UPDATE', 'AUDIO_SETTINGS_UPDATE'],
];
const RELATIONSHIPS = [
  ...withEach('RELATIONSHIP', 'ADD', 'UPDATE', 'REMOVE'),
  ...withEach('GAME_RELATIONSHIP', 'ADD', 'REMOVE'),
];
const LOBBIES = [
  ...withEach('LOBBY', 'CREATE', 'UPDATE', 'VOICE_SERVER_UPDATE', 'VOICE_STATE_UPDATE'),
  ...withEach('LOBBY_MEMBER', 'ADD', 'UPDATE', 'REMOVE'),
  ...withEach('LOBBY_MESSAGE', 'CREATE', 'UPDATE', 'DELETE'),
];

type Row = readonly [
  name: string,
  shift: number,
  holder: IntentHolder,
  since: string | null,
  events: readonly string[],
  ...formerNames: string[],
];

// Months: history of the two documentations' repositories, read 2026-11.
// prettier-ignore
const ROWS: readonly Row[] = [
  ['GUILDS', 0, 'bot', '2020-02', GUILDS],
  ['GUILD_MEMBERS', 1, 'bot', '2020-02', GUILD_MEMBERS],
  ['GUILD_MODERATION', 2, 'bot', '2020-02', withEach('GUILD', 'AUDIT_LOG_ENTRY_CREATE', 'BAN_ADD', 'BAN_REMOVE'), 'GUILD_BANS'],
  ['GUILD_EXPRESSIONS', 3, 'bot', '2020-02', GUILD_EXPRESSIONS, 'GUILD_EMOJIS', 'GUILD_EMOJIS_AND_STICKERS'],
  ['GUILD_INTEGRATIONS', 4, 'bot', '2020-02', GUILD_INTEGRATIONS],
  ['GUILD_WEBHOOKS', 5, 'bot', '2020-02', ['WEBHOOKS_UPDATE']],
  ['GUILD_INVITES', 6, 'bot', '2020-02', withEach('INVITE', 'CREATE', 'DELETE')],
  ['GUILD_VOICE_STATES', 7, 'bot', '2020-02', withEach('VOICE', 'STATE_UPDATE', 'CHANNEL_EFFECT_SEND')],
  ['GUILD_PRESENCES', 8, 'bot', '2020-02', ['PRESENCE_UPDATE']],
  ['GUILD_MESSAGES', 9, 'bot', '2020-02', [...MESSAGES, 'MESSAGE_DELETE_BULK']],
  ['GUILD_MESSAGE_REACTIONS', 10, 'bot', '2020-02', REACTIONS],
  ['GUILD_MESSAGE_TYPING', 11, 'bot', '2020-02', ['TYPING_START']],
  ['DIRECT_MESSAGES', 12, 'bot', '2020-02', [...MESSAGES, 'CHANNEL_PINS_UPDATE']],
  ['DIRECT_MESSAGE_REACTIONS', 13, 'bot', '2020-02', REACTIONS],
  ['DIRECT_MESSAGE_TYPING', 14, 'bot', '2020-02', ['TYPING_START']],
  ['MESSAGE_CONTENT', 15, 'bot', '2022-05', []],
  ['GUILD_SCHEDULED_EVENTS', 16, 'bot', '2021-11', SCHEDULED_EVENTS],
  ['GUILD_EMBEDDED_ACTIVITIES', 17, 'unconfirmed', '2025-01', ['EMBEDDED_ACTIVITY_UPDATE_V2']],
  ['PRIVATE_CHANNELS', 18, 'user', '2025-01', PRIVATE_CHANNELS],
  ['CALLS', 19, 'user/oauth2', '2025-01', CALLS],
  ['AUTO_MODERATION_CONFIGURATION', 20, 'bot', '2022-06', withEach('AUTO_MODERATION_RULE', 'CREATE', 'UPDATE', 'DELETE')],
  ['AUTO_MODERATION_EXECUTION', 21, 'bot', '2022-06', ['AUTO_MODERATION_ACTION_EXECUTION']],
  ['USER_RELATIONSHIPS', 22, 'user', '2025-01', RELATIONSHIPS],
  ['USER_PRESENCE', 23, 'user', '2025-01', ['PRESENCE_UPDATE']],
  ['GUILD_MESSAGE_POLLS', 24, 'bot', '2024-04', POLLS],
  ['DIRECT_MESSAGE_POLLS', 25, 'bot', '2024-04', POLLS],
  ['DIRECT_EMBEDDED_ACTIVITIES', 26, 'unconfirmed', '2025-01', ['EMBEDDED_ACTIVITY_UPDATE_V2']],
  ['LOBBIES', 27, 'oauth2', '2025-05', LOBBIES],
  ['LOBBY_DELETE', 28, 'oauth2', '2025-05', ['LOBBY_DELETE']],
  ['UNKNOWN_29', 29, 'unconfirmed', null, []],
];

// Source: Discord Docs/Gateway, "Privileged Intents".
const PRIVILEGED: ReadonlySet<string> = new Set(['GUILD_MEMBERS', 'GUILD_PRESENCES', 'MESSAGE_CONTENT']);

/** Every intent, by its bit. */
export const INTENTS: readonly Intent[] = Object.freeze(
  ROWS.map(([name, shift, holder, since, events, ...formerNames]) => {
    const isPrivileged = PRIVILEGED.has(name);
    return Object.freeze({ name, bit: 2 ** shift, holder, isPrivileged, since, events, formerNames });
  }),
);

const sumBits = (intents: readonly Intent[]): number => intents.reduce((sum, { bit }) => sum + bit, 0);

/** Bits of the intents that a bot may set, by Discord's documentation. */
export const BOT_INTENTS = sumBits(INTENTS.filter(({ holder }) => holder === 'bot'));

/** Bits of the intents that are named in any source, for bots or users. */
export const NAMED_INTENTS = sumBits(INTENTS.filter(({ since }) => since !== null));

/** Events that Discord documents and that no intent is needed for. */
export const EVENTS_WITHOUT_INTENT: readonly string[] = [
  ...['READY', 'RESUMED', 'RATE_LIMITED', 'USER_UPDATE', 'VOICE_SERVER_UPDATE', 'INTERACTION_CREATE'],
  ...['GUILD_MEMBERS_CHUNK', 'SOUNDBOARD_SOUNDS', 'CHANNEL_INFO', 'APPLICATION_COMMAND_PERMISSIONS_UPDATE'],
  ...withEach('ENTITLEMENT', 'CREATE', 'UPDATE', 'DELETE'),
  ...withEach('SUBSCRIPTION', 'CREATE', 'UPDATE', 'DELETE'),
];

const BY_EVENT = new Map<string, Intent[]>();
for (const intent of INTENTS) {
  for (const event of intent.events) BY_EVENT.set(event, [...(BY_EVENT.get(event) ?? []), intent]);
}

const BY_NAME: ReadonlyMap<string, Intent> = new Map(
  INTENTS.flatMap((intent) => [intent.name, ...intent.formerNames].map((name) => [name, intent])),
);

/** Intent of a name, current or former, in upper or lower case; null if unknown. */
export function findIntent(name: string): Intent | null {
  return BY_NAME.get(name.toUpperCase()) ?? null;
}

/** Intents that enable an event; none if it needs none. */
function findEventIntents(event: string): readonly Intent[] {
  return BY_EVENT.get(event) ?? [];
}

/**
 * Name of the intent that enabled an event, or null if the event needs no intent. `asked` are the session's intents, or
 * null if they are unknown; if several intents are possible, their names are joined by `|`.
 */
export function intentName(event: string | null, asked: number | null): string | null {
  const possible = findEventIntents(event ?? '');
  const wanted = possible.filter(({ bit }) => hasBit(asked ?? 0, bit));
  const names = (wanted.length > 0 ? wanted : possible).map(({ name }) => name);
  return names.length === 0 ? null : names.join('|');
}

/** Whether a set of bits has the one of this value; also beyond the 31 bits that `&` handles. */
function hasBit(bits: number, bit: number): boolean {
  return Math.floor(bits / bit) % 2 === 1;
}

/** Names of the bits that are set, lowest first, by the number of each; a bit without one is `UNKNOWN_` and its number. */
export function nameBits(bits: number, names: ReadonlyMap<number, string>): readonly string[] {
  const set = Array.from({ length: 53 }, (_, shift) => shift).filter((shift) => hasBit(bits, 2 ** shift));
  return set.map((shift) => names.get(shift) ?? `UNKNOWN_${shift}`);
}

const NAMES: ReadonlyMap<number, string> = new Map(ROWS.map(([name, shift]) => [shift, name]));

/** Names of the intents that are set, lowest bit first; also of those that no source names. */
export function intentNames(bits: number): readonly string[] {
  return nameBits(bits, NAMES);
}
