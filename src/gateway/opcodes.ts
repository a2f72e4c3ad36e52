/**
 * Gateway opcodes as data: number, name, who sends it, its purpose.
 *
 * The list is not a gate: an opcode that is missing here is recorded and relayed like any other. Opcode 13
 * to 43 are mostly those of user accounts and the SDK; Discord's own documentation lists the official ones.
 * Source: Discord Docs/Opcodes and Status Codes; docs.discord.food/gateway/opcodes-and-close-codes, and the
 * enum of the official web client, all read 2026-08; months from the history of both documentations' repositories.
 */
import type { Sender } from '../wire/frame.js';

/**
 * Who documents an opcode. `official`: Discord's documentation. `community`: known from the official clients only.
 * `removed`: gone from the official clients; old traffic may still hold it.
 */
export type OpcodeStatus = 'official' | 'community' | 'removed';

/** Sender of an opcode, for display: one side, or both. */
export type SentBy = Sender | 'client/gateway';

/** One row of the table. */
export interface Opcode {
  readonly op: number;
  readonly name: string;
  readonly sentBy: SentBy;
  readonly status: OpcodeStatus;
  /** Whether clients still send it, although another opcode has replaced it. */
  readonly isDeprecated: boolean;
  /** Month in which a public documentation first had it, such as `2016-03`. */
  readonly since: string;
  /** Month in which Discord's documentation first had it; null if it never did, or no longer does. */
  readonly officialSince: string | null;
  /** One sentence for people. */
  readonly description: string;
  /** Names that other sources use for the same opcode. */
  readonly otherNames: readonly string[];
}

type Row = readonly [
  op: number,
  name: string,
  sentBy: SentBy,
  status: OpcodeStatus | 'deprecated',
  since: string,
  description: string,
  ...otherNames: string[],
];

