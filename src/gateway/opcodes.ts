/**
 * Gateway opcodes as data: number, name, who sends it, its purpose.
 *
 * The list is not a gate: an opcode that is missing here is recorded and relayed like any other. Opcode 13
 * to 43 are mostly those of user accounts and the SDK; Discord's own documentation lists the official ones.
 * Source: Discord Docs/Opcodes and Status Codes; docs.discord.food/gateway/opcodes-and-close-codes, and the
 * enum of the official web client, all read 2026-08.
 */
import type { Sender } from '../wire/frame.js';

/**
 * How well an opcode is documented. `official`: in Discord's documentation. `unofficial`: known from the
 * official clients only. `deprecated`: still sent, but replaced. `removed`: gone from the official clients.
 */
export type OpcodeStatus = 'official' | 'unofficial' | 'deprecated' | 'removed';

/** Sender of an opcode, for display: one side, or both. */
export type SentBy = Sender | 'client/gateway';

/** One row of the table. */
export interface Opcode {
  readonly op: number;
  readonly name: string;
  readonly sentBy: SentBy;
  readonly status: OpcodeStatus;
  /** One sentence for people. */
  readonly description: string;
  /** Names that other sources use for the same opcode. */
  readonly otherNames: readonly string[];
}

type Row = readonly [
  op: number,
  name: string,
  sentBy: SentBy,
  status: OpcodeStatus,
  description: string,
  ...otherNames: string[],
];

