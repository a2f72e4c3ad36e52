/** The opcode table says what Discord's documentation and the seed table say. */
import { GatewayOpcodes } from 'discord-api-types/v10';
import { describe, expect, it } from 'vitest';
import { OP, OPCODES, findOpcode, opcodeName } from '../../src/gateway/opcodes.js';

// Names, senders and descriptions as the users of gatetape know them; what they left open is ours.
const SEED = `
0 | DISPATCH | gateway | An event was dispatched.
1 | HEARTBEAT | client/gateway | Fired periodically by the client to keep the connection alive.
2 | IDENTIFY | client | Starts a new session during the initial handshake.
3 | PRESENCE_UPDATE | client | Update the client's presence.
4 | VOICE_STATE_UPDATE | client | Used to join/leave or move between voice channels.
5 | VOICE_SERVER_PING | |
6 | RESUME | client | Resume a previous session that was disconnected.
7 | RECONNECT | gateway | You should attempt to reconnect and resume immediately.
8 | REQUEST_GUILD_MEMBERS | client | Request information about offline guild members in a large guild.
9 | INVALID_SESSION | gateway | The session has been invalidated. You should reconnect and identify/resume accordingly.
10 | HELLO | gateway | Sent immediately after connecting, contains the heartbeat_interval to use.
11 | HEARTBEAT_ACK | gateway | Sent in response to receiving a heartbeat to acknowledge that it has been received.
13 | CALL_CONNECT | |
14 | GUILD_SUBSCRIPTIONS | |
15 | LOBBY_CONNECT | |
16 | LOBBY_DISCONNECT | |
17 | LOBBY_VOICE_STATES_UPDATE | |
18 | STREAM_CREATE | |
19 | STREAM_DELETE | |
20 | STREAM_WATCH | |
21 | STREAM_PING | |
22 | STREAM_SET_PAUSED | |
24 | REQUEST_GUILD_APPLICATION_COMMANDS | |
25 | EMBEDDED_ACTIVITY_LAUNCH | |
26 | EMBEDDED_ACTIVITY_CLOSE | |
27 | EMBEDDED_ACTIVITY_UPDATE | |
28 | REQUEST_FORUM_UNREADS | |
29 | REMOTE_COMMAND | |
30 | GET_DELETED_ENTITY_IDS_NOT_MATCHING_HASH | |`
  .trim()
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()));

describe('OPCODES', () => {
  it('holds every code from 0 to 43 once, in order', () => {
    expect(OPCODES.map((row) => row.op)).toEqual(Array.from({ length: 44 }, (_, op) => op));
    expect(new Set(OPCODES.map((row) => row.name)).size).toBe(OPCODES.length);
  });

  it.each(SEED)('gives %s as %s', (op, name, sentBy, description) => {
    const row = findOpcode(Number(op));
    expect(row?.name).toBe(name);
    if (sentBy) expect(row?.sentBy).toBe(sentBy);
    if (description) expect(row?.description).toBe(description);
  });

  // Those that the users' table lacks, as docs.discord.food and the official web client call them.
  it.each([
    [12, 'GUILD_SYNC'],
    [23, 'LFG_SUBSCRIPTIONS'],
    [31, 'REQUEST_SOUNDBOARD_SOUNDS'],
    [32, 'SPEED_TEST_CREATE'],
    [33, 'SPEED_TEST_DELETE'],
    [34, 'REQUEST_LAST_MESSAGES'],
    [35, 'SEARCH_RECENT_MEMBERS'],
    [36, 'REQUEST_CHANNEL_STATUSES'],
    [37, 'GUILD_SUBSCRIPTIONS_BULK'],
    [38, 'GUILD_CHANNELS_RESYNC'],
    [39, 'REQUEST_CHANNEL_MEMBER_COUNT'],
    [40, 'QOS_HEARTBEAT'],
    [41, 'UPDATE_TIME_SPENT_SESSION_ID'],
    [42, 'LOBBY_VOICE_SERVER_PING'],
    [43, 'REQUEST_CHANNEL_INFO'],
  ])('calls %i %s', (op, name) => {
    expect(findOpcode(op)?.name).toBe(name);
  });

  it('has five that only the gateway sends, and one that both do', () => {
    const sentBy = (sender: string): number[] =>
      OPCODES.filter((row) => row.sentBy === sender).map((row) => row.op);
    expect([sentBy('gateway'), sentBy('client/gateway')]).toEqual([[0, 7, 9, 10, 11], [1]]);
    expect(sentBy('client')).toHaveLength(OPCODES.length - 6);
  });

  it('marks as official exactly what discord-api-types has', () => {
    const official = OPCODES.filter((row) => row.status === 'official').map((row) => row.op);
    const documented = Object.values(GatewayOpcodes).filter((value) => typeof value === 'number');
    expect(official).toEqual(documented.sort((a, b) => a - b));
  });

  it('has a status and a month for each, and of the official ones when they became so', () => {
    for (const { op, status, since, officialSince } of OPCODES) {
      expect(['official', 'community', 'removed']).toContain(status);
      expect(since).toMatch(/^20\d\d-(?:0[1-9]|1[0-2])$/);
      expect(officialSince === null).toBe(status !== 'official');
      if (officialSince !== null) expect(officialSince >= since, String(op)).toBe(true);
    }
    const removed = OPCODES.filter(({ status }) => status === 'removed').map(({ op }) => op);
    expect(removed).toEqual([12, 15, 16, 23, 24, 25, 26, 27]);
    const replaced = OPCODES.filter(({ isDeprecated }) => isDeprecated).map(({ op }) => op);
    expect(replaced).toEqual([14, 32, 33, 36]);
    expect(findOpcode(43)?.officialSince).toBe('2026-04');
  });

  it('describes every code in one sentence', () => {
    for (const row of OPCODES) expect(row.description).toMatch(/^\S.*\.$/);
  });
});

describe('opcodeName', () => {
  it('names known codes and leaves unknown ones open', () => {
    expect(opcodeName(10)).toBe('HELLO');
    expect(opcodeName(40)).toBe('QOS_HEARTBEAT');
    for (const op of [44, -1, 1.5, Number.NaN, 2 ** 40]) expect(opcodeName(op)).toBeNull();
  });
});

describe('OP', () => {
  it.each(Object.entries(OP))('calls %s what the table calls %i', (name, op) => {
    expect(opcodeName(op)).toBe(name);
  });
});