// prettier-ignore
const ROWS: readonly Row[] = [
  [0, 'DISPATCH', 'gateway', 'official', '2016-03', 'An event was dispatched.'],
  [1, 'HEARTBEAT', 'client/gateway', 'official', '2016-03', 'Fired periodically by the client to keep the connection alive.'],
  [2, 'IDENTIFY', 'client', 'official', '2016-03', 'Starts a new session during the initial handshake.'],
  [3, 'PRESENCE_UPDATE', 'client', 'official', '2016-03', "Update the client's presence."],
  [4, 'VOICE_STATE_UPDATE', 'client', 'official', '2016-03', 'Used to join/leave or move between voice channels.'],
  [5, 'VOICE_SERVER_PING', 'client', 'community', '2016-03', 'Asks whether the voice server still answers.'],
  [6, 'RESUME', 'client', 'official', '2016-03', 'Resume a previous session that was disconnected.'],
  [7, 'RECONNECT', 'gateway', 'official', '2016-03', 'You should attempt to reconnect and resume immediately.'],
  [8, 'REQUEST_GUILD_MEMBERS', 'client', 'official', '2016-03', 'Request information about offline guild members in a large guild.'],
  [9, 'INVALID_SESSION', 'gateway', 'official', '2016-03', 'The session has been invalidated. You should reconnect and identify/resume accordingly.'],
  [10, 'HELLO', 'gateway', 'official', '2016-06', 'Sent immediately after connecting, contains the heartbeat_interval to use.'],
  [11, 'HEARTBEAT_ACK', 'gateway', 'official', '2016-06', 'Sent in response to receiving a heartbeat to acknowledge that it has been received.'],
  [12, 'GUILD_SYNC', 'client', 'removed', '2023-05', 'Asked for the members and presences of guilds.'],
  [13, 'CALL_CONNECT', 'client', 'community', '2023-05', 'Asks for the call that may be running in a private channel.', 'DM_UPDATE'],
  [14, 'GUILD_SUBSCRIPTIONS', 'client', 'deprecated', '2023-05', 'Subscribes to parts of one guild: members, channel ranges, threads, typing.', 'LAZY_REQUEST'],
  [15, 'LOBBY_CONNECT', 'client', 'removed', '2023-05', 'Joined a lobby with its secret.'],
  [16, 'LOBBY_DISCONNECT', 'client', 'removed', '2023-05', 'Left a lobby.'],
  [17, 'LOBBY_VOICE_STATES_UPDATE', 'client', 'community', '2023-05', "Update the client's voice states in lobbies.", 'LOBBY_VOICE_STATES'],
  [18, 'STREAM_CREATE', 'client', 'community', '2023-05', 'Starts a stream in a voice channel or call.'],
  [19, 'STREAM_DELETE', 'client', 'community', '2023-05', 'Ends a stream.'],
  [20, 'STREAM_WATCH', 'client', 'community', '2023-05', 'Asks to watch a stream.'],
  [21, 'STREAM_PING', 'client', 'community', '2023-05', "Asks whether a stream's server still answers."],
  [22, 'STREAM_SET_PAUSED', 'client', 'community', '2023-05', 'Pauses or resumes a stream.'],
  [23, 'LFG_SUBSCRIPTIONS', 'client', 'removed', '2023-05', 'Subscribed to "looking for group" lobbies.'],
  [24, 'REQUEST_GUILD_APPLICATION_COMMANDS', 'client', 'removed', '2023-05', "Requested a guild's application commands."],
  [25, 'EMBEDDED_ACTIVITY_LAUNCH', 'client', 'removed', '2023-05', 'Launched an embedded activity.', 'EMBEDDED_ACTIVITY_CREATE'],
  [26, 'EMBEDDED_ACTIVITY_CLOSE', 'client', 'removed', '2023-05', 'Left an embedded activity.', 'EMBEDDED_ACTIVITY_DELETE'],
  [27, 'EMBEDDED_ACTIVITY_UPDATE', 'client', 'removed', '2023-05', 'Updated an embedded activity.'],
  [28, 'REQUEST_FORUM_UNREADS', 'client', 'community', '2023-05', 'Requests the unread counts of forum threads.'],
  [29, 'REMOTE_COMMAND', 'client', 'community', '2023-05', "Sends a command to another of the user's sessions."],
  [30, 'GET_DELETED_ENTITY_IDS_NOT_MATCHING_HASH', 'client', 'community', '2023-05', 'Requests the ids that were deleted from a guild, given hashes of the known ones.', 'DELETED_ENTITY_IDS'],
  [31, 'REQUEST_SOUNDBOARD_SOUNDS', 'client', 'official', '2023-05', 'Requests the soundboard sounds of guilds.'],
  [32, 'SPEED_TEST_CREATE', 'client', 'deprecated', '2023-05', 'Starts a voice speed test.'],
  [33, 'SPEED_TEST_DELETE', 'client', 'deprecated', '2023-05', 'Ends a voice speed test.'],
  [34, 'REQUEST_LAST_MESSAGES', 'client', 'community', '2023-05', 'Requests the last message of channels.'],
  [35, 'SEARCH_RECENT_MEMBERS', 'client', 'community', '2023-07', 'Searches the members who joined a guild recently.'],
  [36, 'REQUEST_CHANNEL_STATUSES', 'client', 'deprecated', '2024-01', 'Requests the voice channel statuses of a guild; replaced by 43.'],
  [37, 'GUILD_SUBSCRIPTIONS_BULK', 'client', 'community', '2024-11', 'Subscribes to parts of several guilds at once.'],
  [38, 'GUILD_CHANNELS_RESYNC', 'client', 'community', '2024-11', 'Requests channels that were sent obfuscated.'],
  [39, 'REQUEST_CHANNEL_MEMBER_COUNT', 'client', 'community', '2025-03', 'Requests how many members can see a channel.'],
  [40, 'QOS_HEARTBEAT', 'client', 'community', '2025-07', 'Heartbeat of the official apps, with quality of service data; acknowledged like 1.', 'SET_QOS'],
  [41, 'UPDATE_TIME_SPENT_SESSION_ID', 'client', 'community', '2025-07', "Tells the gateway the app's own session id, which is not the gateway session's.", 'CLIENT_INIT_SESSION'],
  [42, 'LOBBY_VOICE_SERVER_PING', 'client', 'community', '2025-09', "Asks whether a lobby's voice server still answers."],
  [43, 'REQUEST_CHANNEL_INFO', 'client', 'official', '2025-09', 'Requests fields, such as the status, of the channels of a guild.'],
];

// Community documentation had these before Discord's did.
const OFFICIAL_SINCE: ReadonlyMap<number, string> = new Map([
  [31, '2024-09'],
  [43, '2026-04'],
]);

/** Every known gateway opcode, in order. */
export const OPCODES: readonly Opcode[] = Object.freeze(ROWS.map(readRow));

function readRow([op, name, sentBy, standing, since, description, ...otherNames]: Row): Opcode {
  const status = standing === 'deprecated' ? 'community' : standing;
  const officialSince = status === 'official' ? (OFFICIAL_SINCE.get(op) ?? since) : null;
  const isDeprecated = standing === 'deprecated';
  const facts = { op, name, sentBy, status, isDeprecated, since, officialSince, description };
  return Object.freeze({ ...facts, otherNames: Object.freeze(otherNames) });
}

/** Opcodes that the code itself handles, by their names in the table. */
export const OP = Object.freeze({
  DISPATCH: 0,
  HEARTBEAT: 1,
  IDENTIFY: 2,
  RESUME: 6,
  RECONNECT: 7,
  REQUEST_GUILD_MEMBERS: 8,
  INVALID_SESSION: 9,
  HELLO: 10,
  HEARTBEAT_ACK: 11,
  QOS_HEARTBEAT: 40,
});

const BY_OP: ReadonlyMap<number, Opcode> = new Map(OPCODES.map((row) => [row.op, row]));

/** Row of `op`, or null if it is undocumented. */
export function findOpcode(op: number): Opcode | null {
  return BY_OP.get(op) ?? null;
}

/** Name of `op`, such as `HELLO` for 10, or null if it is unknown. */
export function opcodeName(op: number): string | null {
  return BY_OP.get(op)?.name ?? null;
}