// prettier-ignore
const ROWS: readonly Row[] = [
  [0, 'DISPATCH', 'gateway', 'official', 'An event was dispatched.'],
  [1, 'HEARTBEAT', 'client/gateway', 'official', 'Fired periodically by the client to keep the connection alive.'],
  [2, 'IDENTIFY', 'client', 'official', 'Starts a new session during the initial handshake.'],
  [3, 'PRESENCE_UPDATE', 'client', 'official', "Update the client's presence."],
  [4, 'VOICE_STATE_UPDATE', 'client', 'official', 'Used to join/leave or move between voice channels.'],
  [5, 'VOICE_SERVER_PING', 'client', 'unofficial', 'Asks whether the voice server still answers.'],
  [6, 'RESUME', 'client', 'official', 'Resume a previous session that was disconnected.'],
  [7, 'RECONNECT', 'gateway', 'official', 'You should attempt to reconnect and resume immediately.'],
  [8, 'REQUEST_GUILD_MEMBERS', 'client', 'official', 'Request information about offline guild members in a large guild.'],
  [9, 'INVALID_SESSION', 'gateway', 'official', 'The session has been invalidated. You should reconnect and identify/resume accordingly.'],
  [10, 'HELLO', 'gateway', 'official', 'Sent immediately after connecting, contains the heartbeat_interval to use.'],
  [11, 'HEARTBEAT_ACK', 'gateway', 'official', 'Sent in response to receiving a heartbeat to acknowledge that it has been received.'],
  [12, 'GUILD_SYNC', 'client', 'removed', 'Asked for the members and presences of guilds.'],
  [13, 'CALL_CONNECT', 'client', 'unofficial', 'Asks for the call that may be running in a private channel.', 'DM_UPDATE'],
  [14, 'GUILD_SUBSCRIPTIONS', 'client', 'deprecated', 'Subscribes to parts of one guild: members, channel ranges, threads, typing.', 'LAZY_REQUEST'],
  [15, 'LOBBY_CONNECT', 'client', 'removed', 'Joined a lobby with its secret.'],
  [16, 'LOBBY_DISCONNECT', 'client', 'removed', 'Left a lobby.'],
  [17, 'LOBBY_VOICE_STATES_UPDATE', 'client', 'unofficial', "Update the client's voice states in lobbies.", 'LOBBY_VOICE_STATES'],
  [18, 'STREAM_CREATE', 'client', 'unofficial', 'Starts a stream in a voice channel or call.'],
  [19, 'STREAM_DELETE', 'client', 'unofficial', 'Ends a stream.'],
  [20, 'STREAM_WATCH', 'client', 'unofficial', 'Asks to watch a stream.'],
  [21, 'STREAM_PING', 'client', 'unofficial', "Asks whether a stream's server still answers."],
  [22, 'STREAM_SET_PAUSED', 'client', 'unofficial', 'Pauses or resumes a stream.'],
  [23, 'LFG_SUBSCRIPTIONS', 'client', 'removed', 'Subscribed to "looking for group" lobbies.'],
  [24, 'REQUEST_GUILD_APPLICATION_COMMANDS', 'client', 'removed', "Requested a guild's application commands."],
  [25, 'EMBEDDED_ACTIVITY_LAUNCH', 'client', 'removed', 'Launched an embedded activity.', 'EMBEDDED_ACTIVITY_CREATE'],
  [26, 'EMBEDDED_ACTIVITY_CLOSE', 'client', 'removed', 'Left an embedded activity.', 'EMBEDDED_ACTIVITY_DELETE'],
  [27, 'EMBEDDED_ACTIVITY_UPDATE', 'client', 'removed', 'Updated an embedded activity.'],
  [28, 'REQUEST_FORUM_UNREADS', 'client', 'unofficial', 'Requests the unread counts of forum threads.'],
  [29, 'REMOTE_COMMAND', 'client', 'unofficial', "Sends a command to another of the user's sessions."],
  [30, 'GET_DELETED_ENTITY_IDS_NOT_MATCHING_HASH', 'client', 'unofficial', 'Requests the ids that were deleted from a guild, given hashes of the known ones.', 'DELETED_ENTITY_IDS'],
  [31, 'REQUEST_SOUNDBOARD_SOUNDS', 'client', 'official', 'Requests the soundboard sounds of guilds.'],
  [32, 'SPEED_TEST_CREATE', 'client', 'deprecated', 'Starts a voice speed test.'],
  [33, 'SPEED_TEST_DELETE', 'client', 'deprecated', 'Ends a voice speed test.'],
  [34, 'REQUEST_LAST_MESSAGES', 'client', 'unofficial', 'Requests the last message of channels.'],
  [35, 'SEARCH_RECENT_MEMBERS', 'client', 'unofficial', 'Searches the members who joined a guild recently.'],
  [36, 'REQUEST_CHANNEL_STATUSES', 'client', 'deprecated', 'Requests the voice channel statuses of a guild; replaced by 43.'],
  [37, 'GUILD_SUBSCRIPTIONS_BULK', 'client', 'unofficial', 'Subscribes to parts of several guilds at once.'],
  [38, 'GUILD_CHANNELS_RESYNC', 'client', 'unofficial', 'Requests channels that were sent obfuscated.'],
  [39, 'REQUEST_CHANNEL_MEMBER_COUNT', 'client', 'unofficial', 'Requests how many members can see a channel.'],
  [40, 'QOS_HEARTBEAT', 'client', 'unofficial', 'Heartbeat of the official apps, with quality of service data; acknowledged like 1.', 'SET_QOS'],
  [41, 'UPDATE_TIME_SPENT_SESSION_ID', 'client', 'unofficial', "Tells the gateway the app's own session id, which is not the gateway session's.", 'CLIENT_INIT_SESSION'],
  [42, 'LOBBY_VOICE_SERVER_PING', 'client', 'unofficial', "Asks whether a lobby's voice server still answers."],
  [43, 'REQUEST_CHANNEL_INFO', 'client', 'official', 'Requests fields, such as the status, of the channels of a guild.'],
];

/** Every known gateway opcode, in order. */
export const OPCODES: readonly Opcode[] = Object.freeze(
  ROWS.map(([op, name, sentBy, status, description, ...otherNames]) =>
    Object.freeze({ op, name, sentBy, status, description, otherNames: Object.freeze(otherNames) }),
  ),
);

/** Opcodes that the code itself handles, by their names in the table. */
export const OP = Object.freeze({
  DISPATCH: 0,
  HEARTBEAT: 1,
  IDENTIFY: 2,
  RESUME: 6,
  RECONNECT: 7,
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
